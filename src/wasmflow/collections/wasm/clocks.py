"""The clocks that guests read, and how time passes while they sleep.

Times are in nanoseconds. Those of `wall` count from 1970, those of `monotonic` from anywhere.
"""

from __future__ import annotations

import time
from typing import Final, Protocol

from wasmflow.collections.wasm.waiting import Watch
from wasmflow.types import model as wit

#: Nanoseconds that the clock of a call moves each time that it is read.
CLOCK_STEP: Final = 1_000
#: Where clocks stop, in the year 2262. Guests read them as 64 bits.
LAST: Final = 2**63 - 1


DATETIME: Final = wit.Record((wit.Part("seconds", wit.U64), wit.Part("nanoseconds", wit.U32)))


def date_and_time(nanoseconds: int) -> dict[str, int]:
    """A time since 1970 as WASI writes it."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return {"seconds": seconds, "nanoseconds": rest}


class Clock(Protocol):
    """A clock as guests see it."""

    #: The shortest time that it tells.
    step: int
    #: Whether it is the world's, so that sleeping takes time.
    real: bool

    @property
    def time(self) -> int:
        """What `monotonic` shows next, without reading it."""

    def wall(self) -> int: ...

    def monotonic(self) -> int: ...

    def pass_until(self, instant: int, watch: Watch | None) -> None:
        """Let time pass until `monotonic` shows that. May raise `Interrupted`."""


class CallClock:
    """The clock of one call: it starts at the transaction's timestamp and moves by reading and sleeping
    only. Both take none of the world's time."""

    step = CLOCK_STEP
    real = False

    def __init__(self, time: int) -> None:
        self.time = time

    def wall(self) -> int:
        now = self.time
        self.time = min(now + CLOCK_STEP, LAST)
        return now

    monotonic = wall

    def pass_until(self, instant: int, watch: Watch | None) -> None:
        self.time = min(max(self.time, instant), LAST)


class RealClock:
    """The clocks of the host. Who sleeps waits."""

    step = 1
    real = True

    @property
    def time(self) -> int:
        return time.monotonic_ns()

    def wall(self) -> int:
        return time.time_ns()

    def monotonic(self) -> int:
        return time.monotonic_ns()

    def pass_until(self, instant: int, watch: Watch | None) -> None:
        # Looked at again: a sleep may be cut a little short.
        while watch is not None and (left := instant - self.time) > 0:
            watch.sleep(left / 1e9)
