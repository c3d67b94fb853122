"""`core::take`: the first packets of a stream."""

from __future__ import annotations

from dataclasses import dataclass

from wasmflow.collections.core.constants import is_count, wrong_constant
from wasmflow.collections.core.template import CoreTemplate, missing_constant
from wasmflow.component import Call, Machine, Port, Signature, Use
from wasmflow.engine.crew import Crew, Ports
from wasmflow.engine.intake import Element
from wasmflow.engine.stage import Stage
from wasmflow.packet import EMPTY
from wasmflow.problem import Problem
from wasmflow.types import model as wit

_DESCRIPTION = (
    "Sends on so many packets of a stream, failures among them, and then ends; what made the others "
    "is stopped."
)


def _with_type(type_: wit.Type | None) -> Signature:
    return Signature(
        "take",
        (Port("input", type_, step=0, description="Any number of packets."),),
        (Port("output", type_, step=1, description="The first of them."),),
        _DESCRIPTION,
    )


def _signature(use: Use) -> Signature | list[Problem]:
    count = use.constants.get("count")
    if count is None:
        return [missing_constant("take", "count", "count: 10")]
    if not is_count(count):
        return [wrong_constant("take", "count", "a whole number from 1 on")]
    return _with_type(use.inputs.get("input"))


@dataclass(frozen=True)
class _Take:
    signature: Signature
    count: int

    def attach(self, ports: Ports, call: Call, crew: Crew) -> None:
        crew.add(_Taking(crew, call, ports, self.count))


class _Taking(Stage):
    def __init__(self, crew: Crew, call: Call, ports: Ports, count: int) -> None:
        super().__init__(crew, call, call.path, ports)
        self._left = count

    def take(self, element: Element) -> bool:
        (packet,) = element
        if packet is not EMPTY:
            self.outlets.put(0, packet)
            self._left -= 1
        if not self._left:
            self.finish()
        return True


def _bind(signature: Signature, use: Use) -> Machine:
    return _Take(signature, use.constants["count"])


TAKE = CoreTemplate(_with_type(None), _signature, _bind, {"count": "How many packets."})
