"""When schedules are due, whatever happens to the clocks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from math import inf
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import run_virtually
from tests.triggers.doors import FakeClock
from wasmflow.triggers.cron import parse
from wasmflow.triggers.rhythm import SET_BACK, AtTimes, Every, Rhythm, SystemClock

UTC = ZoneInfo("UTC")


def at_times(text: str, clock: FakeClock) -> AtTimes:
    return AtTimes(parse(text, UTC), clock)


def taken(
    rhythm: Callable[[FakeClock], Rhythm], *passing: float, also: Callable[[FakeClock], object] = id
) -> list[str]:
    """What is due after so many seconds have passed each time: nothing is empty."""

    async def take() -> list[str]:
        clock = FakeClock()
        beat, found = rhythm(clock), []
        also(clock)
        for seconds in passing:
            await clock.sleep(seconds)
            found.append(f"{beat.take():%H:%M:%S}" if beat.left() <= 0 else "")
        return found

    return run_virtually(take())


def test_a_time_is_due_when_it_has_come() -> None:
    assert taken(lambda c: at_times("*/10 * * * *", c), 599, 1, 1) == ["", "12:10:00", ""]


def test_times_that_were_missed_are_due_once_with_the_first_of_them() -> None:
    assert taken(lambda c: at_times("* * * * *", c), 3600, 1, 60) == ["12:01:00", "", "13:01:00"]


def test_a_clock_that_is_put_forward_makes_due_what_was_passed() -> None:
    assert taken(lambda c: at_times("30 12 * * *", c), 1, also=lambda c: c.set(7200)) == [
        "12:30:00"
    ]


def test_a_clock_that_is_set_back_makes_nothing_due_twice() -> None:
    async def take() -> None:
        clock = FakeClock()
        beat = at_times("0 * * * *", clock)
        await clock.sleep(3600)
        assert f"{beat.take():%H:%M}" == "13:00"
        clock.set(-SET_BACK)
        assert beat.left() == SET_BACK + 3600

    run_virtually(take())


def test_a_clock_that_was_wrong_is_believed_when_it_is_right() -> None:
    async def take() -> None:
        clock = FakeClock("2099-01-01T00:00:00+00:00")
        beat = at_times("0 * * * *", clock)
        assert beat.left() == 3600
        clock.set(-70 * 365 * 86_400.0 - 60)
        assert beat.left() == 60

    run_virtually(take())


def test_what_is_never_due_again_waits_for_ever() -> None:
    beat = taken(lambda c: at_times("0 0 1 1 *", c), 1)
    assert beat == [""]

    async def left() -> float:
        rhythm = at_times("0 0 1 1 *", FakeClock())
        rhythm._next = None
        return rhythm.left()

    assert run_virtually(left()) == inf


def test_an_interval_counts_from_its_beginning() -> None:
    assert taken(lambda c: Every(10, UTC, c), 9, 1, 9, 1) == ["", "12:00:10", "", "12:00:20"]


def test_intervals_that_were_missed_are_due_once_and_the_next_is_where_it_was() -> None:
    assert taken(lambda c: Every(10, UTC, c), 35, 4, 1) == ["12:00:10", "", "12:00:40"]


def test_an_interval_does_not_mind_a_clock_that_is_set() -> None:
    back = taken(lambda c: Every(10, UTC, c), 9, 1, also=lambda c: c.set(-86_400))
    assert back == ["", "12:00:10"]


@given(
    passing=st.lists(st.floats(0, 500), max_size=30), cron=st.booleans(), slack=st.floats(0.5, 90)
)
def test_whatever_passes_each_due_time_is_later_and_none_is_too_early(
    passing: list[float], cron: bool, slack: float
) -> None:
    async def take() -> None:
        clock = FakeClock()
        beat: Rhythm = at_times("*/2 * * * *", clock) if cron else Every(slack, UTC, clock)
        before = 0.0
        for seconds in passing:
            await clock.sleep(seconds)
            if beat.left() <= 0:
                due = beat.take().timestamp()
                assert before < due <= clock.time() + 1e-3
                assert beat.left() > 0
                before = due

    run_virtually(take())


async def test_the_clocks_of_the_machine_go() -> None:
    clock = SystemClock()
    wall, monotonic = clock.time(), clock.monotonic()
    await clock.sleep(0)
    assert abs(clock.time() - datetime.now(UTC).timestamp()) < 60
    assert (clock.time() >= wall, clock.monotonic() >= monotonic) == (True, True)
    assert asyncio.get_running_loop().time() >= monotonic


def test_whoever_takes_over_goes_on_in_the_same_rhythm() -> None:
    async def take_over() -> list[str]:
        clock = FakeClock("2026-01-31T12:00:03+00:00")
        before = Every(10, UTC, clock)
        await clock.sleep(before.left())
        first = before.take()
        await clock.sleep(4)
        after = Every(10, UTC, clock)
        await clock.sleep(after.left())
        return [each.strftime("%H:%M:%S") for each in (first, after.take())]

    assert run_virtually(take_over()) == ["12:00:10", "12:00:20"]
