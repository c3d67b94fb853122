"""An instance of a component on value ports, in a flow with streams.

It does for each element exactly what it would do for that one value, by the same `Step` that flows of
values are made of; without a stream on its inputs there is one element.
"""

from __future__ import annotations

from dataclasses import replace

from wasmflow.component import Call, Component, Outcome
from wasmflow.engine.crew import Crew, Ports
from wasmflow.engine.crossing import Board, Slots, renumbered
from wasmflow.engine.intake import Element
from wasmflow.engine.stage import Stage
from wasmflow.engine.step import Step, new_call
from wasmflow.graph.plan import Node
from wasmflow.packet import EMPTY


class ElementStep:
    """A node as a flow of its own: what it reads are the inputs of that flow, one slot each."""

    def __init__(self, node: Node, component: Component) -> None:
        width = len(node.inputs)
        outputs = len(node.signature.outputs)
        error = None if node.error is None else width + outputs
        alone = replace(node, inputs=renumbered(node.inputs), outputs=width, error=error)
        last = width + outputs + (error is not None)
        #: The outputs, and `<error>` behind them if it is read: each with the slot in which it stands.
        self.sent = tuple(enumerate(range(width, last)))
        board = Board(last)
        self.step = Step(alone, component, board)
        self.rest = tuple(board.slots[width:])


class Elements(Stage):
    """Calls a component for each element. Its outputs are those of the node, then `<error>` if read."""

    def __init__(self, crew: Crew, call: Call, step: ElementStep, ports: Ports) -> None:
        super().__init__(crew, call, (*call.path, *step.step.tail), ports)
        self._step = step
        self._lifted = any(ports.streams)

    def discard(self) -> None:
        self.shift.forsake(self.call._replace(path=self.path))

    def take(self, element: Element) -> bool:
        call, step = self.call, self._step.step
        if self._lifted:
            transaction, path, attempt, group, outer = call
            elements = (*outer, self.intake.count - 1)
            call = new_call(Call, (transaction, path, attempt, group, elements))
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
        put, lifted = self.outlets.put, self._lifted
        for index, place in self._step.sent:
            slot = slots[place]
            if lifted or slot is not EMPTY:
                put(index, slot)
