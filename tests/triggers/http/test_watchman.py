from __future__ import annotations

import asyncio
from contextlib import suppress

from uvicorn.server import ServerState

from tests.fakes import run_virtually
from wasmflow.triggers.http.watchman import Watchman


class Looking(Watchman):
    """Remembers when it looked."""

    def __init__(self, times: list[float]) -> None:
        self._times = times
        self.looks: list[float] = []
        super().__init__(ServerState(), lambda: self._times[0])

    def look(self) -> None:
        self.looks.append(self._times[0])

    async def tick(self) -> None:
        """The next of the times."""
        await asyncio.sleep(1)
        self._times.pop(0)


def test_a_watchman_who_stood_still_himself_blames_nobody() -> None:
    async def watch() -> list[float]:
        watchman = Looking([0, 1, 2, 50, 51, 52])
        task = asyncio.create_task(watchman.watch())
        for _ in range(5):
            await watchman.tick()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        return watchman.looks

    looks = run_virtually(watch())
    assert 50 not in looks
    assert {1, 2, 51} <= set(looks)
