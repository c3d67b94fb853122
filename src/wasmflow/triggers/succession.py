"""What those who run schedules leave to those who run them next: as a reload has new workers do.

`wasmflow.service` carries it from one process to the other. Schedules go by it so that nothing is lost
or done twice, and runs that must not overlap do not, whoever began them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from msgspec import Struct


class Left(Struct, frozen=True):
    """What is left of one schedule."""

    #: Seconds since 1970. What was due until then has begun, or was left out; the rest has not.
    until: float
    #: Whether a run is still at work.
    busy: bool = False


def unheard(_name: str, _left: Left) -> None:
    """Nobody comes next."""


class Succession:
    """Of the schedules of one process, by the names of their triggers."""

    def __init__(self, leave: Callable[[str, Left], None] = unheard) -> None:
        """`leave` is told what is left of each, and again when its last run has ended."""
        self.leave = leave
        self._since: float | None = None
        self._before: Mapping[str, Left] = {}
        self._news = asyncio.Event()

    def hear(self, since: float, before: Mapping[str, Left]) -> None:
        """Know what others have left, and since when nobody has run the schedules of which nothing is."""
        self._since, self._before = since, before
        self._news.set()
        self._news = asyncio.Event()

    def since(self, name: str) -> float | None:
        """From when on what is due is to be begun (seconds since 1970); ``None`` is now."""
        left = self._before.get(name)
        return left.until if left else self._since

    def is_busy(self, name: str) -> bool:
        """Whether a run that somebody else began is at work."""
        left = self._before.get(name)
        return left is not None and left.busy

    async def freed(self, name: str) -> None:
        """Wait until no such run is."""
        while self.is_busy(name):
            await self._news.wait()
