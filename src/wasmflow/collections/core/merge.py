"""`core::merge`: several values become one object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from wasmflow.collections.core.template import Act, CoreTemplate
from wasmflow.component import Port, Signature, Use
from wasmflow.naming import canonical, lookup, suggestion
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
    "a list of names, or an object of name to WIT type (null: that of what is connected)."
}

#: Input to its type, as far as it is known.
_Inputs: TypeAlias = Mapping[str, wit.Type | None]


def _signature(use: Use) -> Signature | list[Problem]:
    inputs = _declared(use) if "inputs" in use.constants else use.inputs
    if isinstance(inputs, list):
        return inputs
    if not inputs:
        return [Problem("'merge' has no inputs", "connect something to it: a.output -> merge.name")]
    ports = tuple(Port(name, type_) for name, type_ in inputs.items())
    fields = tuple(wit.Part(port.name, port.type or wit.ANY) for port in ports)
    output = Port("output", wit.Record(fields), description=_OUTLINE.outputs[0].description)
    return Signature("merge", ports, (output,), _OUTLINE.description)


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
    problems += [_undeclared(name, list(texts)) for name in unknown]
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


def _undeclared(name: str, known: list[str]) -> Problem:
    return Problem(
        f"'merge' has no input '{name}'", suggestion(name, known, noun="'inputs'"), port=name
    )


def _act(signature: Signature, _use: Use) -> Act:
    names = tuple(port.name for port in signature.inputs)

    def act(inputs: tuple[Any, ...], _call: object) -> tuple[dict[str, Any]]:
        return (dict(zip(names, inputs, strict=True)),)

    return act


MERGE = CoreTemplate(_OUTLINE, _signature, _act, _CONSTANTS, any_input=True)
