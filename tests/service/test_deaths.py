"""When a worker is started again, and what is a crash loop."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wasmflow.service.deaths import LATEST, SOONEST, Backoff, Deaths


def test_who_dies_young_waits_twice_as_long_each_time() -> None:
    backoff = Backoff()
    delays = [backoff.after(1.0) for _ in range(12)]
    assert delays[:4] == [0.1, 0.2, 0.4, 0.8]
    assert delays[-1] == LATEST


def test_after_a_long_life_it_is_another_story() -> None:
    backoff = Backoff()
    for _ in range(5):
        backoff.after(0.0)
    assert [backoff.after(60.0), backoff.after(1.0)] == [0.1, 0.2]


@given(st.lists(st.floats(0, 1e6)))
def test_nobody_waits_too_short_or_too_long(lives: list[float]) -> None:
    backoff = Backoff()
    assert all(SOONEST <= backoff.after(lived) <= LATEST for lived in lives)


def test_more_than_five_deaths_within_a_minute_are_a_crash_loop() -> None:
    deaths = Deaths()
    for second in range(5):
        deaths.note(second, "by SIGKILL")
    assert deaths.crash_loop(5) == ""
    deaths.note(6, "with exit code 3")
    assert deaths.crash_loop(7) == (
        "crash loop: 6 workers died within a minute, the last one with exit code 3"
    )
    assert deaths.crash_loop(60.0) == ""
    assert deaths.total == 6


@given(st.lists(st.floats(0, 1000), max_size=30))
def test_the_deaths_of_the_last_minute_are_counted(times: list[float]) -> None:
    deaths = Deaths()
    for time in sorted(times):
        deaths.note(time, "")
    now = max(times, default=0.0)
    assert deaths.recent(now) == sum(time > now - 60 for time in times)
