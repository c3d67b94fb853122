"""A node of a plan, compiled: all that can be decided about it before anything runs."""

from __future__ import annotations

from typing import Final

from wasmflow.component import Call, Component, Outcome
from wasmflow.engine.call import ENDED, Pending, Start, guarded
from wasmflow.engine.crossing import Board, Slots
from wasmflow.engine.events import CallSkipped
from wasmflow.engine.failures import deliver, located
from wasmflow.engine.joins import reason_to_skip
from wasmflow.engine.retry import retrying
from wasmflow.engine.strays import stray
from wasmflow.graph.plan import Node
from wasmflow.packet import EMPTY, Empty, Failure

#: Makes a `Call` of a tuple, in half the time of calling `Call`.
new_call: Final = tuple.__new__


class Step:
    """Calls one component in its place in a flow. Holds nothing of a transaction.

    A step begins once, when every slot that it reads is final, and ends once, when it fills its own.
    """

    __slots__ = (
        "_crossings",
        "_error",
        "_first",
        "_gather",
        "_group",
        "_last",
        "_name",
        "_ports",
        "_read",
        "_start",
        "component",
        "tail",
    )

    def __init__(self, node: Node, component: Component, board: Board) -> None:
        self.component = component
        #: Of its instance, below the path of the flow.
        self.tail = (node.name,)
        self._name = node.address
        self._group = (node.namespace, node.group)
        self._gather, self._crossings = board.connect(node.inputs, self.tail)
        self._ports = node.signature.inputs
        self._start = _starter(node, component, self._name)
        self._first, self._last = node.outputs, node.outputs + len(node.signature.outputs)
        self._read, self._error = node.read, node.error

    def begin(self, slots: Slots, call: Call) -> Pending | None:
        """Call the component if rule 1 says so.

        Returns ``None`` if the step has ended with that; else what is to be awaited, whose outcome
        `end` takes.
        """
        for cross in self._crossings:
            cross(slots, call)
        inputs = self._gather(slots)
        for slot in inputs:
            if slot is EMPTY or isinstance(slot, Failure):
                reason = reason_to_skip(inputs, self._ports)
                if reason is not None:
                    self._skip(reason, slots, call)
                    return None
                break
        transaction, path, attempt, group, elements = call
        inner = (transaction, path + self.tail, attempt, group + self._group, elements)
        outcome = self._start(inputs, new_call(Call, inner))
        if isinstance(outcome, ENDED):
            self.end(outcome, slots, call)
            return None
        return outcome

    def end(self, outcome: Outcome, slots: Slots, call: Call) -> None:
        """Fill the slots of the step's ports with what its call came to."""
        if isinstance(outcome, tuple):
            for slot in outcome:
                if isinstance(slot, Failure):
                    break
            else:
                slots[self._first : self._last] = outcome
                return
        self._fail(located(outcome, call.path + self.tail), slots, call)

    def _skip(self, reason: Failure | Empty, slots: Slots, call: Call) -> None:
        if call.transaction.listen is not None:
            call.transaction.listen(CallSkipped(call.path + self.tail, self._name, reason))
        if isinstance(reason, Failure):
            self._fail(reason, slots, call)

    def _fail(self, outcome: Outcome, slots: Slots, call: Call) -> None:
        with_port = self._error is not None
        delivery = deliver(outcome, self._read, error_port=with_port)
        slots[self._first : self._last] = delivery.outputs
        if self._error is not None:
            slots[self._error] = delivery.error
        if delivery.unhandled:
            stray(call, delivery.unhandled, self.tail)


def _starter(node: Node, component: Component, name: str) -> Start:
    start = guarded(component, name)
    return start if node.retry is None else retrying(start, node.retry, name)
