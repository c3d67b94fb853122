"""What becomes of runs that are due too early."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import run_virtually
from wasmflow.triggers.overlap import MOST_AT_ONCE, STOPPED, Overlap, Runs

START = datetime(2026, 1, 1, tzinfo=UTC)
OVERLAPS: tuple[Overlap, ...] = ("skip", "wait", "allow", "cancel")


@dataclass
class Story:
    """What happened to runs, by the seconds that they were due at."""

    seconds: float
    began: list[tuple[int, float]] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)
    left_out: list[int] = field(default_factory=list)
    reasons: set[str] = field(default_factory=set)
    at_work: int = 0
    most_at_work: int = 0

    async def run(self, due: datetime) -> None:
        number = number_of(due)
        self.began.append((number, asyncio.get_running_loop().time()))
        self.at_work += 1
        self.most_at_work = max(self.at_work, self.most_at_work)
        try:
            await asyncio.sleep(self.seconds)
            self.ended.append(number)
        except asyncio.CancelledError:
            self.cancelled.append(number)
            raise
        finally:
            self.at_work -= 1

    def leave_out(self, due: datetime, reason: str) -> None:
        self.left_out.append(number_of(due))
        self.reasons.add(reason)


def number_of(due: datetime) -> int:
    return round((due - START).total_seconds())


def told(overlap: Overlap, seconds: float, *dues: int, then: float = 0) -> Story:
    """Runs that take so long and are due at these times; after the last, and some more, it ends."""
    story = Story(seconds)

    async def begin(runs: Runs, due: int) -> None:
        now = asyncio.get_running_loop().time()
        await asyncio.sleep(max(due - now, 0))
        await runs.begin(START + timedelta(seconds=due))

    async def all_of_it() -> None:
        async with asyncio.TaskGroup() as group:
            runs = Runs(story.run, story.leave_out, overlap, group)
            for due in dues:
                await begin(runs, due)
            await asyncio.sleep(then)
            runs.close()

    run_virtually(all_of_it())
    return story


@pytest.mark.parametrize("overlap", OVERLAPS)
def test_runs_that_do_not_meet_are_all_done(overlap: Overlap) -> None:
    story = told(overlap, 5, 1, 10, 20)
    assert (story.began, story.ended) == ([(1, 1), (10, 10), (20, 20)], [1, 10, 20])
    assert (story.left_out, story.most_at_work) == ([], 1)


def test_skip_leaves_out_what_is_due_meanwhile() -> None:
    story = told("skip", 25, 1, 10, 20, 30)
    assert (story.ended, story.left_out) == ([1, 30], [10, 20])


def test_wait_does_one_of_them_afterwards() -> None:
    story = told("wait", 25, 1, 10, 20, 30, then=100)
    assert story.began == [(1, 1), (10, 26), (30, 51)]
    assert (story.ended, story.left_out, story.most_at_work) == ([1, 10, 30], [20], 1)


def test_what_waits_when_it_stops_is_left_out() -> None:
    story = told("wait", 25, 1, 10)
    assert (story.ended, story.left_out, story.reasons) == ([1], [10], {STOPPED})


def test_allow_does_them_beside_each_other() -> None:
    story = told("allow", 25, 1, 10, 20)
    assert (story.began, story.most_at_work) == ([(1, 1), (10, 10), (20, 20)], 3)


def test_allow_has_an_end() -> None:
    story = told("allow", 1000, *range(MOST_AT_ONCE + 2))
    assert story.most_at_work == MOST_AT_ONCE
    assert story.left_out == [MOST_AT_ONCE, MOST_AT_ONCE + 1]


def test_cancel_gives_its_place_to_the_new_one() -> None:
    story = told("cancel", 25, 1, 10, 20)
    assert (story.cancelled, story.ended, story.most_at_work) == ([1, 10], [20], 1)


def test_the_new_one_waits_until_the_cancelled_one_has_stopped() -> None:
    async def slow_to_stop(_due: datetime) -> None:
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            await asyncio.sleep(5)
            raise

    async def second_begins() -> float:
        async with asyncio.TaskGroup() as group:
            runs = Runs(slow_to_stop, lambda *_: None, "cancel", group)
            await runs.begin(START)
            await asyncio.sleep(1)
            await runs.begin(START)
            return asyncio.get_running_loop().time()

    assert run_virtually(second_begins()) == 6


DUES = st.lists(st.integers(1, 10), max_size=20)


@given(gaps=DUES, seconds=st.floats(0.5, 30), overlap=st.sampled_from(OVERLAPS))
def test_each_run_is_done_cancelled_or_left_out_and_never_too_many_are_at_work(
    gaps: list[int], seconds: float, overlap: Overlap
) -> None:
    dues = [sum(gaps[: at + 1]) for at in range(len(gaps))]
    story = told(overlap, seconds, *dues, then=1000)
    assert sorted([*story.ended, *story.cancelled, *story.left_out]) == dues
    assert story.most_at_work <= (MOST_AT_ONCE if overlap == "allow" else 1)
    assert [number for number, _ in story.began] == sorted(number for number, _ in story.began)
    assert all(time >= number for number, time in story.began)
    if overlap in ("allow", "cancel"):
        assert story.left_out == []
    if overlap != "cancel":
        assert story.cancelled == []
