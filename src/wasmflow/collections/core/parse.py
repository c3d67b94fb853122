"""`core::parse`: the value that a text stands for."""

from __future__ import annotations

from wasmflow.collections.core.template import Act, CoreTemplate, calling
from wasmflow.component import Call, Outcome, Port, Signature, Use
from wasmflow.packet import Failure, Kind, Slot
from wasmflow.problem import Problem
from wasmflow.types import model as wit
from wasmflow.types.text import reader
from wasmflow.types.wit import parse_type

_CONSTANTS = {
    "type": "What the text is to be a value of, as WIT type. Left out, any JSON: whatever it is connected "
    "to takes what fits."
}


def _signature(use: Use) -> Signature | list[Problem]:
    type_ = _type(use)
    return [type_] if isinstance(type_, Problem) else _with_type(type_)


def _type(use: Use) -> wit.Type | Problem:
    text = use.constants.get("type", "any")
    if not isinstance(text, str):
        return Problem("'type' is not text", 'write it as WIT: "u32"', port="type")
    try:
        return parse_type(text)
    except wit.Misfit as misfit:
        return Problem(str(misfit), port="type")


def _with_type(type_: wit.Type | None) -> Signature:
    description = "A text, written as on the command line: text as it is, all else as JSON."
    return Signature(
        "parse",
        (Port("input", wit.STRING, description=description),),
        (Port("output", type_, description="The value."),),
        "Reads the value that a text stands for. A text that stands for none is an exception.",
    )


def _act(signature: Signature, _use: Use) -> Act:
    read = reader(signature.outputs[0].type)

    def act(inputs: tuple[Slot, ...], _call: Call) -> Outcome:
        try:
            return (read(inputs[0]),)
        except wit.Misfit as misfit:
            return Failure(Kind.EXCEPTION, str(misfit))

    return act


PARSE = CoreTemplate(_with_type(None), _signature, calling(_act), _CONSTANTS)
