"""`core::merge`: several values become one object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from wasmflow.collections.core.template import Act, CoreTemplate, calling
from wasmflow.component import Port, Signature, Use
from wasmflow.naming import canonical, lookup, suggestion
from wasmflow.packet import EMPTY, Slot
from wasmflow.problem import Problem
from wasmflow.types import model as wit
from wasmflow.types.wit import parse_type

_OUTLINE = Signature(
    "merge",
    outputs=(Port("output", None, description="An object with a field for every input."),),
    description="Makes one object of its inputs. It has the inputs that connections name, in their order.",
)
_CONSTANTS = {
    "inputs": "The inputs that there are, in their order, where connections shall not decide that: "
    "a list of names, or an object of name to WIT type (null: that of what is connected). An "
    "option<T> need not get anything."
}

#: Input to its type, as far as it is known.
_Inputs: TypeAlias = Mapping[str, wit.Type | None]


def _signature(use: Use) -> Signature | list[Problem]:
    inputs = _declared(use) if "inputs" in use.constants else use.inputs
    if isinstance(inputs, list):
        return inputs
    if not inputs:
        return [Problem("'merge' has no inputs", "connect something to it: a.output -> merge.name")]
    declared = "inputs" in use.constants
    ports = tuple(_port(name, type_, declared=declared) for name, type_ in inputs.items())
    fields = tuple(wit.Part(name, type_ or wit.ANY) for name, type_ in inputs.items())
    output = Port("output", wit.Record(fields), description=_OUTLINE.outputs[0].description)
    return Signature("merge", ports, (output,), _OUTLINE.description)


def _port(name: str, type_: wit.Type | None, *, declared: bool) -> Port:
    """The input of a field. One that is declared an option is optional, as a parameter would be."""
    if declared and isinstance(type_, wit.Option):
        return Port(name, type_.payload, optional=True)
    return Port(name, type_)


def _declared(use: Use) -> _Inputs | list[Problem]:
    """The inputs that the constant declares, or what is wrong with it or with the use of it."""
    constant = use.constants["inputs"]
    texts = dict.fromkeys(constant) if _is_names(constant) else constant
    if not isinstance(texts, dict):
        return [Problem("'inputs' is a list of names or an object of name to type", port="inputs")]
    if len({canonical(name) for name in texts}) < len(constant):
        return [Problem("'inputs' names an input twice", port="inputs")]
    types = {name: _type(name, text, use) for name, text in texts.items()}
    problems = [type_ for type_ in types.values() if isinstance(type_, Problem)]
    known = {canonical(name) for name in texts}
    unknown = [name for name in use.inputs if canonical(name) not in known]
    problems += [_undeclared(name, list(texts)) for name in unknown[:_MOST_TOLD]]
    return problems or {name: t for name, t in types.items() if not isinstance(t, Problem)}


def _is_names(constant: wit.Json) -> bool:
    return isinstance(constant, list) and all(isinstance(name, str) for name in constant)


def _type(name: str, text: wit.Json, use: Use) -> wit.Type | Problem | None:
    if text is None:
        return lookup(name, use.inputs)
    if not isinstance(text, str):
        return Problem(f"the type of '{name}' is not text", 'write it as WIT: "u32"', port="inputs")
    try:
        return parse_type(text)
    except wit.Misfit as misfit:
        return Problem(f"the type of '{name}': {misfit}", port="inputs")


#: Inputs that are told not to be there.
_MOST_TOLD: Final = 10


def _undeclared(name: str, known: list[str]) -> Problem:
    return Problem(
        f"'merge' has no input '{name}'", suggestion(name, known, noun="'inputs'"), port=name
    )


def _act(signature: Signature, _use: Use) -> Act:
    names = tuple(port.name for port in signature.inputs)
    if not any(port.optional for port in signature.inputs):
        return lambda inputs, _call: (dict(zip(names, inputs, strict=True)),)
    fields = tuple(map(_field, signature.inputs))

    def act(inputs: tuple[Slot, ...], _call: object) -> tuple[dict[str, object]]:
        values = (field(slot) for field, slot in zip(fields, inputs, strict=True))
        return (dict(zip(names, values, strict=True)),)

    return act


def _field(port: Port) -> Callable[[Slot], object]:
    """The value of the field for what came on its port."""
    if not port.optional:
        return lambda slot: slot
    if isinstance(port.type, wit.Option):
        return lambda slot: None if slot is EMPTY else wit.Some(slot)
    return lambda slot: None if slot is EMPTY else slot


MERGE = CoreTemplate(_OUTLINE, _signature, calling(_act), _CONSTANTS, any_input=True)
