"""`core::batch` by time: a list is sent when it is full, or when its first packet has waited for so long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wasmflow.component import Call, Signature
from wasmflow.engine.crew import Crew, Ports
from wasmflow.engine.intake import Element
from wasmflow.engine.stage import Stage
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


class _Batching(Stage):
    def __init__(self, crew: Crew, call: Call, ports: Ports, batches: TimedBatches) -> None:
        super().__init__(crew, call, call.path, ports)
        self._batches = batches
        self._held: list[Slot] = []

    def work(self) -> None:
        # What it awaits is the clock, and elements are taken meanwhile.
        if self.outlets.deserted:
            self.finish()
        else:
            self.advance()

    def take(self, element: Element) -> bool:
        (packet,) = element
        if isinstance(packet, Failure):
            self._flush()
            self.outlets.put(0, packet)
        elif packet is not EMPTY:
            self._held.append(packet)
            if len(self._held) == self._batches.size:
                self._flush()
            elif len(self._held) == 1:
                self._start_clock()
        return True

    def take_end(self) -> None:
        self._flush()
        self.complete()

    def _start_clock(self) -> None:
        seconds = self._batches.seconds
        self.call.transaction.move(asyncio.get_running_loop().time() + seconds)
        self.wait(asyncio.sleep(seconds), lambda _: self._flush())

    def _flush(self) -> None:
        self.abandon()
        held, self._held = self._held, []
        if held:
            self.outlets.put(0, self._batches.join(held))
