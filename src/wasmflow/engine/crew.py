"""Runs the parts of a flow with streams: each works when its channels let it, all in one task.

A *part* is a piece of work on channels: an instance of a flow, or a step between instances. Between
two awaits nothing runs at the same time, so parts need no locks; and as long as calls end inline the
whole flow is one loop.

No part can hang by itself: what it waits for is a channel, whose other side is a part or the caller,
or a call, which has a time limit. Where parts wait for one another in a circle, it is for room (the
diamond of DESIGN 4.8): then the full channels grow, up to the transaction's limit on what they hold.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any, Final, TypeAlias

from wasmflow.component import Call, Transaction
from wasmflow.engine.channel import CAPACITY, Channel
from wasmflow.engine.weight import weight
from wasmflow.packet import Failure, Kind, Slot

#: Seconds for which a crew holds the event loop before it lets others go on.
SLICE: Final = 0.005

#: Failures with nowhere to go that a transaction remembers.
MOST_UNHANDLED: Final = 1000

#: What feeds an input port: a channel, or what is known already (`EMPTY` for nothing).
Inlet: TypeAlias = Channel | Slot


@dataclass(frozen=True, slots=True)
class Ports:
    """What a part reads from and writes to, one entry per port of a signature."""

    inputs: tuple[Inlet, ...]
    #: Whether any number of packets come by an inlet; else one at most.
    streams: tuple[bool, ...]
    #: Of each output, the channels of all that read from it.
    outputs: tuple[tuple[Channel, ...], ...]


class Part(ABC):
    """A member of a crew."""

    def __init__(self, crew: Crew, call: Call, path: tuple[str, ...]) -> None:
        self.crew = crew
        self.call = call
        #: How statistics name it.
        self.path = path
        #: What is awaited before it goes on, if something is.
        self.pending: asyncio.Future[Any] | None = None
        #: Whether it is its caller's turn, so that no time limit counts.
        self.for_caller = False
        self.over = False
        #: Whether it stands in the crew's queue.
        self.queued = False

    @abstractmethod
    def work(self) -> None:
        """Go on as far as possible. Called when a channel changed, and when nothing is awaited."""

    @abstractmethod
    def channels(self) -> tuple[list[Channel], list[Channel]]:
        """What it reads from and what it writes to."""

    @property
    def in_call(self) -> bool:
        """Whether it awaits a component, not its caller."""
        return self.pending is not None and not self.for_caller

    def rouse(self) -> None:
        """Have it work again soon."""
        self.crew.rouse(self)

    def wait(self, awaitable: Awaitable[Any], then: Callable[[Any], object]) -> None:
        """Await something, then call `then` with what it came to, then work again.

        Neither happens if the part is over by then.
        """
        future = asyncio.ensure_future(awaitable)
        self.pending = future
        self.crew.attend(self, future, then)

    def abandon(self) -> None:
        """Await nothing any more."""
        pending, self.pending = self.pending, None
        if pending is not None:
            self.crew.stop(pending)

    def finish(self) -> None:
        """Be over: end all outputs, leave all inputs, cancel what is awaited. Safe to call twice."""
        if self.over:
            return
        self.over = True
        self.abandon()
        reading, writing = self.channels()
        for channel in reading:
            channel.leave()
        for channel in writing:
            channel.end()
        self.close()
        self.crew.dismiss(self)

    def close(self) -> None:  # noqa: B027 - most parts have nothing of their own
        """Let go of what only this part has."""


class Crew:
    """The parts of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self.transaction = transaction
        self._parts: dict[Part, None] = {}
        self._ready: deque[Part] = deque()
        #: What was awaited by parts that are over, until it has stopped.
        self._stopping: set[asyncio.Future[Any]] = set()
        #: While it rests; what comes of it is whether that was too long.
        self._idle: asyncio.Future[bool] | None = None
        #: Channels whose reader is the caller.
        self.edges: list[Channel] = []
        #: Whether the caller waits for what comes by these.
        self.taking = False
        self._late = 0.0
        self._bug: BaseException | None = None
        #: The parts that were in a call when the crew had to stop.
        self.interrupted: list[tuple[str, ...]] = []

    # --- for parts ---

    def add(self, part: Part) -> None:
        """Take on a part whose channels are complete."""
        self._parts[part] = None
        reading, writing = part.channels()
        for channel in reading:
            channel.reader = part.rouse
        for channel in writing:
            channel.writer = part.rouse
        self.rouse(part)

    def rouse(self, part: Part | None = None) -> None:
        """Have a part work soon; without one, have the crew look at its edges again."""
        if part is not None and not part.queued and not part.over:
            part.queued = True
            self._ready.append(part)
        self._end_rest(expired=False)

    def dismiss(self, part: Part) -> None:
        """A part is over."""
        self._parts.pop(part, None)

    def stop(self, future: asyncio.Future[Any]) -> None:
        """Cancel what nobody waits for any more; the crew does not end before it has stopped."""
        if not future.done():
            self._stopping.add(future)
            future.add_done_callback(self._stopped)
            future.cancel()

    def attend(
        self, part: Part, future: asyncio.Future[Any], then: Callable[[Any], object]
    ) -> None:
        """Call `then` with what a future comes to, unless the part is over before."""

        def done(future: asyncio.Future[Any]) -> None:
            if part.pending is not future:
                return
            part.pending = None
            try:
                then(future.result())
            except BaseException as error:
                self._bug = error
            self.rouse(part)

        future.add_done_callback(done)

    @property
    def late(self) -> bool:
        """Whether the crew has held the event loop for long enough."""
        return monotonic() > self._late

    # --- for the owner ---

    async def run(self) -> Failure | None:
        """Work until every part is over. Says why it had to stop before, if it had.

        When this returns or raises, nothing of the crew runs any more.
        """
        try:
            while self._parts:
                self._turn()
                if self._ready:
                    await asyncio.sleep(0)
                elif self._parts and (failure := await self._rest()):
                    return failure
            return None
        finally:
            await self.disband()

    def _turn(self) -> None:
        """Let parts work until all are done with what there is, or the slice is over."""
        self._late = monotonic() + SLICE
        ready = self._ready
        while ready:
            part = ready.popleft()
            part.queued = False
            if not part.over:
                part.work()
            if self.late:
                break
        # An endless stream can leave failures without end; who is told of these is told of no more.
        del self.transaction.unhandled[MOST_UNHANDLED:]
        if self._bug is not None:
            raise self._bug

    async def _rest(self) -> Failure | None:
        """Wait until some part can go on; says why none ever will."""
        if not (self._awaited() or self._at_caller()):
            return self._make_room()
        loop = asyncio.get_running_loop()
        self._idle = idle = loop.create_future()
        patience = self.transaction.patience
        timer = None
        if self.transaction.deadline is None and not self._at_caller():
            timer = loop.call_later(patience, partial(self._end_rest, expired=True))
        try:
            expired = await idle
        finally:
            self._idle = None
            if timer is not None:
                timer.cancel()
        return Failure(Kind.ERROR, f"nothing has moved for {patience:g} s") if expired else None

    def _end_rest(self, *, expired: bool) -> None:
        if self._idle is not None and not self._idle.done():
            self._idle.set_result(expired)

    def _awaited(self) -> bool:
        return any(part.pending is not None for part in self._parts)

    def _at_caller(self) -> bool:
        """Whether the caller is to give something, or to take what is there."""
        giving = any(part.pending is not None and part.for_caller for part in self._parts)
        taken = self.taking or all(edge.left or edge.exhausted for edge in self.edges)
        return giving or not taken

    def _make_room(self) -> Failure | None:
        """Let the full channels that hold everything up grow; says if they must not."""
        full = [each for each in self._channels() if not (each.room or each.ended)]
        held = sum(weight(packet) for each in self._channels() for packet in each.packets)
        names = ", ".join(sorted(each.label for each in full))
        if not full:
            return Failure(Kind.ERROR, "its parts wait for one another")
        if held > self.transaction.held_bytes:
            return Failure(
                Kind.ERROR,
                f"{held:,} bytes stand in its channels, and {self.transaction.held_bytes:,} are the "
                f"limit; what reads from these waits for something else first: {names}",
            )
        for channel in full:
            channel.grow(max(CAPACITY, 2 * len(channel.packets)))
        return None

    def _channels(self) -> Iterator[Channel]:
        for part in self._parts:
            yield from part.channels()[1]

    async def disband(self) -> None:
        """End every part, and wait until nothing of them runs. Safe to call twice."""
        self.interrupted += [part.path for part in self._parts if part.in_call]
        for part in list(self._parts):
            part.finish()
        self._ready.clear()
        while self._stopping:
            await asyncio.wait(self._stopping)

    def _stopped(self, future: asyncio.Future[Any]) -> None:
        self._stopping.discard(future)
        if not future.cancelled():
            future.exception()

    def statistics(self) -> list[Standing]:
        """What every part does at the moment, in the order in which they began."""
        return [_standing(part) for part in self._parts]


@dataclass(frozen=True, slots=True)
class Standing:
    """What a part of a running flow does."""

    path: str
    #: ``ready``, ``in a call``, ``waits for the caller``, ``waits for packets`` or ``waits for room``.
    state: str
    #: The channels that it waits for, as connections of the flow.
    on: tuple[str, ...]
    #: Packets that it has taken, and that stand before it.
    taken: int
    standing: int


def _standing(part: Part) -> Standing:
    reading, writing = part.channels()
    taken = sum(each.passed for each in reading)
    before = sum(len(each.packets) for each in reading)
    state, on = _state(part, reading, writing)
    return Standing("/".join(part.path), state, tuple(on), taken, before)


def _state(part: Part, reading: list[Channel], writing: list[Channel]) -> tuple[str, list[str]]:
    if part.pending is not None:
        return "waits for the caller" if part.for_caller else "in a call", []
    if full := [each.label for each in writing if not (each.room or each.ended)]:
        return "waits for room", full
    if empty := [each.label for each in reading if not (each.packets or each.ended)]:
        return "waits for packets", empty
    return "ready", []
