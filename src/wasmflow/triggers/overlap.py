"""What becomes of a run that is due while another one of the same schedule is at work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Final, Literal, TypeAlias

Overlap: TypeAlias = Literal["skip", "wait", "allow", "cancel"]

#: Runs of one schedule that are at work at one time with ``allow``. More is a schedule that its
#: component cannot keep up with, and would take all the places that the host has for transactions.
MOST_AT_ONCE: Final = 100

NOT_ENDED: Final = "left out: the run before it has not ended"
ONE_WAITS: Final = "left out: the run before it has not ended, and another one waits for that"
TOO_MANY: Final = f"left out: {MOST_AT_ONCE} runs before it have not ended"
STOPPED: Final = "left out: it waited for the run before it, and the service stops"


class Runs:
    """The runs of one schedule. `run` handles all that fails in it."""

    def __init__(
        self,
        run: Callable[[datetime], Awaitable[None]],
        leave_out: Callable[[datetime, str], None],
        overlap: Overlap,
        group: asyncio.TaskGroup,
    ) -> None:
        """`run` does one for the time that it was due at, `leave_out` is told of those not done."""
        self._run = run
        self._leave_out = leave_out
        self._overlap = overlap
        self._group = group
        self._tasks: set[asyncio.Task[None]] = set()
        #: The one of these that only waits for the end of a run that somebody else has begun.
        self._theirs: asyncio.Task[None] | None = None
        #: The one that waits, and was due at this time.
        self._waiting: datetime | None = None

    async def begin(self, due: datetime) -> None:
        """Begin one, as soon as those are gone whose place it takes; or leave it out."""
        if self._tasks and self._overlap == "cancel":
            await self._cancel(due)
        if not self._tasks or (self._overlap == "allow" and len(self._tasks) < MOST_AT_ONCE):
            self._start(partial(self._run, due))
        elif self._overlap == "wait" and self._waiting is None:
            self._waiting = due
        else:
            reason = {"allow": TOO_MANY, "wait": ONE_WAITS}.get(self._overlap, NOT_ENDED)
            self._leave_out(due, reason)

    def follow(self, ended: Callable[[], Awaitable[None]]) -> None:
        """Somebody else has begun one, which is at work until `ended`. It cannot be cancelled from here."""

        async def wait() -> None:
            await ended()
            self._theirs = None

        self._theirs = self._start(wait)

    @property
    def busy(self) -> bool:
        """Whether any that has begun here is at work."""
        return any(task is not self._theirs for task in self._tasks)

    def close(self) -> None:
        """Begin no more. Those that are at work go on."""
        if self._theirs is not None:
            self._theirs.cancel()
        if self._waiting is not None:
            self._leave_out(self._waiting, STOPPED)
            self._waiting = None

    def _start(self, first: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        task = self._group.create_task(self._work(first))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _work(self, first: Callable[[], Awaitable[None]]) -> None:
        await first()
        while self._waiting is not None:
            due, self._waiting = self._waiting, None
            await self._run(due)

    async def _cancel(self, due: datetime) -> None:
        for task in self._tasks:
            if task is not self._theirs:
                task.cancel()
        try:
            await asyncio.wait(self._tasks)
        except asyncio.CancelledError:
            self._leave_out(due, STOPPED)
            raise
