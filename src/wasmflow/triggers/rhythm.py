"""When a schedule is due next, by clocks that may be set, and on a machine that may have slept.

What was missed is due once, as soon as that is noticed, with the first time that was missed.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from math import inf
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from wasmflow.triggers.cron import Cron

#: Seconds that a clock may be set back without anything being due again. One that is set back further
#: was wrong before: `cron` knows these three hours, too.
SET_BACK: Final = 3 * 3600.0


class Clock(Protocol):
    """All that schedules know of time."""

    def time(self) -> float:
        """Seconds since 1970. May be set, forward or back."""

    def monotonic(self) -> float:
        """Seconds since some time or other. Never set; it may stand while the machine sleeps."""

    async def sleep(self, seconds: float) -> None:
        """Wait for so long, by the monotonic clock; perhaps longer."""


class SystemClock:
    """The clocks of the machine."""

    def time(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()  # a loop may say the time in milliseconds only

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Rhythm(Protocol):
    """One due time after the other."""

    def left(self) -> float:
        """Seconds until it is due; not more than 0 if it is."""

    def take(self) -> datetime:
        """The time that it was due at. From now on the next one counts."""

    def until(self) -> float:
        """Seconds since 1970: what was due by then was taken, what is due later was not."""


class Every:
    """Every so many seconds, by the monotonic clock.

    The first time is a multiple of these since 1970: whoever takes over from another process, as with a
    reload, goes on in its rhythm.
    """

    def __init__(
        self, seconds: float, zone: ZoneInfo, clock: Clock, since: float | None = None
    ) -> None:
        """What is due after `since` (seconds since 1970; else now) has not been done."""
        self._seconds = seconds
        self._zone = zone
        self._clock = clock
        now = clock.time()
        since = now if since is None else min(since, now)
        self._next = clock.monotonic() + since + _to_multiple(since, seconds) - now

    def left(self) -> float:
        return self._next - self._clock.monotonic()

    def take(self) -> datetime:
        late = max(-self.left(), 0.0)
        self._next += self._seconds * (late // self._seconds + 1)
        return datetime.fromtimestamp(round(self._clock.time() - late, 3), self._zone)

    def until(self) -> float:
        # Halfway between two, where no rounding leads to another one.
        return self._clock.time() + min(self.left() - self._seconds / 2, 0.0)


class AtTimes:
    """At the times of a cron expression, as the clock of the machine shows them."""

    def __init__(self, cron: Cron, clock: Clock, since: float | None = None) -> None:
        """What is due after `since` (seconds since 1970; else now) has not been done."""
        self._cron = cron
        self._clock = clock
        self._begin(clock.time() if since is None else since)

    def _begin(self, since: float) -> None:
        self._seen = since
        self._next = self._cron.after(_moment(self._seen))

    def left(self) -> float:
        now = self._clock.time()
        if now < self._seen - SET_BACK:
            self._begin(now)
        self._seen = max(self._seen, now)
        return inf if self._next is None else self._next.timestamp() - now

    def take(self) -> datetime:
        due = self._next or _moment(self._seen)
        self._next = self._cron.after(max(due, _moment(self._clock.time())))
        return due

    def until(self) -> float:
        now = self._clock.time()
        return now if self._next is None else min(now, self._next.timestamp() - _TICK)


def _to_multiple(now: float, seconds: float) -> float:
    """Seconds to the next multiple. One that is as good as now counts as past."""
    left = seconds - now % seconds
    return left if left > _TINY else left + seconds


#: Seconds that are between two times of a cron expression at least.
_TICK: Final = 1.0
#: Seconds that numbers of this size cannot tell apart.
_TINY: Final = 1e-6


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
