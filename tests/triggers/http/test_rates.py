"""How many requests each client may make."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.triggers.doors import host, signature, typed
from tests.triggers.http.asking import app, ask
from wasmflow.triggers.http.rates import Rates, whose


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def rates(rate: float, burst: int | None = None, most: int = 100) -> tuple[Rates, Clock]:
    clock = Clock()
    return Rates(rate, burst, clock, most), clock


def test_so_many_come_at_once_and_the_next_ones_at_the_rate() -> None:
    limit, clock = rates(2, 3)
    assert [limit.wait("a") for _ in range(5)] == [0, 0, 0, 0.5, 0.5]
    clock.now += 0.5
    assert [limit.wait("a"), limit.wait("a")] == [0, 0.5]
    clock.now += 60
    assert [limit.wait("a") > 0 for _ in range(4)] == [False, False, False, True]


@pytest.mark.parametrize(("rate", "at_once"), [(0.1, 1), (1, 1), (2.5, 3), (40, 40)])
def test_those_of_a_second_come_at_once_if_nothing_is_said(rate: float, at_once: int) -> None:
    limit, _ = rates(rate)
    assert [limit.wait("a") == 0 for _ in range(at_once + 1)] == [True] * at_once + [False]


def test_clients_do_not_know_each_other() -> None:
    limit, _ = rates(1)
    assert [limit.wait("a"), limit.wait("b"), limit.wait("a") > 0] == [0, 0, True]


def test_of_too_many_clients_the_one_that_was_silent_longest_is_forgotten() -> None:
    limit, _ = rates(1, most=2)
    for client in ("a", "b", "a", "c"):
        limit.wait(client)
    assert [limit.wait("a") > 0, limit.wait("b")] == [True, 0]


@given(
    rate=st.floats(0.01, 1000),
    burst=st.integers(1, 50),
    pauses=st.lists(st.floats(0, 10), max_size=60),
)
def test_in_no_time_more_are_taken_than_the_rate_and_a_burst(
    rate: float, burst: int, pauses: list[float]
) -> None:
    limit, clock = rates(rate, burst)
    taken = []
    for pause in pauses:
        clock.now += pause
        if limit.wait("a") == 0:
            taken.append(clock.now)
    for first, begin in enumerate(taken):
        for last, end in enumerate(taken[first:], 1):
            assert last <= burst + (end - begin) * rate + 0.01


@given(rate=st.floats(0.01, 1000), burst=st.integers(1, 5))
def test_whoever_waits_as_long_as_is_said_is_taken(rate: float, burst: int) -> None:
    limit, clock = rates(rate, burst)
    for _ in range(20):
        wait = limit.wait("a")
        if wait:
            clock.now += wait
            assert limit.wait("a") == 0


def test_an_address_of_a_client_is_known_by_what_it_cannot_choose() -> None:
    assert whose("192.0.2.1") == "192.0.2.1"
    assert whose("::ffff:192.0.2.1") == "192.0.2.1"
    assert whose("2001:db8:1:2:3::4") == whose("2001:db8:1:2::") != whose("2001:db8:1:3::")
    assert whose("fe80::1%eth0") == whose("fe80::2")
    assert whose("") == ""


async def test_too_many_requests_are_told_when_to_come_again() -> None:
    made = host(it=typed(signature("it", "", "output: string"), lambda: "x"))
    served = app(made, "{kind: http, limits: {rate: 0.5}, cors: {origins: ['*']}, routes: {/: it}}")
    assert (await ask(served, "GET", "/")).status == 200
    answer = await ask(served, "GET", "/")
    assert (answer.status, answer.headers["retry-after"]) == (429, "2")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert (await ask(served, "GET", "/health/live")).status == 200
