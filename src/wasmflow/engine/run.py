"""Runs a flow: a compiled plan and the components of its nodes are a component themselves.

The way from the plan to its packets has two halves. As long as every component finishes inline,
`Program.start` is one loop over the plan: no task, queue or future, and nothing decided that could
be decided before. Where one has to be awaited, or the loop has held the thread for long enough, a
`_Course` takes over for the rest of the run.

Knows components by their contract only. What is true of a transaction as a whole (its deadline, its
end) is in `engine.transaction`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Iterable, Iterator, Sequence
from time import monotonic

from wasmflow.component import Call, Component, Outcome
from wasmflow.engine.call import Pending
from wasmflow.engine.crossing import Board, Slots
from wasmflow.engine.failures import interrupted
from wasmflow.engine.step import Step
from wasmflow.engine.strays import stray
from wasmflow.graph.plan import Plan
from wasmflow.packet import EMPTY, Failure, Slot

#: Seconds for which a flow holds the event loop before it lets others go on: as short as the slices
#: in which WebAssembly runs there, and long enough for a thousand quick calls.
SLICE = 0.005


class Program:
    """A flow that can be called. Holds nothing of a transaction: one program serves any number."""

    def __init__(
        self, plan: Plan, components: Sequence[Component], *, slice_seconds: float = SLICE
    ) -> None:
        """`components` are those of the plan's nodes, in their order."""
        self.plan = plan
        self.signature = plan.signature
        board = Board(plan.slots)
        pairs = zip(plan.nodes, components, strict=True)
        self._steps = tuple([Step(node, component, board) for node, component in pairs])
        self._gather, self._crossings = board.connect(plan.outputs)
        self._gather_dropped, self._dropping = board.connect(plan.dropped)
        given = enumerate(plan.defaults)
        self._defaults = tuple([(at, value) for at, value in given if value is not EMPTY])
        self._rest = tuple(board.slots[len(plan.signature.inputs) :])
        self._slice = slice_seconds
        self._followers = _followers(plan)

    def start(self, inputs: tuple[Slot, ...], call: Call) -> Outcome | Awaitable[Outcome]:
        """Run the plan. What the outputs carry does not depend on what takes how long."""
        slots = [*inputs, *self._rest]
        for index, value in self._defaults:
            if slots[index] is EMPTY:
                slots[index] = value
        late = monotonic() + self._slice
        for index, step in enumerate(self._steps):
            waiting = step.begin(slots, call)
            if waiting is not None or monotonic() > late:
                return _Course(self, slots, call).run(index, waiting)
        return self._collect(slots, call)

    def _collect(self, slots: Slots, call: Call) -> tuple[Slot, ...]:
        """What the flow's outputs carry when every step has ended."""
        for cross in self._crossings:
            cross(slots, call)
        if self._dropping:
            stray(call, self._dropped(slots, call))
        return self._gather(slots)

    def _dropped(self, slots: Slots, call: Call) -> Iterator[Failure]:
        """What went wrong on the way to a sink; failures that came there were their sender's matter."""
        for cross in self._dropping:
            cross(slots, call)
        for read, slot in zip(self.plan.dropped, self._gather_dropped(slots), strict=True):
            if isinstance(slot, Failure) and not isinstance(slots[read.slot], Failure):
                yield slot


def _followers(plan: Plan) -> tuple[tuple[int, ...], ...]:
    """Of each node, those that read from it."""
    followers: list[list[int]] = [[] for _ in plan.nodes]
    for index, node in enumerate(plan.nodes):
        for source in set(node.after):
            followers[source].append(index)
    return tuple(map(tuple, followers))


class _Course:
    """The rest of one run of a program, from where something has to be awaited.

    Independent steps go on while others wait. What is awaited has a task each, in a group that `run`
    owns; between two awaits all is as in the loop of `Program.start`. With `Program` it is one thing
    in two classes.
    """

    def __init__(self, program: Program, slots: Slots, call: Call) -> None:
        self._program = program
        self._slots = slots
        self._call = call
        #: Of each step, how many of those that it reads from have not ended.
        self._missing: list[int] = []
        self._open = 0
        self._all_ended = asyncio.Event()
        self._awaited: set[int] = set()
        self._given_up = False

    async def run(self, index: int, waiting: Pending | None) -> tuple[Slot, ...]:
        """Run what is left after the step at `index` was begun and those before it ended.

        `waiting` is what that step came to. Cancelling this cancels all that is awaited, and
        returns when it has stopped.
        """
        async with asyncio.TaskGroup() as self._group:
            try:
                if waiting is None:
                    ready = self._survey(index + 1)
                    await asyncio.sleep(0)
                else:
                    ready = self._survey(index)
                    ready.remove(index)
                    self._watch(index, waiting)
                await self._go_on(ready)
                await self._all_ended.wait()
            except asyncio.CancelledError:
                await self._give_up()
                raise
        return self._program._collect(self._slots, self._call)

    def _survey(self, ended: int) -> list[int]:
        """Take note of what is open when the first `ended` steps have ended; returns what may begin."""
        nodes = self._program.plan.nodes
        self._missing = [len({at for at in node.after if at >= ended}) for node in nodes]
        self._open = len(nodes) - ended
        if not self._open:
            self._all_ended.set()
        return [at for at in range(ended, len(nodes)) if not self._missing[at]]

    async def _go_on(self, ready: Iterable[int]) -> None:
        """Begin these steps, and those that become ready by it."""
        queue = deque(ready)
        late = monotonic() + self._program._slice
        while queue and not self._is_over():
            index = queue.popleft()
            waiting = self._program._steps[index].begin(self._slots, self._call)
            if waiting is None:
                queue.extend(self._end(index))
            else:
                self._watch(index, waiting)
            if queue and monotonic() > late:
                await asyncio.sleep(0)
                late = monotonic() + self._program._slice

    def _watch(self, index: int, waiting: Pending) -> None:
        self._awaited.add(index)
        self._group.create_task(self._attend(index, waiting), name=self._path(index))

    async def _attend(self, index: int, waiting: Pending) -> None:
        outcome = await waiting
        self._awaited.remove(index)
        self._program._steps[index].end(outcome, self._slots, self._call)
        await self._go_on(self._end(index))

    def _end(self, index: int) -> list[int]:
        """Note that a step has ended; returns what may begin now."""
        self._open -= 1
        if not self._open:
            self._all_ended.set()
        followers = self._program._followers[index]
        for follower in followers:
            self._missing[follower] -= 1
        return [follower for follower in followers if not self._missing[follower]]

    def _is_over(self) -> bool:
        """Whether nothing more is to begin: this learns of the end of its transaction a little late."""
        return self._given_up or self._call.transaction.cancelled

    async def _give_up(self) -> None:
        """Begin nothing more; say what was running, if the transaction ends with that.

        A task that is cancelled before its first step never enters what it awaits, which then could
        not clean up. So every task is given that step before the group cancels it.
        """
        self._given_up = True
        if self._call.transaction.cancelled:
            running = [
                interrupted(self._path(at))
                for at in sorted(self._awaited)
                if not isinstance(self._program._steps[at].component, Program)
            ]
            stray(self._call, running)
        await asyncio.sleep(0)

    def _path(self, index: int) -> str:
        return "/".join((*self._call.path, self._program.plan.nodes[index].name))
