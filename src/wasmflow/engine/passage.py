"""Parts between instances: they turn packets on their way, hand them to several readers, keep time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from wasmflow.component import Call
from wasmflow.engine.channel import Channel
from wasmflow.engine.crew import Crew, Part, Ports
from wasmflow.engine.intake import END, Element, Intake, Outlets
from wasmflow.packet import EMPTY

#: What becomes of an element: one slot per output.
Turn: TypeAlias = Callable[[Element], Element]


class Passage(Part):
    """Reads its inputs in step and writes what becomes of each element."""

    def __init__(
        self, crew: Crew, call: Call, ports: Ports, turn: Turn, *, gaps: bool | None = None
    ) -> None:
        super().__init__(crew, call, call.path)
        self._intake = Intake(ports.inputs, ports.streams)
        self._outlets = Outlets(ports.outputs)
        self._turn = turn
        #: Whether nothing keeps its place; unless said, in a stream it does.
        self._gaps = any(ports.streams) if gaps is None else gaps

    def channels(self) -> tuple[list[Channel], list[Channel]]:
        return self._intake.channels, self._outlets.channels

    def work(self) -> None:
        outlets, intake = self._outlets, self._intake
        if outlets.deserted:
            self.finish()
        elif intake.held():
            while outlets.room:
                element = intake.next()
                if element is None:
                    return
                if element is END:
                    self.finish()
                    return
                for index, slot in enumerate(self._turn(element)):
                    if self._gaps or slot is not EMPTY:
                        outlets.put(index, slot)
                if self.crew.late:
                    self.rouse()
                    return


def unchanged(element: Element) -> Element:
    """The turn of a passage that turns nothing."""
    return element
