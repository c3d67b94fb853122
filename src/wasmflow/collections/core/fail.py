"""`core::fail`: says no on purpose."""

from __future__ import annotations

from wasmflow.collections.core.template import Act, CoreTemplate
from wasmflow.component import Call, Port, Signature, Use
from wasmflow.packet import Failure, Kind, Slot
from wasmflow.types import model as wit

_SIGNATURE = Signature(
    "fail",
    (
        Port("message", wit.STRING, description="What went wrong, in the reader's words."),
        Port("payload", wit.ANY, optional=True, description="What the exception carries."),
    ),
    (Port("output", None, description="Sends no value, only the exception."),),
    "Fails with an exception.",
)


def _fail(inputs: tuple[Slot, ...], _call: Call) -> Failure:
    message, payload = inputs
    return Failure(Kind.EXCEPTION, message, payload=payload)


def _act(_signature: Signature, _use: Use) -> Act:
    return _fail


FAIL = CoreTemplate(_SIGNATURE, lambda _use: _SIGNATURE, _act)
