"""Parts between instances: they turn packets on their way, and hand them to several readers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from wasmflow.component import Call
from wasmflow.engine.crew import Crew, Ports
from wasmflow.engine.intake import Element
from wasmflow.engine.stage import Stage
from wasmflow.packet import EMPTY

#: What becomes of an element: one slot per output.
Turn: TypeAlias = Callable[[Element], Element]


class Passage(Stage):
    """Reads its inputs in step and writes what becomes of each element."""

    def __init__(
        self, crew: Crew, call: Call, ports: Ports, turn: Turn, *, in_step: bool = False
    ) -> None:
        """`in_step` says that it feeds stream ports together, be it with values only."""
        super().__init__(crew, call, call.path, ports, of_streams=in_step)
        self._turn = turn
        #: Whether what is nothing keeps its place.
        self._gaps = in_step or any(ports.streams)

    def take(self, element: Element) -> bool:
        for index, slot in enumerate(self._turn(element)):
            if self._gaps or slot is not EMPTY:
                self.outlets.put(index, slot)
        return True


def unchanged(element: Element) -> Element:
    """The turn of a passage that turns nothing."""
    return element
