"""What guests see of the world: what they are granted of it, and nothing else."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from tests.collections.wasm.guests import Guest, collection, opened, soon, transaction
from wasmflow.collections.wasm.run import Run
from wasmflow.collections.wasm.runtime import process_runtime
from wasmflow.collections.wasm.surroundings import World
from wasmflow.grants import NOTHING, Grants
from wasmflow.limits import Limits

places = process_runtime().places


async def test_a_guest_sees_the_variables_that_it_is_granted() -> None:
    world = World(Grants(frozenset({"A", "B"})), (("A", "1"), ("B", "2")))
    with opened("sandbox", world=world) as guest:
        assert await guest.call("environment") == (2,)
    with opened("sandbox") as guest:
        assert await guest.call("environment") == (0,)


async def test_real_random_numbers_are_not_those_of_the_seed() -> None:
    with opened("sandbox", world=World(Grants(random=True))) as guest:
        drawn = {
            await guest.call("random", transaction=transaction(id=str(number)))
            for number in range(5)
        }
    assert len(drawn) == 5
    with opened("sandbox") as guest:
        seeded = [await guest.call("random", transaction=transaction()) for _ in range(2)]
    assert seeded[0] == seeded[1]


def statuses(grants: Grants) -> dict[str, str]:
    made = collection("sandbox", world=World(grants))
    try:
        return {each.name.partition("@")[0]: each.status for each in made.about.imports}
    finally:
        made.close()


def test_inspecting_tells_what_is_granted() -> None:
    found = statuses(Grants(frozenset({"B", "A"}), random=True))
    assert found["wasi:cli/environment"] == "granted: A, B"
    assert found["wasi:random/random"] == "granted: real"
    assert found["wasi:io/poll"] == "available, nothing granted"
    assert set(statuses(NOTHING).values()) == {"available, nothing granted"}


def test_inspecting_tells_of_clocks_and_standard_streams() -> None:
    found = statuses(Grants(stdio=frozenset(("stdin", "stderr")), clock=True))
    assert (
        found["wasi:clocks/wall-clock"] == found["wasi:clocks/monotonic-clock"] == "granted: real"
    )
    assert found["wasi:cli/stdin"] == found["wasi:cli/stderr"] == "granted: that of the process"
    assert found["wasi:cli/stdout"] == "available, nothing granted"


REAL = World(Grants(clock=True))


async def value(guest: Guest, name: str, *inputs: Any) -> tuple[Any, ...]:
    outcome = await guest.call(name, *inputs)
    assert isinstance(outcome, tuple), outcome
    return outcome


async def test_the_real_clock_is_the_hosts_and_sleeping_takes_time() -> None:
    with opened("sandbox", world=REAL) as guest:
        before = time.time_ns(), time.monotonic_ns()
        ((seconds, _),) = await value(guest, "wall")
        (monotonic,) = await value(guest, "monotonic")
        assert before[0] // 10**9 <= seconds <= time.time_ns() // 10**9
        assert before[1] <= monotonic <= time.monotonic_ns()
        assert await guest.call("resolution") == (1,)
        (slept,) = await value(guest, "sleep", 3_000_000)
        assert slept >= 3_000_000
        assert await guest.call("is-ready-in", 0) == (True,)
        assert await guest.call("is-ready-in", 10**15) == (False,)


@pytest.mark.parametrize(
    ("limits", "fields", "said"),
    [
        (Limits(call_seconds=0.1), {}, "0.1 s, the limit for one call"),
        (Limits(), {"deadline": 0.1}, "time limit of its transaction"),
    ],
)
async def test_who_sleeps_is_stopped_in_time(
    limits: Limits, fields: dict[str, float], said: str
) -> None:
    with opened("sandbox", limits, world=REAL) as guest:
        ends = {name: soon(seconds) for name, seconds in fields.items()}
        outcome = await guest.call("sleep", 10**15, transaction=transaction(**ends))
        assert said in str(outcome)
        assert places.taken == 0


async def test_who_sleeps_is_cancelled_and_its_store_is_closed() -> None:
    with opened("sandbox", world=REAL) as guest:
        sleeping = guest.start("sleep", 10**15)
        while not sleeping._lock.locked():  # noqa: ASYNC110 (a thread takes it)
            await asyncio.sleep(0)
        sleeping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sleeping
        assert places.taken == 0


async def test_a_transaction_that_is_given_up_wakes_who_sleeps_in_it() -> None:
    with opened("sandbox", world=REAL) as guest:
        own = transaction()
        sleeping = guest.start("sleep", 10**15, transaction=own)
        own.cancelled = True
        assert "given up" in str(await sleeping)


async def test_many_who_sleep_hold_nobody_up() -> None:
    with opened("sandbox", world=REAL) as guest, opened("broken") as other:
        sleeping = [guest.start("sleep", 10**15, group=(i,)) for i in range(40)]
        for number in range(20):
            assert await other.call("count", 3_000_000, group=(number,)) == (3_000_000,)
        for each in sleeping:
            each.cancel()
        await asyncio.wait(sleeping)
        assert await guest.call("sleep", 0) != ()


async def test_calls_that_may_wait_never_begin_on_the_event_loop() -> None:
    with opened("sandbox", world=REAL) as guest:
        for _ in range(3):
            assert isinstance(guest.start("wall"), Run)
    with opened("sandbox") as guest:
        assert not isinstance(guest.start("wall"), Run)
