"""Schedules that others go on with: nothing is lost, done twice, or beside what it must not run beside."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import run_virtually
from tests.triggers.doors import (
    FakeClock,
    FakeCollection,
    Watcher,
    signature,
    surroundings,
    trigger,
    typed,
)
from wasmflow.host.host import Host
from wasmflow.host.settings import Settings
from wasmflow.manifest.specs.triggers.schedule import ScheduleBlock
from wasmflow.triggers.job import job
from wasmflow.triggers.schedule import Schedule
from wasmflow.triggers.succession import Left, Succession

GRACE = 1000


class Line:
    """Those who run one schedule, one after the other, on one clock."""

    def __init__(self, text: str, component: Any, chance: float = 0.0) -> None:
        self.watcher = Watcher()
        self.at_work = 0
        self._at = trigger(f"{{kind: schedule, component: it, {text}}}")
        collection = FakeCollection({"it": component})
        self._around = surroundings(Host(collection, Settings()), self.watcher)
        self._clock = FakeClock()
        self._chance = chance
        self._left: dict[str, Left] = {}
        self._succession = Succession(self._leave)
        self._last: Schedule | None = None
        self._stops: list[asyncio.Task[None]] = []

    async def take_over(self) -> None:
        """The last one stops, and another one goes on. There are two at most, as in a service."""
        await asyncio.gather(*self._stops)
        last, self._last = self._last, None
        if last is not None:
            self._stops.append(asyncio.create_task(last.stop(GRACE)))
            await asyncio.sleep(0)
        self._succession = Succession(self._leave)
        self._succession.hear(self._clock.time(), dict(self._left))
        around = replace(self._around, succession=self._succession)
        block = cast(ScheduleBlock, self._at.block)
        opened = job(self._at, block, around)
        self._last = Schedule(block, opened, self._clock, lambda: self._chance)
        await self._last.start()

    def _leave(self, name: str, left: Left) -> None:
        self._left[name] = left
        self._succession.hear(self._clock.time(), dict(self._left))

    async def end(self) -> None:
        assert self._last is not None
        await asyncio.gather(self._last.stop(GRACE), *self._stops)


def handed_on(line: Line, *gaps: float) -> Watcher:
    """What is seen when each of them runs it for so long."""

    async def all_of_it() -> None:
        for gap in gaps:
            await line.take_over()
            await asyncio.sleep(gap)
        await line.end()

    run_virtually(all_of_it())
    return line.watcher


def quick(**more: Any) -> Any:
    return typed(signature("it"), **more)


GAPS = st.lists(st.floats(0.01, 100), min_size=1, max_size=10)


@given(gaps=GAPS, cron=st.booleans(), jitter=st.integers(0, 9))
def test_everything_is_done_once_whoever_does_it(
    gaps: list[float], cron: bool, jitter: int
) -> None:
    when = 'cron: "*/10 * * * * *"' if cron else "every: 10"
    due = handed_on(Line(f"{when}, jitter: {jitter}", quick(), chance=0.5), *gaps).due
    passed = sum(gaps) - jitter / 2
    assert len(due) == pytest.approx(passed / 10, abs=1)
    assert due == [f"12:{at // 6:02}:{at % 6}0" for at in range(1, len(due) + 1)]


@given(gaps=GAPS, seconds=st.floats(1, 40), overlap=st.sampled_from(("skip", "wait", "cancel")))
def test_runs_that_must_not_overlap_do_not(gaps: list[float], seconds: float, overlap: str) -> None:
    component = quick(delay=seconds)
    line = Line(f"every: 10, overlap: {overlap}", component)
    most = 0

    async def all_of_it() -> None:
        nonlocal most
        for gap in gaps:
            await line.take_over()
            for _ in range(20):
                await asyncio.sleep(gap / 20)
                most = max(most, component.running)
        await line.end()

    run_virtually(all_of_it())
    assert most <= 1


def test_what_a_run_of_others_keeps_from_running_is_left_out() -> None:
    watcher = handed_on(Line("every: 10", quick(delay=15)), 12, 30)
    assert list(zip(watcher.due, watcher.outcomes, strict=True)) == [
        ("12:00:20", "busy"),
        ("12:00:10", "ok"),
        ("12:00:40", "busy"),
        ("12:00:30", "ok"),
    ]


def test_what_waits_begins_when_that_of_others_has_ended() -> None:
    watcher = handed_on(Line("every: 10, overlap: wait", quick(delay=15)), 12, 18.5)
    assert list(zip(watcher.due, watcher.outcomes, strict=True))[:2] == [
        ("12:00:10", "ok"),
        ("12:00:30", "busy"),
    ]


def test_whoever_stops_does_not_wait_for_the_runs_of_others() -> None:
    line = Line("every: 10", quick(delay=500))

    async def all_of_it() -> float:
        await line.take_over()
        await asyncio.sleep(11)
        await line.take_over()
        assert line._last is not None
        await line._last.stop(GRACE)
        stopped = asyncio.get_running_loop().time()
        await line.end()
        return stopped

    assert run_virtually(all_of_it()) == 11


def test_what_was_due_while_nobody_ran_it_is_done_once() -> None:
    line = Line("every: 10", quick())
    line._left["it"] = Left(line_time() - 35)
    assert handed_on(line, 1).due == ["11:59:30"]


def line_time() -> float:
    return run_virtually(_time())


async def _time() -> float:
    return FakeClock().time()


def test_who_stops_twice_leaves_the_same() -> None:
    line = Line("every: 10", quick())

    async def all_of_it() -> list[Left]:
        await line.take_over()
        assert line._last is not None
        await asyncio.sleep(6)
        await line._last.stop(0)
        first = line._left["it"]
        await asyncio.sleep(60)
        await line._last.stop(0)
        return [first, line._left["it"]]

    first, second = run_virtually(all_of_it())
    assert first == second
