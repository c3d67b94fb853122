"""Lets the parts of a transaction with streams work, all in one task: one loop, as long as calls end inline.

No part can hang by itself: what it waits for is a channel, whose other side is a part or the caller,
or a call, which has a time limit. Where parts wait for one another in a circle, it is for room (the
diamond of DESIGN 4.8): then the full channels grow, up to the transaction's limit on what they hold.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Any, Final

from wasmflow.component import Transaction
from wasmflow.engine.channel import CAPACITY, Channel
from wasmflow.engine.crew import Crew, Part
from wasmflow.engine.jam import full_channels, jammed
from wasmflow.engine.standing import Standing, standings
from wasmflow.engine.weight import weight
from wasmflow.packet import Failure, Kind

#: Seconds for which it holds the event loop before it lets others go on.
SLICE: Final = 0.005

#: Failures with nowhere to go that a transaction remembers.
MOST_UNHANDLED: Final = 1000


class Shift:
    """Lets the parts of one transaction work."""

    def __init__(self, transaction: Transaction) -> None:
        self.transaction = transaction
        #: Set once it ends all parts: these then end before their time, and not in vain.
        self.disbanding = False
        self.crew = Crew(self)
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
        #: The parts that were in a call when it had to stop.
        self.interrupted: list[tuple[str, ...]] = []

    # --- for parts ---

    def rouse(self, part: Part | None = None) -> None:
        """Have a part work soon; without one, look at its edges again."""
        if part is not None and not part.queued and not part.over:
            part.queued = True
            self._ready.append(part)
        self._end_rest(expired=False)

    def stop(self, future: asyncio.Future[Any]) -> None:
        """Cancel what nobody waits for any more; the shift does not end before it has stopped."""
        if not future.done():
            self._stopping.add(future)
            future.add_done_callback(self._stopped)
            # Not at once: a task that is cancelled before its first step cannot stop what it was to await.
            asyncio.get_running_loop().call_soon(future.cancel)

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
        """Whether it has held the event loop for long enough."""
        return monotonic() > self._late

    # --- for the owner ---

    async def run(self) -> Failure | None:
        """Work until every part is over. Says why it had to stop before, if it had.

        When this returns or raises, none of them runs any more.
        """
        try:
            while self.crew.parts:
                self._turn()
                if self._ready:
                    await asyncio.sleep(0)
                elif self.crew.parts and (failure := await self._rest()):
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
        parts = self.crew.parts
        if full := jammed(parts):
            return self._make_room(full)
        if not (self._awaited() or self._at_caller()):
            return self._make_room(full_channels(parts))
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
        return any(part.pending is not None for part in self.crew.parts)

    def _at_caller(self) -> bool:
        """Whether the caller is to give something, or to take what is there."""
        giving = any(part.pending is not None and part.for_caller for part in self.crew.parts)
        taken = self.taking or all(edge.left or edge.exhausted for edge in self.edges)
        return giving or not taken

    def _make_room(self, full: list[Channel]) -> Failure | None:
        """Let the full channels that hold everything up grow; says if they must not."""
        if not full:
            return Failure(Kind.ERROR, "its parts wait for one another")
        channels = [each for part in self.crew.parts for each in part.channels()[1]]
        held = sum(weight(packet) for each in channels for packet in each.packets)
        if held > self.transaction.held_bytes:
            names = ", ".join(sorted(each.label for each in full))
            return Failure(
                Kind.ERROR,
                f"{held:,} bytes stand in its channels, and {self.transaction.held_bytes:,} are the "
                f"limit; what reads from these waits for something else first: {names}",
            )
        for channel in full:
            channel.grow(max(CAPACITY, 2 * len(channel.packets)))
        return None

    async def disband(self) -> None:
        """End every part, and wait until nothing of them runs. Safe to call twice."""
        self.disbanding = True
        self.interrupted += [part.path for part in self.crew.parts if part.in_call]
        for part in list(self.crew.parts):
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
        return standings(self.crew.parts)
