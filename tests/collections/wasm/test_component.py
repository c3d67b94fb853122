from __future__ import annotations

import asyncio
import threading
from itertools import count
from math import inf
from typing import Any

import pytest

from tests.collections.wasm.guests import (
    PADDING,
    Guest,
    collection,
    echo,
    opened,
    soon,
    transaction,
)
from wasmflow.collections.wasm import run
from wasmflow.collections.wasm.run import LARGE, LARGEST, Run
from wasmflow.collections.wasm.runtime import process_runtime
from wasmflow.collections.wasm.surroundings import SURROUNDINGS, Surroundings
from wasmflow.component import Outcome
from wasmflow.limits import Limits
from wasmflow.packet import Failure, Kind
from wasmflow.types import model as wit

places = process_runtime().places


def reason(outcome: Outcome) -> str:
    assert isinstance(outcome, Failure), outcome
    assert outcome.kind is Kind.ERROR
    return outcome.message


async def test_a_short_call_ends_inline() -> None:
    with opened("counter") as guest:
        # A machine that is busy may let a slice of time pass in any one of them.
        outcomes = [guest.start("next", group=(i,)) for i in range(50)]
        assert (1,) in outcomes


async def test_a_long_call_goes_on_elsewhere_and_the_loop_stays_free() -> None:
    with opened("broken", Limits(call_seconds=0.3)) as guest:
        spinning = guest.start("spin", group=(1,))
        assert isinstance(spinning, Run)
        while not spinning.done():
            assert await guest.call("divide", 1, group=(2,)) == (1,)
            await asyncio.sleep(0)  # a call that ends inline lets nothing else run
        assert reason(await spinning) == "it took more than 0.3 s, the limit for one call"


async def test_a_long_call_gives_the_same_result_as_a_short_one() -> None:
    with opened("broken") as guest:
        outcomes = await asyncio.gather(
            *(guest.call("count", 20_000_000 + i, group=(i,)) for i in range(5))
        )
        assert outcomes == [(20_000_000 + i,) for i in range(5)]


async def test_calls_of_a_group_share_a_store_and_others_do_not() -> None:
    with opened("counter") as guest:
        assert await guest.call("next", group=(1,)) == (1,)
        assert await guest.call("next", group=(1,)) == (2,)
        assert await guest.call("next", group=(2,)) == (1,)
        assert await guest.call("next", group=(1,)) == (3,)


async def test_no_transaction_sees_the_store_of_another() -> None:
    with opened("counter") as guest:
        for _ in range(3):
            other = transaction()
            assert await guest.call("next", transaction=other) == (1,)
            assert await guest.call("next", transaction=other) == (2,)
            guest.collection.release(other)


async def test_a_fresh_transaction_has_a_store_for_each_call() -> None:
    with opened("counter") as guest:
        fresh = transaction(fresh=True)
        assert await guest.call("next", transaction=fresh) == (1,)
        assert await guest.call("next", transaction=fresh) == (1,)
        assert places.taken == 0


async def test_a_repeated_call_has_a_new_store() -> None:
    with opened("counter") as guest:
        assert await guest.call("next") == (1,)
        assert await guest.call("next", attempt=1) == (1,)
        assert await guest.call("next") == (2,)


async def test_after_a_trap_the_next_call_has_a_new_store() -> None:
    with opened("counter") as guest:
        assert await guest.call("next") == (1,)
        assert "panicked" in reason(await guest.call("panic"))
        assert await guest.call("next") == (1,)


async def test_an_exception_leaves_the_store_as_it_is() -> None:
    with opened("counter") as guest:
        refused = await guest.call("refuse")
        assert isinstance(refused, Failure)
        assert refused.kind is Kind.EXCEPTION
        assert await guest.call("next") == (2,)


async def test_inputs_that_are_refused_leave_the_store_as_it_is() -> None:
    with opened(echo(wit.STRING)) as guest:
        assert await guest.call("echo", "a", PADDING) == (("a", 0),)
        assert places.taken == 1
        assert isinstance(await guest.call("echo", "\ud800", PADDING), Failure)
        assert places.taken == 1


async def test_release_closes_what_a_transaction_keeps() -> None:
    with opened("counter") as guest:
        for group in range(5):
            await guest.call("next", group=(group,))
        assert places.taken == 5
        guest.collection.release(guest.transaction)
        guest.collection.release(guest.transaction)
        assert places.taken == 0


async def test_a_store_that_is_in_use_at_release_is_closed_when_its_call_ends() -> None:
    with opened("broken", Limits(call_seconds=0.2)) as guest:
        spinning = guest.start("spin")
        guest.collection.release(guest.transaction)
        assert places.taken == 1
        assert "limit for one call" in reason(await spinning)
        assert places.taken == 0


async def test_the_deadline_of_the_transaction_ends_a_call() -> None:
    with opened("broken") as guest:
        hurried = transaction(deadline=soon(0.1))
        outcome = await guest.call("spin", transaction=hurried)
        assert "time limit of its transaction" in reason(outcome)
        assert places.taken == 0


async def test_a_transaction_that_is_given_up_ends_its_calls() -> None:
    with opened("broken") as guest:
        spinning = guest.start("spin")
        guest.transaction.cancelled = True
        assert reason(await spinning) == "it was given up"


async def test_a_cancelled_call_has_stopped_when_its_task_has_ended() -> None:
    with opened("broken") as guest:
        task = asyncio.create_task(guest.call("spin"))
        await asyncio.sleep(0)
        assert places.taken == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert places.taken == 0
        assert await guest.call("divide", 1) == (1,)


async def test_cancelling_twice_still_waits_until_the_guest_has_stopped() -> None:
    with opened("broken") as guest:
        task = asyncio.create_task(guest.call("spin"))
        await asyncio.sleep(0)
        for _ in range(3):
            task.cancel()
            await asyncio.sleep(0)
        with pytest.raises(asyncio.CancelledError):
            await task
        assert places.taken == 0


async def test_a_timeout_around_a_call_stops_the_guest() -> None:
    with opened("broken") as guest:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await guest.call("spin")
        assert places.taken == 0


async def test_more_long_calls_than_threads_all_come_to_their_end() -> None:
    with opened("broken", Limits(call_seconds=1.0)) as guest:
        spinning = [guest.start("spin", group=(i,)) for i in range(8)]
        # Guests that never end do not keep others from ending.
        assert await guest.call("count", 8_000_000, group=("short",)) == (8_000_000,)
        for outcome in await asyncio.gather(*spinning):
            assert "limit for one call" in reason(outcome)


async def test_large_inputs_are_not_converted_on_the_event_loop() -> None:
    with opened(echo(wit.BYTES)) as guest:
        await guest.call("echo", b"", PADDING)
        started = guest.start("echo", bytes(LARGE + 1), PADDING)
        assert isinstance(started, Run)
        assert await started == ((bytes(LARGE + 1), 0),)


async def test_inputs_beyond_what_can_be_passed_are_an_error_with_numbers() -> None:
    with opened(echo(wit.BYTES)) as guest:
        outcome = guest.start("echo", bytes(LARGEST + 1), PADDING)
        assert "16,777,217 list elements" in reason(outcome)


async def test_a_function_of_lists_begins_elsewhere_until_it_is_known_to_be_quick() -> None:
    with opened(echo(wit.BYTES)) as guest:
        assert isinstance(guest.start("echo", b"a", PADDING), Run)
        assert await guest.call("echo", b"a", PADDING) == ((b"a", 0),)
        outcomes = [guest.start("echo", b"a", PADDING, group=(i,)) for i in range(50)]
        assert ((b"a", 0),) in outcomes


async def test_who_holds_up_the_event_loop_begins_elsewhere_ever_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Being quick in between is of no use to a guest that gives much with every second call."""
    monkeypatch.setattr(run, "_PROMPT", inf)
    with opened("broken") as guest:
        for begins_elsewhere in (4, 16, 64):
            guest.component("divide")._function.judge(ended=True, prompt=False)
            for _ in range(begins_elsewhere):
                started = guest.start("divide", 1)
                assert isinstance(started, Run)
                assert await started == (1,)


async def test_what_others_did_with_the_processor_sends_no_call_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seconds = count(step=10**9).__next__
    with opened("broken") as guest:
        busy = transaction(clock=seconds)
        assert [guest.start("divide", 1, transaction=busy) for _ in range(3)] == [(1,)] * 3
        monkeypatch.setattr(run, "WORKED", seconds)
        assert guest.start("divide", 1, transaction=busy) == (1,)
        assert isinstance(guest.start("divide", 1, transaction=busy), Run)


async def test_the_type_of_a_function_is_an_error_when_it_is_called() -> None:
    """wasmtime describes the export of one like a function."""
    text = """(component
      (core module $m (func (export "f")))
      (core instance $i (instantiate $m))
      (type $type (func)) (export "type" (type $type))
      (func $f (type $type) (canon lift (core func $i "f"))) (export "f" (func $f)))"""
    with opened(text) as guest:
        assert "is a type, and no function" in reason(await guest.call("type"))
        assert await guest.call("f") == ()
        assert places.taken == 1


async def test_what_exceeds_the_copy_budget_is_an_error_that_says_so() -> None:
    with opened("broken") as guest:
        assert len((await guest.call("bytes", 2_796_202))[0]) == 2_796_202  # type: ignore[index]
        assert "2,796,202 elements" in reason(await guest.call("bytes", 2_796_203))
        assert "932,067" in reason(await guest.call("pairs", 932_068))


class TestPlaces:
    """With room for few stores."""

    async def test_a_call_waits_for_a_place(self) -> None:
        with opened("broken", Limits(stores=1, call_seconds=0.2)) as guest:
            spinning = guest.start("spin", group=(1,))
            waiting = guest.start("divide", 1, group=(2,))
            assert places.taken == 1
            assert "limit for one call" in reason(await spinning)
            assert await waiting == (1,)

    async def test_a_store_that_is_only_kept_gives_its_place_to_who_waits(self) -> None:
        with opened("counter", Limits(stores=1)) as guest:
            other = transaction()
            assert await guest.call("next") == (1,)
            assert await guest.call("next", transaction=other) == (1,)
            assert await guest.call("next") == (1,)
            assert places.taken == 1
            guest.collection.release(other)

    async def test_transactions_that_need_more_stores_than_there_are_all_end(self) -> None:
        with opened("broken", Limits(stores=2)) as guest:

            async def run(number: int) -> None:
                own = transaction()
                for step in range(3):
                    calls = (
                        guest.call("count", 3_000_000, transaction=own, group=(step, part))
                        for part in range(3)
                    )
                    assert await asyncio.gather(*calls) == [(3_000_000,)] * 3
                guest.collection.release(own)

            await asyncio.gather(*(run(number) for number in range(5)))
            assert places.taken == 0

    async def test_waiting_can_be_cancelled(self) -> None:
        with opened("broken", Limits(stores=1)) as guest:
            spinning = asyncio.create_task(guest.call("spin", group=(1,)))
            waiting = asyncio.create_task(guest.call("divide", 1, group=(2,)))
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert places.taken == 1
            spinning.cancel()
            with pytest.raises(asyncio.CancelledError):
                await spinning
            assert (places.taken, len(places.waiting)) == (0, 0)

    async def test_many_that_wait_and_leave_lose_no_place(self) -> None:
        with opened("broken", Limits(stores=2)) as guest:
            tasks = [
                asyncio.create_task(guest.call("count", 2_000_000, group=(i,))) for i in range(30)
            ]
            await asyncio.sleep(0)
            for task in tasks[::2]:
                task.cancel()
            await asyncio.wait(tasks)
            assert all(task.result() == (2_000_000,) for task in tasks[1::2])
            guest.collection.release(guest.transaction)
            assert (places.taken, len(places.waiting)) == (0, 0)


async def test_a_bug_in_a_function_of_the_host_is_raised_and_not_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(_self: Surroundings, _text: bytes) -> None:
        raise ZeroDivisionError("a bug of ours")

    with opened("sandbox") as guest:
        monkeypatch.setattr(Surroundings, "print", broken)
        with pytest.raises(ZeroDivisionError):
            await guest.call("print", "x")
        assert places.taken == 0
        assert not SURROUNDINGS


def test_what_functions_of_the_host_raise_never_crosses_between_threads() -> None:
    expected = {
        "poll-nothing": "polled nothing",
        "exit": "status 1",
        "open-forever": "more than 10000 streams",
    }
    inputs: dict[str, tuple[Any, ...]] = {"exit": (True,)}
    wrong: list[str] = []

    async def call_often(guest: Guest, name: str) -> None:
        for _ in range(40):
            outcome = await guest.call(name, *inputs.get(name, ()), transaction=transaction())
            if expected[name] not in reason(outcome):
                wrong.append(f"{name}: {outcome}")

    with opened("sandbox") as guest:
        threads = [
            threading.Thread(target=asyncio.run, args=(call_often(guest, name),))
            for name in expected
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not wrong


def test_one_artifact_serves_event_loops_in_several_threads() -> None:
    async def call_often(guest: Guest, results: list[Outcome]) -> None:
        own = transaction()
        results += [await guest.call("next", transaction=own) for _ in range(200)]
        guest.collection.release(own)

    with opened("counter") as guest:
        results: list[list[Outcome]] = [[] for _ in range(4)]
        threads = [
            threading.Thread(target=asyncio.run, args=(call_often(guest, each),))
            for each in results
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert results == [[(i,) for i in range(1, 201)]] * 4
        assert places.taken == 0


def resident() -> int:
    with open("/proc/self/statm") as file:  # noqa: PTH123
        return int(file.read().split()[1]) * 4096


async def test_thousands_of_traps_leave_nothing_behind() -> None:
    ways = ("panic", "load", "recurse", "bad-text", "no-function")

    async def break_often(times: int) -> None:
        for _ in range(times):
            for way in ways:
                inputs = (0,) if way == "recurse" else ()
                reason(await guest.call(way, *inputs, transaction=transaction()))

    with opened("broken") as guest:
        await break_often(100)
        before = resident()
        await break_often(800)
        assert resident() - before < 10_000_000
        assert places.taken == 0
        assert not SURROUNDINGS


def test_a_call_that_nobody_awaits_ends_all_the_same() -> None:
    guest = Guest(collection("broken", Limits(call_seconds=0.1)))

    async def forget() -> None:
        guest.start("spin")

    asyncio.run(forget())
    while places.taken:
        pass
    guest.close()
