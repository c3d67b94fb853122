"""`core::sender`: a constant."""

from __future__ import annotations

from wasmflow.collections.core.template import Act, CoreTemplate, calling, missing_constant
from wasmflow.component import Port, Signature, Use
from wasmflow.problem import Problem
from wasmflow.types import model as wit

_OUTLINE = Signature(
    "sender",
    outputs=(Port("output", wit.ANY, description="The constant."),),
    description="Sends a constant, once.",
)


def _signature(use: Use) -> Signature | list[Problem]:
    if "output" not in use.constants:
        return [missing_constant("sender", "output", "output: …")]
    return _OUTLINE


def _act(_signature: Signature, use: Use) -> Act:
    outcome = (use.constants["output"],)
    return lambda _inputs, _call: outcome


SENDER = CoreTemplate(_OUTLINE, _signature, calling(_act), {"output": "What to send: any JSON."})
