"""How often workers die, and when the next one is started. Pure: the time is told."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

#: Seconds until a worker is started again, at first and at most.
SOONEST: Final = 0.1
LATEST: Final = 30.0
#: Seconds that a worker lives after which its death is a new story.
LONG_LIFE: Final = 60.0
#: More deaths than these in so many seconds are a crash loop.
MOST_DEATHS: Final = 5
WINDOW: Final = 60.0


@dataclass(slots=True)
class Backoff:
    """How long to wait until a worker is started again: twice as long each time, while it dies young."""

    _next: float = SOONEST

    def after(self, lived: float) -> float:
        """Seconds to wait, after a life of so many seconds."""
        if lived >= LONG_LIFE:
            self._next = SOONEST
        delay = self._next
        self._next = min(delay * 2, LATEST)
        return delay


@dataclass(slots=True)
class Deaths:
    """The deaths of all workers of a service."""

    total: int = 0
    #: How the last one died.
    last: str = ""
    _times: deque[float] = field(default_factory=deque)

    def note(self, now: float, how: str) -> None:
        """Another one has died."""
        self.total += 1
        self.last = how
        self._times.append(now)

    def recent(self, now: float) -> int:
        """How many of the last minute there are."""
        while self._times and self._times[0] <= now - WINDOW:
            self._times.popleft()
        return len(self._times)

    def crash_loop(self, now: float) -> str:
        """What to say of a crash loop; empty if there is none."""
        recent = self.recent(now)
        if recent <= MOST_DEATHS:
            return ""
        return f"crash loop: {recent} workers died within a minute, the last one {self.last}"
