"""`core::each`, `core::collect` and `core::batch`: lists into streams, and streams into lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from wasmflow.collections.core.constants import is_count, is_seconds, wrong_constant
from wasmflow.collections.core.template import (
    CoreSession,
    CoreStreamer,
    CoreTemplate,
    Open,
    missing_constant,
    opening,
)
from wasmflow.collections.core.timed import TimedBatches
from wasmflow.component import Callee, Emission, Port, Signature, Use
from wasmflow.packet import Slot
from wasmflow.problem import Problem
from wasmflow.types import model as wit
from wasmflow.types.wit import describe

#: How many elements of a list are sent at a time.
_CHUNK: Final = 64

_EACH = Signature(
    "each",
    (Port("input", None, description="A list."),),
    (Port("output", None, step=0, description="Its elements, one after the other."),),
    "Makes a stream of a list.",
)
_COLLECT = Signature(
    "collect",
    (Port("input", None, step=0, description="Any number of packets."),),
    (Port("output", None, description="All of them, in their order."),),
    "Makes a list of a stream. The list is held in memory whole.",
)
_BATCH = Signature(
    "batch",
    (Port("input", None, step=0, description="Any number of packets."),),
    (Port("output", None, step=1, description="Lists of them; the last may be shorter."),),
    "Makes lists of so many packets of a stream.",
)


def _typed(outline: Signature, taken: wit.Type | None, sent: wit.Type | None) -> Signature:
    """A signature of one input and one output with these types."""
    (into,), (out,) = outline.inputs, outline.outputs
    ports = (
        (Port(into.name, taken, step=into.step, description=into.description),),
        (Port(out.name, sent, step=out.step, description=out.description),),
    )
    return Signature(outline.name, *ports, outline.description)


def _each_signature(use: Use) -> Signature | list[Problem]:
    given = use.inputs.get("input")
    if given is None or given is wit.ANY:
        return _typed(_EACH, given and wit.List(wit.ANY), given)
    if not isinstance(given, wit.List):
        message = f"'each' takes a list, and this is {describe(given)}"
        return [Problem(message, "a value on a stream port is a stream of one", port="input")]
    return _typed(_EACH, given, given.element)


def _collect_signature(use: Use) -> Signature | list[Problem]:
    given = use.inputs.get("input")
    return _typed(_COLLECT, given, given and wit.List(given))


def _batch_signature(use: Use) -> Signature | list[Problem]:
    count, seconds = use.constants.get("count"), use.constants.get("seconds")
    problems = []
    if count is None and seconds is None:
        problems.append(missing_constant("batch", "count", "count: 100"))
    if count is not None and not is_count(count):
        problems.append(wrong_constant("batch", "count", "a whole number from 1 on"))
    if seconds is not None and not is_seconds(seconds):
        problems.append(wrong_constant("batch", "seconds", "a number greater than 0"))
    given = use.inputs.get("input")
    return problems or _typed(_BATCH, given, given and wit.List(given))


class _Each(CoreSession):
    def __init__(self, elements: Sequence[Slot]) -> None:
        #: A `list<u8>` is bytes.
        self._elements = elements
        self._next = 0

    def pull(self) -> Emission:
        first, self._next = self._next, self._next + _CHUNK
        return list(self._elements[first : self._next])


class _Gather(CoreSession):
    """Makes lists of so many elements; of all, if `size` is ``None``."""

    def __init__(self, size: int | None, join: Callable[[list[Slot]], Any]) -> None:
        self._size = size
        self._join = join
        self._held: list[Slot] = []

    def push(self, elements: Sequence[tuple[Slot, ...]]) -> Emission:
        self._held += [element for (element,) in elements]
        return [self._take()] if len(self._held) == self._size else ()

    def finish(self) -> Emission:
        return [self._take()] if self._held or self._size is None else ()

    def _take(self) -> Any:
        held, self._held = self._held, []
        return self._join(held)


def joiner(signature: Signature) -> Callable[[list[Slot]], Any]:
    """What makes a value of the output's type of elements: a `list<u8>` is bytes."""
    return bytes if signature.outputs[0].type == wit.BYTES else list


def _open_each(_signature: Signature, _use: Use) -> Open:
    return lambda inputs: _Each(inputs[0])


def _open_collect(signature: Signature, _use: Use) -> Open:
    join = joiner(signature)
    return lambda _inputs: _Gather(None, join)


def _bind_batch(signature: Signature, use: Use) -> Callee:
    size, seconds = use.constants.get("count"), use.constants.get("seconds")
    join = joiner(signature)
    if seconds is not None:
        return TimedBatches(signature, size, seconds, join)
    return CoreStreamer(signature, lambda _inputs: _Gather(size, join))


EACH = CoreTemplate(_EACH, _each_signature, opening(_open_each))
COLLECT = CoreTemplate(_COLLECT, _collect_signature, opening(_open_collect))
BATCH = CoreTemplate(
    _BATCH,
    _batch_signature,
    _bind_batch,
    {
        "count": "How many packets a list holds.",
        "seconds": "How long a list waits at most for more after its first packet; by the clock, so "
        "that what is in a list is not the same in every run.",
    },
)
