"""How soon a guest that never ends stops once its caller has left."""

from __future__ import annotations

import asyncio
import statistics
import time

from bench.course import Course
from bench.measure import Figure
from wasmflow.host.host import Host, open_host

TIMES = 100
#: Seconds in which the guest has begun to spin.
BEGUN = 0.02


def stop(course: Course) -> list[Figure]:
    """From leaving the `async with` block to its end."""
    seconds = asyncio.run(_stops(course))
    usual = statistics.median(seconds)
    return [
        Figure(name, each * 1e6, each / usual)
        for name, each in (("ours, median", usual), ("ours, longest", max(seconds)))
    ]


async def _stops(course: Course) -> list[float]:
    times = max(3, int(TIMES * course.effort.part))
    async with open_host(course.chains) as host:
        return [await _leave(host) for _ in range(times)]


async def _leave(host: Host) -> float:
    async with host.stream("spin-1", {"left": "x"}):
        await asyncio.sleep(BEGUN)
        left = time.perf_counter()
    return time.perf_counter() - left
