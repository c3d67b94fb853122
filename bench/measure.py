"""How the rows are measured: rounds of all contestants in turn, so that a slow spell hits all alike.

A figure is the best round: noise only ever adds. The ratio to ours is taken round by round, and its
median is quoted, since these ratios hold on a machine whose speed drifts.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

#: Runs the work so many times; asynchronous, so that our calls run as they do in a program.
Work = Callable[[int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Effort:
    """How thoroughly to measure."""

    rounds: int
    #: The part of a contestant's times that is done in a round.
    part: float


FULL = Effort(7, 1)
#: Shows that everything runs; its figures mean little.
QUICK = Effort(2, 0.1)


@dataclass(frozen=True, slots=True)
class Contestant:
    """One way of doing the work of a row."""

    name: str
    work: Work
    #: How often in a round; one that is slower by far does fewer.
    times: int


@dataclass(frozen=True, slots=True)
class Figure:
    """What a contestant needed for one piece of work."""

    name: str
    #: Microseconds, in the best round.
    best: float
    #: The median over the rounds of this contestant's time by the first one's.
    ratio: float
    #: Bytes of the packet that a piece of work is; 0 if it is no packet.
    size: int = 0


def race(
    effort: Effort,
    contestants: Sequence[Contestant],
    clock: Callable[[], float] = time.perf_counter,
) -> list[Figure]:
    """Measure all in turn, after a warm-up, as often as the effort says. The clock counts seconds."""
    return asyncio.run(_race(effort, contestants, clock))


async def _race(
    effort: Effort, contestants: Sequence[Contestant], clock: Callable[[], float]
) -> list[Figure]:
    for each in contestants:
        await each.work(max(1, int(each.times * effort.part) // 10))
    rounds = [
        [await _microseconds(each, effort, clock) for each in contestants]
        for _ in range(effort.rounds)
    ]
    return [
        Figure(
            each.name,
            min(times[i] for times in rounds),
            statistics.median(times[i] / times[0] for times in rounds),
        )
        for i, each in enumerate(contestants)
    ]


async def _microseconds(
    contestant: Contestant, effort: Effort, clock: Callable[[], float]
) -> float:
    times = max(1, int(contestant.times * effort.part))
    start = clock()
    await contestant.work(times)
    return (clock() - start) / times * 1e6


def repeat(call: Callable[[], object]) -> Work:
    """Work that is a plain call."""

    async def work(times: int) -> None:
        for _ in range(times):
            call()

    return work


def repeat_async(call: Callable[[], Awaitable[object]]) -> Work:
    """Work that is a coroutine."""

    async def work(times: int) -> None:
        for _ in range(times):
            await call()

    return work
