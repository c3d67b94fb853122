"""`core::drop`: the sink."""

from __future__ import annotations

from wasmflow.collections.core.template import Act, CoreTemplate, calling
from wasmflow.component import Port, Signature, Use

_DESCRIPTION = (
    "Takes a value and does nothing with it. A failure is not dropped: it has nowhere to go."
)


def _with_type(use: Use) -> Signature:
    port = Port("input", use.inputs.get("input"), optional=True, description="Anything.")
    return Signature("drop", (port,), (), _DESCRIPTION)


def _act(_signature: Signature, _use: Use) -> Act:
    return lambda _inputs, _call: ()


DROP = CoreTemplate(_with_type(Use()), _with_type, calling(_act))
