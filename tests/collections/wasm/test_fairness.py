"""Guests that never end, or that want too much at once, take nothing from others."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from tests.collections.wasm.guests import Guest, collection, opened, soon, transaction
from wasmflow.collections.wasm.places import Places
from wasmflow.collections.wasm.run import Run
from wasmflow.collections.wasm.runtime import process_runtime
from wasmflow.collections.wasm.workers import Work
from wasmflow.component import Outcome
from wasmflow.limits import Limits

runtime = process_runtime()


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Work]]:
    """What was handed to the workers, whose turns never come."""
    queue: list[Work] = []
    monkeypatch.setattr(runtime.workers, "submit", queue.append)
    yield queue
    assert runtime.places.taken == 0


async def test_a_call_that_waits_for_its_turn_is_cancelled_at_once(queue: list[Work]) -> None:
    with opened("broken") as guest:
        spinning = guest.start("spin")
        spinning.cancel()
        assert runtime.places.taken == 0
        with pytest.raises(asyncio.CancelledError):
            await spinning
    assert queue.pop().slice()


async def test_a_call_that_waits_for_its_turn_ends_at_its_deadline(queue: list[Work]) -> None:
    with opened("broken") as guest:
        outcome = await guest.start("spin", transaction=transaction(deadline=soon(0.01)))
        assert "time limit of its transaction" in str(outcome)
    assert queue.pop().slice()


async def test_a_call_that_waits_for_a_place_ends_at_its_deadline(queue: list[Work]) -> None:
    with opened("broken", Limits(stores=1)) as guest:
        spinning = guest.start("spin")
        outcome = await guest.start("spin", transaction=transaction(deadline=soon(0.01)))
        assert "time limit of its transaction" in str(outcome)
        assert not runtime.places.waiting
        spinning.cancel()
    assert len(queue) == 1


async def test_who_is_cancelled_in_a_slice_ends_after_it(queue: list[Work]) -> None:
    with opened("broken") as guest:
        spinning = guest.start("spin")
        advance = spinning._advance

        def cancelled_meanwhile() -> object:
            spinning.cancel()
            assert runtime.places.taken == 1
            return advance()

        spinning._advance = cancelled_meanwhile
        assert queue.pop().slice()
        with pytest.raises(asyncio.CancelledError):
            await spinning


async def test_who_is_granted_a_place_and_cancelled_gives_it_back(queue: list[Work]) -> None:
    with opened("broken", Limits(stores=1)) as guest:
        first, second = guest.start("spin", group=(1,)), guest.start("spin", group=(2,))
        first.cancel()
        assert (runtime.places.taken, len(queue)) == (1, 2)
        second.cancel()
        assert runtime.places.taken == 0
        await asyncio.wait([first, second])


def test_who_waits_on_a_closed_loop_takes_no_place(queue: list[Work]) -> None:
    guest = Guest(collection("broken", Limits(stores=1)))

    async def abandon() -> list[Run[Outcome]]:
        return [guest.start("spin", group=(i,)) for i in range(3)]

    loop = asyncio.new_event_loop()
    loop.run_until_complete(abandon())
    loop.close()
    for work in queue:
        assert work.slice()
    assert not runtime.places.waiting
    guest.close()


def test_thousands_who_want_no_place_any_more_are_passed_over() -> None:
    places = Places()
    assert places.take(1)
    for _ in range(3000):
        places.wait(1, places.give_back)
    served = threading.Event()
    places.wait(1, served.set)
    places.give_back()
    assert served.is_set()
    assert places.taken == 1


async def test_after_one_long_call_the_next_begins_elsewhere_until_one_was_short() -> None:
    with opened("broken") as guest:
        count, begun = guest.component("count"), list[str]()
        begin = count.begin

        def watch(*arguments: object) -> object:
            begun.append(threading.current_thread().name)
            return begin(*arguments)  # type: ignore[arg-type]

        count.begin = watch  # type: ignore[method-assign,assignment]
        await guest.call("count", 50_000_000)
        await guest.call("count", 50_000_000)
        while begun[-1] != "MainThread" or len(begun) < 3:
            assert await guest.call("count", 1) == (1,)
        assert begun[0] == "MainThread"
        assert begun[1].startswith("wasmflow-guest")


async def test_a_call_ends_when_no_store_can_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise MemoryError

    with opened("broken", Limits(stores=1)) as guest:
        spinning = guest.start("spin", group=(1,))
        waiting = guest.start("divide", 1, group=(2,))
        monkeypatch.setattr(runtime.ticker, "start", fail)
        spinning.cancel()
        with pytest.raises(MemoryError):
            await waiting
        with pytest.raises(MemoryError):
            guest.start("divide", 1, group=(3,))
        assert runtime.places.taken == 0


_CALLS_ITS_HOST = """(component
  (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock (export "now" (func (result u64)))))
  (core func $now (canon lower (func $clock "now")))
  (core module $m
    (import "clock" "now" (func $now (result i64)))
    (func (export "straight") {straight})
    (func (export "loop") (local $i i32)
      (loop
        (drop (call $now))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if 0 (i32.lt_u (local.get $i) (i32.const 20000))))))
  (core instance $i (instantiate $m
    (with "clock" (instance (export "now" (func $now))))))
  (func (export "straight") (canon lift (core func $i "straight")))
  (func (export "loop") (canon lift (core func $i "loop"))))""".replace(
    "{straight}", "(drop (call $now))" * 6000
)


async def test_a_guest_that_calls_its_host_in_a_row_breaks() -> None:
    with opened(_CALLS_ITS_HOST) as guest:
        assert "too often in a row" in str(guest.start("straight"))


async def test_a_guest_that_calls_its_host_in_a_loop_yields_without_a_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runtime.ticker, "start", lambda: None)
    with opened(_CALLS_ITS_HOST) as guest:
        started = guest.start("loop")
        assert isinstance(started, Run)
        assert await started == ()
