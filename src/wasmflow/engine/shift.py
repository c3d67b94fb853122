"""Lets the parts of a transaction with streams work, all in one task: one loop, as long as calls end inline.

No part can hang by itself: what it waits for is a channel, whose other side is a part or the caller,
or a call, which has a time limit. Where parts wait for one another in a circle, it is for room (the
diamond of DESIGN 4.8): then the full channels grow, up to the transaction's limit on what they hold.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Any, Final

from wasmflow.component import Call, Transaction
from wasmflow.engine.channel import Channel
from wasmflow.engine.crew import Crew, Part
from wasmflow.engine.failures import timed_out
from wasmflow.engine.jam import jammed
from wasmflow.engine.standing import Standing, standings
from wasmflow.engine.strays import MOST, forget, trim
from wasmflow.engine.weight import weight
from wasmflow.packet import Failure, Kind

#: Seconds for which it holds the event loop before it lets others go on.
SLICE: Final = 0.005

#: Seconds after which it looks whether full channels hold it up. A jam is rare, and looking takes longer than
#: most turns.
LOOK: Final = 0.01


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
        #: Calls that turned out to be in vain, until all that they were doing has stopped.
        self._vain: list[Call] = []
        #: While it rests.
        self._idle: asyncio.Future[None] | None = None
        #: What the caller takes: channels, those of one group together.
        self.edges: list[list[Channel]] = []
        #: Whether the caller waits for what comes by these.
        self.taking = False
        self._late = 0.0
        self._bug: BaseException | None = None
        #: The parts that were in a call when it had to stop.
        self.interrupted: list[tuple[str, ...]] = []
        self._looking = _Alarm(self._end_rest)
        self._patience = _Alarm(self._end_rest)
        #: Whether nothing has moved since it looked for a jam.
        self._looked = False
        #: How many strays there may be before they are trimmed.
        self._most_strays = MOST

    # --- for parts ---

    def rouse(self, part: Part | None = None) -> None:
        """Have a part work soon; without one, look at its edges again."""
        if part is not None and not part.queued:
            part.queued = True
            self._ready.append(part)
        self._end_rest()

    def stop(self, future: asyncio.Future[Any]) -> None:
        """Cancel what nobody waits for any more; the shift does not end before it has stopped."""
        if not future.done():
            self._stopping.add(future)
            future.add_done_callback(self._stopped)
            # Not at once: a task that is cancelled before its first step cannot stop what it was to await.
            asyncio.get_running_loop().call_soon(future.cancel)

    def forsake(self, call: Call) -> None:
        """Take back what went astray in a call that was in vain, and what still will."""
        forget(call)
        if self._stopping:
            self._vain.append(call)

    def attend(
        self, part: Part, future: asyncio.Future[Any], then: Callable[[Any], object]
    ) -> None:
        """Call `then` with what a future comes to, unless the part is over before."""

        def done(future: asyncio.Future[Any]) -> None:
            if part.pending is not future:
                if not future.cancelled():
                    future.exception()  # of a part that is over; asyncio would tell of it otherwise
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
        """Work until every part is over. Says why it had to stop before, if it had; a transaction that
        is exhausted says it itself.

        When this returns or raises, none of them runs any more.
        """
        try:
            while self.crew.parts or self._ready:
                self._turn()
                if self.transaction.exhausted:
                    return None
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
        if ready:
            self._looked = False
            self._move()
        while ready:
            part = ready.popleft()
            part.queued = False
            if part.over:
                part.learn()
            else:
                part.work()
            if self.late:
                break
        if len(self.transaction.strays) > self._most_strays:
            trim(self.transaction)
            self._most_strays = len(self.transaction.strays) + MOST
        if self._bug is not None:
            raise self._bug

    async def _rest(self) -> Failure | None:
        """Wait until some part can go on; says why none ever will."""
        waiting = self._awaited() or self._at_caller()
        if self._looking.rung or not waiting:
            self._looking.rung = False
            self._looked = True
            if full := jammed(self.crew.parts, self.edges if self.taking else ()):
                return self._make_room(full)
            if not waiting:
                return Failure(Kind.ERROR, "its parts wait for one another")
        if not self._looked:
            self._looking.set(LOOK)
        if self.transaction.deadline is None:
            if (left := self._patience_left()) <= 0:
                patience = self.transaction.limits.transaction_seconds
                return timed_out(f"nothing has moved for {patience:g} s")
            self._patience.set(left)
        self._idle = asyncio.get_running_loop().create_future()
        try:
            await self._idle
        finally:
            self._idle = None
        return None

    def _end_rest(self) -> None:
        if self._idle is not None and not self._idle.done():
            self._idle.set_result(None)

    def _patience_left(self) -> float:
        """Seconds for which it may still stand still. The time of its caller does not count."""
        if self._at_caller():
            self._move()
        now = asyncio.get_running_loop().time()
        return self.transaction.moved + self.transaction.limits.transaction_seconds - now

    def _move(self) -> None:
        self.transaction.move(asyncio.get_running_loop().time())

    def _awaited(self) -> bool:
        return any(part.pending is not None for part in self.crew.parts)

    def _at_caller(self) -> bool:
        """Whether the caller is to give something, or to take what is there."""
        giving = any(part.pending is not None and part.for_caller for part in self.crew.parts)
        edges = (edge for group in self.edges for edge in group)
        return giving or not (self.taking or all(edge.left or edge.exhausted for edge in edges))

    def _make_room(self, full: list[Channel]) -> Failure | None:
        """Let the full channels that hold everything up grow; says if they must not."""
        channels = [each for part in self.crew.parts for each in part.channels()[1]]
        held = sum(weight(packet) for each in channels for packet in each.packets)
        most = self.transaction.limits.channel_bytes
        if held > most:
            names = ", ".join(sorted(each.label for each in full))
            return Failure(
                Kind.ERROR,
                f"{held:,} bytes stand in its channels, and {most:,} are the "
                f"limit; what reads from these waits for something else first: {names}",
            )
        for channel in full:
            channel.grow(max(1, 2 * len(channel.packets)))
        return None

    async def disband(self) -> None:
        """End every part, and wait until nothing of them runs. Safe to call twice."""
        self.disbanding = True
        self._looking.cancel()
        self._patience.cancel()
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
        for call in self._vain:
            forget(call)
        if not self._stopping:
            self._vain.clear()

    def statistics(self) -> list[Standing]:
        """What every part does at the moment, in the order in which they began."""
        return standings(self.crew.parts)


class _Alarm:
    """Rings some time after it was set. It is not moved once it is set: that would cost a timer each time."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._timer: asyncio.TimerHandle | None = None
        #: Whether it has rung, until somebody says that this was heard.
        self.rung = False

    def set(self, seconds: float) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._rings)

    def _rings(self) -> None:
        self._timer, self.rung = None, True
        self._ring()

    def cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
