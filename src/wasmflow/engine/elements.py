"""An instance of a component on value ports, in a flow with streams.

It does for each element exactly what it would do for that one value, by the same `Step` that flows of
values are made of; without a stream on its inputs there is one element.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from wasmflow.component import Call, Component, Outcome
from wasmflow.engine.channel import Channel
from wasmflow.engine.crew import Crew, Part, Ports
from wasmflow.engine.crossing import Board, Slots, renumbered
from wasmflow.engine.intake import END, Element, Intake, Outlets
from wasmflow.engine.step import Step, new_call
from wasmflow.graph.plan import Node
from wasmflow.packet import EMPTY

#: So many elements, less one, are called for before the time is looked at.
_OFTEN: Final = 15


class ElementStep:
    """A node as a flow of its own: what it reads are the inputs of that flow, one slot each."""

    def __init__(self, node: Node, component: Component) -> None:
        width = len(node.inputs)
        outputs = len(node.signature.outputs)
        error = None if node.error is None else width + outputs
        alone = replace(node, inputs=renumbered(node.inputs), outputs=width, error=error)
        #: Where the outputs stand, and `<error>` behind them if it is read.
        self.first = width
        self.last = width + outputs + (error is not None)
        board = Board(self.last)
        self.step = Step(alone, component, board)
        self.rest = tuple(board.slots[width:])


class Elements(Part):
    """Calls a component for each element. Its outputs are those of the node, then `<error>` if read."""

    def __init__(self, crew: Crew, call: Call, step: ElementStep, ports: Ports) -> None:
        super().__init__(crew, call, (*call.path, *step.step.tail))
        self._step = step
        self._lifted = any(ports.streams)
        self._intake = Intake(ports.inputs, ports.streams)
        self._outlets = Outlets(ports.outputs)

    def channels(self) -> tuple[list[Channel], list[Channel]]:
        return self._intake.channels, self._outlets.channels

    def work(self) -> None:
        if self._outlets.deserted:
            self.finish()
        elif self.pending is None and self._intake.held():
            self._advance()

    def _advance(self) -> None:
        intake, outlets, crew = self._intake, self._outlets, self.crew
        while outlets.room:
            element = intake.next()
            if element is None:
                return
            if element is END:
                self.finish()
                return
            if not self._begin(element):
                return
            # Asking for the time takes as long as some calls.
            if not intake.count & _OFTEN and crew.late:
                self.rouse()
                return

    def _begin(self, element: Element) -> bool:
        """Call for an element. Says whether it has ended."""
        call, step = self.call, self._step.step
        if self._lifted:
            elements = (*call.elements, self._intake.count - 1)
            call = new_call(Call, (call.transaction, call.path, call.attempt, call.group, elements))
        slots: Slots = [*element, *self._step.rest]
        waiting = step.begin(slots, call)
        if waiting is None:
            self._send(slots)
            return True

        def ended(outcome: Outcome) -> None:
            step.end(outcome, slots, call)
            self._send(slots)

        self.wait(waiting, ended)
        return False

    def _send(self, slots: Slots) -> None:
        """A gap keeps its place in a stream; a value that was not sent leaves nothing."""
        put, lifted = self._outlets.put, self._lifted
        for index, slot in enumerate(slots[self._step.first : self._step.last]):
            if lifted or slot is not EMPTY:
                put(index, slot)
