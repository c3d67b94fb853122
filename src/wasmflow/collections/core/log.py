"""`core::log`: lets a value pass and writes it to the log, never to standard output."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from wasmflow.collections.core.template import Act, CoreTemplate, calling
from wasmflow.component import Call, Outcome, Port, Signature, Use
from wasmflow.packet import EMPTY, Slot
from wasmflow.types import model as wit
from wasmflow.types.json import dumps, encoder

#: Where flows write.
logger = logging.getLogger("wasmflow.log")

_LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
_LABEL = Port(
    "label",
    wit.STRING,
    optional=True,
    description="What to call the value; otherwise it is the path of the instance.",
)
_LEVEL = Port(
    "level",
    wit.Enum(tuple(_LEVELS), "level"),
    optional=True,
    description="How much the reader should care.",
    default="info",
)


def _signature(use: Use) -> Signature:
    type_ = use.inputs.get("input")
    return Signature(
        "log",
        (Port("input", type_, description="What to write, as JSON."), _LABEL, _LEVEL),
        (Port("output", type_, description="The input, unchanged."),),
        "Lets a value pass, and writes it to the log.",
    )


def _act(signature: Signature, _use: Use) -> Act:
    encode = encoder(signature.inputs[0].type)

    def act(inputs: tuple[Slot, ...], call: Call) -> Outcome:
        value, label, level = inputs
        severity = _LEVELS["info" if level is EMPTY else level]
        if logger.isEnabledFor(severity):
            name = "/".join(call.path) if label is EMPTY else label
            about = {"trace": call.transaction.trace_id, "instance": "/".join(call.path)}
            logger.log(severity, "%s: %s", name, _text(value, encode), extra=about)
        return (value,)

    return act


def _text(value: object, encode: Callable[[object], wit.Json]) -> str:
    """The value as JSON; as Python would write it if it has no JSON form, since logging never fails."""
    try:
        return dumps(encode(value))
    except wit.Misfit:
        return repr(value)


LOG = CoreTemplate(_signature(Use()), _signature, calling(_act))
