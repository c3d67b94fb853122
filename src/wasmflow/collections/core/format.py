"""`core::format`: a value as text."""

from __future__ import annotations

from wasmflow.codec.texts import text_of
from wasmflow.collections.core.template import Act, CoreTemplate, calling
from wasmflow.component import Call, Outcome, Port, Signature, Use
from wasmflow.packet import Failure, Kind, Slot
from wasmflow.types import model as wit
from wasmflow.types.text import writer


def _signature(use: Use) -> Signature:
    """`none` is not written: as everywhere where no option is taken, nothing is sent."""
    type_ = use.inputs.get("input")
    if isinstance(type_, wit.Option) and not isinstance(type_.payload, wit.Option):
        type_ = type_.payload
    return Signature(
        "format",
        (Port("input", type_, description="What to write."),),
        (Port("output", wit.STRING, description="Text as it is, all else as JSON."),),
        "Makes a text of a value, as `core::parse` reads it. Bytes are text in UTF-8; those that are none, "
        "and numbers that JSON does not have, are an exception.",
    )


def _act(signature: Signature, _use: Use) -> Act:
    type_ = signature.inputs[0].type
    write = text_of if type_ == wit.BYTES else writer(type_)

    def act(inputs: tuple[Slot, ...], _call: Call) -> Outcome:
        try:
            return (write(inputs[0]),)
        except wit.Misfit as misfit:
            return Failure(Kind.EXCEPTION, str(misfit))

    return act


FORMAT = CoreTemplate(_signature(Use()), _signature, calling(_act))
