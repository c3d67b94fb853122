"""`core::first`: the first of its inputs that has something."""

from __future__ import annotations

from collections.abc import Iterable

from wasmflow.collections.core.template import Act, CoreTemplate, calling
from wasmflow.component import Call, Outcome, Port, Signature, Use
from wasmflow.packet import EMPTY, Slot
from wasmflow.problem import Problem
from wasmflow.types import model as wit
from wasmflow.types.convert import connectable, may_fail

_OUTLINE = Signature(
    "first",
    outputs=(Port("output", None, description="The packet of the first input that has one."),),
    description="Sends on the first of its inputs, in the order in which they stand in the flow, "
    "that has something; a `none` is nothing, the null of `any` is something. It waits for all of "
    "them, and a failure on any of them is its output.",
)


def _signature(use: Use) -> Signature | list[Problem]:
    if not use.inputs:
        return [Problem("'first' has no inputs", "connect something to it: a.output -> first.name")]
    type_ = common_type(use.inputs.values())
    ports = tuple(Port(name, type_, optional=True) for name in use.inputs)
    output = Port("output", type_, description=_OUTLINE.outputs[0].description)
    return Signature("first", ports, (output,), _OUTLINE.description)


def common_type(types: Iterable[wit.Type | None]) -> wit.Type | None:
    """The narrowest of these types that all of them widen to; `any` if there is none.

    Of an option it is what is inside, since `none` sends nothing to an optional input.
    Undetermined if one of them is.
    """
    inside = [type_.payload if isinstance(type_, wit.Option) else type_ for type_ in types]
    if None in inside:
        return None
    fitting = (each for each in inside if all(_widens(other, each) for other in inside))
    return next(fitting, wit.ANY)


def _widens(source: wit.Type | None, target: wit.Type | None) -> bool:
    return connectable(source, target) is None and not may_fail(source, target)


def _act(signature: Signature, _use: Use) -> Act:
    """What a connection leaves of an option is nothing, but where the ports are options themselves."""
    options = isinstance(signature.outputs[0].type, wit.Option)

    def is_something(slot: Slot) -> bool:
        return slot is not EMPTY and not (options and slot is None)

    def act(inputs: tuple[Slot, ...], _call: Call) -> Outcome:
        return (next(filter(is_something, inputs), EMPTY),)

    return act


FIRST = CoreTemplate(_OUTLINE, _signature, calling(_act), any_input=True)
