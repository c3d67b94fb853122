"""When a component fires: rule 1 of the semantics. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from wasmflow.component import Port
from wasmflow.packet import EMPTY, Empty, Failure, Slot


def reason_to_skip(inputs: Sequence[Slot], ports: Sequence[Port]) -> Failure | Empty | None:
    """What the outputs carry without a call; ``None`` if the component fires.

    Asked once, when every input has its packet or has ended. A failure goes on, of several the
    first in the signature's order; else, where a required input has nothing, nothing goes on.
    """
    reason: Empty | None = None
    for slot, port in zip(inputs, ports, strict=True):
        if isinstance(slot, Failure):
            return slot
        if slot is EMPTY and not port.optional:
            reason = EMPTY
    return reason
