"""`core::fail`: says no on purpose."""

from __future__ import annotations

from dataclasses import replace

from wasmflow.collections.core.template import Act, CoreTemplate, calling
from wasmflow.component import Call, Port, Signature, Use
from wasmflow.naming import same
from wasmflow.packet import Failure, Kind, Slot
from wasmflow.types import model as wit

_OUTLINE = Signature(
    "fail",
    (
        Port("message", wit.STRING, description="What went wrong, in the reader's words."),
        Port(
            "payload",
            wit.ANY,
            optional=True,
            description="What the exception carries. If connected, it fails only when that comes.",
        ),
    ),
    (Port("output", None, description="Sends no value, only the exception."),),
    "Fails with an exception.",
)


def _signature(use: Use) -> Signature:
    """Waits for its payload where one is connected: that is how a constant message is conditional."""
    if not any(same(name, "payload") for name in use.inputs):
        return _OUTLINE
    message, payload = _OUTLINE.inputs
    return replace(_OUTLINE, inputs=(message, replace(payload, optional=False)))


def _fail(inputs: tuple[Slot, ...], _call: Call) -> Failure:
    message, payload = inputs
    return Failure(Kind.EXCEPTION, message, payload=payload)


def _act(_signature: Signature, _use: Use) -> Act:
    return _fail


FAIL = CoreTemplate(_OUTLINE, _signature, calling(_act))
