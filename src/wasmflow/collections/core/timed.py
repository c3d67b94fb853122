"""`core::batch` by time: a list is sent when it is full, or when its first packet has waited for so long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wasmflow.component import Call, Signature
from wasmflow.engine.channel import Channel
from wasmflow.engine.crew import Crew, Part, Ports
from wasmflow.engine.intake import Intake, Outlets
from wasmflow.packet import EMPTY, Failure, Slot


@dataclass(frozen=True)
class TimedBatches:
    """The component, in one use of it. Is a `wasmflow.component.Machine`."""

    signature: Signature
    #: ``None`` for lists of any length.
    size: int | None
    seconds: float
    join: Callable[[list[Slot]], Any]

    def attach(self, ports: Ports, call: Call, crew: Crew) -> None:
        crew.add(_Batching(crew, call, ports, self))


class _Batching(Part):
    def __init__(self, crew: Crew, call: Call, ports: Ports, batches: TimedBatches) -> None:
        super().__init__(crew, call, call.path)
        self._intake = Intake(ports.inputs, (True,))
        self._outlets = Outlets(ports.outputs)
        self._batches = batches
        self._held: list[Slot] = []

    def channels(self) -> tuple[list[Channel], list[Channel]]:
        return self._intake.channels, self._outlets.channels

    def work(self) -> None:
        outlets = self._outlets
        if outlets.deserted:
            self.finish()
            return
        while outlets.room:
            element = self._intake.next()
            if element is None:
                return
            if not isinstance(element, tuple):
                self._flush()
                self.finish()
                return
            self._take(element[0])

    def _take(self, packet: Slot) -> None:
        if isinstance(packet, Failure):
            self._flush()
            self._outlets.put(0, packet)
        elif packet is not EMPTY:
            self._held.append(packet)
            if len(self._held) == self._batches.size:
                self._flush()
            elif len(self._held) == 1:
                self._stop_clock()
                self.wait(asyncio.sleep(self._batches.seconds), lambda _: self._flush())

    def _flush(self) -> None:
        self._stop_clock()
        held, self._held = self._held, []
        if held:
            self._outlets.put(0, self._batches.join(held))

    def _stop_clock(self) -> None:
        self.abandon()
