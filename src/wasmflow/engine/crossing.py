"""A connection, compiled: what becomes of a packet between two ports.

Most connections hand a packet on as it is; they cost nothing, since their reader takes the slot of
their source. The others (a path, a conversion, a default) become a function that fills a slot of
their own. All slots of a program are laid out here: a `Board` is its beginning, copied for every
transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import TypeAlias

from wasmflow.component import Call
from wasmflow.graph.plan import Constant, Read, Source
from wasmflow.packet import EMPTY, Failure, Kind, Slot
from wasmflow.types import model as wit
from wasmflow.types.convert import converter
from wasmflow.types.json import input_decoder
from wasmflow.types.path import follow

Slots: TypeAlias = list[Slot]
#: Fills the slot of a connection from that of its source.
Crossing: TypeAlias = Callable[[Slots, Call], None]
Gather: TypeAlias = Callable[[Slots], tuple[Slot, ...]]


class Board:
    """The slots of a program: those of its plan, then one for each constant and each crossing."""

    def __init__(self, slots: int) -> None:
        self.slots: Slots = [EMPTY] * slots
        self._nothing = self._add(EMPTY)

    def connect(
        self, sources: Sequence[Source], tail: tuple[str, ...] = ()
    ) -> tuple[Gather, tuple[Crossing, ...]]:
        """How the reader of these connections gets its packets, after the crossings were made.

        `tail` is the reader's path below that of the flow: where a crossing that fails, fails.
        """
        crossings: list[Crossing] = []
        indexes = [self._place(source, tail, crossings) for source in sources]
        return _gather(indexes), tuple(crossings)

    def _place(self, source: Source, tail: tuple[str, ...], crossings: list[Crossing]) -> int:
        if source is None:
            return self._nothing
        if isinstance(source, Constant):
            return self._add(source.value)
        carry = _carry(source)
        if carry is None and source.default is EMPTY:
            return source.slot
        into = self._add(EMPTY)
        crossings.append(_crossing(source, carry or _unchanged, into, tail))
        return into

    def _add(self, slot: Slot) -> int:
        self.slots.append(slot)
        return len(self.slots) - 1


def _gather(indexes: Sequence[int]) -> Gather:
    """Takes the slots at these indexes, in C where that is possible."""
    if not indexes:
        return lambda _slots: ()
    if len(indexes) == 1:
        (index,) = indexes
        return lambda slots: (slots[index],)
    return itemgetter(*indexes)


def renumbered(sources: Sequence[Source]) -> tuple[Source, ...]:
    """The connections to one reader, each reading a slot of its own, from the first on."""
    return tuple(
        replace(source, slot=i) if isinstance(source, Read) else source
        for i, source in enumerate(sources)
    )


class Reading:
    """The connections to one reader that has a board of its own, with a slot for each of them."""

    def __init__(self, sources: Sequence[Source], tail: tuple[str, ...] = ()) -> None:
        alone = renumbered(sources)
        board = Board(len(alone))
        self._gather, self._crossings = board.connect(alone, tail)
        self._rest = tuple(board.slots[len(alone) :])
        #: Whether packets arrive as they are sent.
        self.plain = not self._crossings

    def __call__(self, packets: tuple[Slot, ...], call: Call) -> tuple[Slot, ...]:
        """What arrives when these packets cross."""
        if self.plain:
            return packets
        slots = [*packets, *self._rest]
        for cross in self._crossings:
            cross(slots, call)
        return self._gather(slots)


Carry: TypeAlias = Callable[[object], Slot]


def _unchanged(value: object) -> Slot:
    return value


def _carry(read: Read) -> Carry | None:
    """Follows the path, then converts; may come to `EMPTY` or raise `Misfit`. ``None``: nothing to do."""
    pick = follow(read.path) if read.path else None
    convert = converter(read.source, read.target, optional=read.optional)
    if pick is None or convert is None:
        return pick or convert

    def carry(value: object) -> Slot:
        picked = pick(value)
        return EMPTY if picked is EMPTY else convert(picked)

    return carry


def _crossing(read: Read, carry: Carry, into: int, tail: tuple[str, ...]) -> Crossing:
    source = read.slot
    replace = None if read.default is EMPTY else _replacement(read)

    def cross(slots: Slots, call: Call) -> None:
        slot = slots[source]
        if slot is not EMPTY and not isinstance(slot, Failure):
            try:
                slot = carry(slot)
            except (wit.Misfit, RecursionError) as misfit:
                slot = _misfit(read, misfit, call.path + tail)
        if replace is not None and isinstance(slot, Failure):
            try:
                slot = replace(slot.message)
            except (wit.Misfit, RecursionError) as misfit:
                slot = _misfit(read, misfit, call.path + tail)
        slots[into] = slot

    return cross


def _misfit(read: Read, misfit: wit.Misfit | RecursionError, path: tuple[str, ...]) -> Failure:
    label = f"{read.label}: " if read.label else ""
    deep = isinstance(misfit, RecursionError)
    message = "the value is nested too deeply" if deep else str(misfit)
    return Failure(Kind.EXCEPTION, label + message, "/".join(path))


def _replacement(read: Read) -> Callable[[str], Slot]:
    """From the message of a failure to what takes its place.

    Raises `Misfit` at once for a default that does not fit its port; one that holds a message can
    only be checked when the message is there.
    """
    decode = input_decoder(read.target, optional=read.optional)
    default = read.default
    if with_message(default, "") == default:
        value = decode(default)
        return lambda _message: value
    return lambda message: decode(with_message(default, message))


def with_message(default: wit.Json, message: str) -> wit.Json:
    """A default with the message in place of every ``$ERROR`` in its strings; keys are left alone."""
    if isinstance(default, str):
        return default.replace("$ERROR", message)
    if isinstance(default, list):
        return [with_message(each, message) for each in default]
    if isinstance(default, dict):
        return {key: with_message(each, message) for key, each in default.items()}
    return default
