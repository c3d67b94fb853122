from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from typing import Any

import pytest

from tests.collections.wasm.guests import (
    Guest,
    collection,
    opened,
    push,
    settled,
    soon,
    transaction,
)
from wasmflow.collections.wasm.clocks import CLOCK_STEP
from wasmflow.collections.wasm.run import LARGE, LARGEST, Run
from wasmflow.collections.wasm.runtime import process_runtime
from wasmflow.collections.wasm.session import WasmSession
from wasmflow.collections.wasm.surroundings import SURROUNDINGS, World
from wasmflow.component import Call
from wasmflow.grants import Grants
from wasmflow.limits import Limits
from wasmflow.packet import EMPTY, Failure, Kind

places = process_runtime().places

SPIN, SLOW = 2, 3


@pytest.fixture
def guest() -> Iterator[Guest]:
    with opened("streams", Limits(call_seconds=0.3)) as guest:
        yield guest
    assert (places.taken, len(places.waiting)) == (0, 0)
    assert not SURROUNDINGS


async def pushed(session: WasmSession, *values: Any) -> list[Any]:
    """What comes of elements with one slot, pushed one by one."""
    return [await push(session, (value,)) for value in values]


def reason(outcome: object) -> str:
    assert isinstance(outcome, Failure), outcome
    assert outcome.kind is Kind.ERROR
    return outcome.message


async def test_a_push_gives_one_value_in_step(guest: Guest) -> None:
    adder = await guest.open("adder", 5)
    assert await pushed(adder, 1, 2, 3) == [[6], [8], [11]]
    assert await settled(adder.finish()) == []


async def test_what_a_push_leaves_out_keeps_its_place(guest: Guest) -> None:
    odd = await guest.open("odd")
    assert await pushed(odd, 1, 2, 3) == [[1], [EMPTY], [3]]
    assert await settled(odd.finish()) == []


async def test_a_push_of_a_list_gives_any_number_and_finish_the_rest(guest: Guest) -> None:
    repeat = await guest.open("repeat")
    assert await pushed(repeat, 0, 1, 3) == [[], [1], [3, 3, 3]]
    assert await settled(repeat.finish()) == [3, 3, 3]


async def test_a_reducer_has_one_value_at_the_end(guest: Guest) -> None:
    total = await guest.open("sum", 10)
    assert await pushed(total, 1, 2) == [[], []]
    assert await settled(total.finish()) == [13]


async def test_a_reducer_may_have_nothing_to_say(guest: Guest) -> None:
    total = await guest.open("sum", EMPTY)
    assert await settled(total.finish()) == [EMPTY]


async def test_the_value_of_a_reducer_is_one_even_if_it_is_a_list(guest: Guest) -> None:
    series = await guest.open("series")
    assert await push(series, (1,), (2,)) == []
    assert await settled(series.finish()) == [[3, 3, 3]]


async def test_a_source_is_pulled_until_it_has_no_more(guest: Guest) -> None:
    count = await guest.open("count", 2)
    assert [await settled(count.pull()) for _ in range(4)] == [[1], [0], [], []]


async def test_several_inputs_are_pushed_in_step_and_an_optional_one_may_be_missing(
    guest: Guest,
) -> None:
    either = await guest.open("either")
    assert await push(either, (1, EMPTY)) == [1]
    assert await push(either, (1, 0)) == [0]


async def test_a_batch_is_pushed_as_a_list_for_each_input(guest: Guest) -> None:
    streamer, batch = guest.streamer("batch"), await guest.open("batch")
    assert streamer.batches
    assert await push(batch, (1, 7, "x"), (2, 8, EMPTY), (3, 9, "")) == [1, 2, 3]
    assert await settled(batch.finish()) == [1007]
    assert await push(batch, (4, 6, EMPTY)) == [4]
    assert await settled(batch.finish()) == [6]
    assert await push(batch) == []


async def test_an_exception_concerns_one_push_only(guest: Guest) -> None:
    picky = await guest.open("picky", 2)
    before, failure, after = await pushed(picky, 1, 2, 3)
    assert (before, after) == ([1], [3])
    assert failure == Failure(Kind.EXCEPTION, "no", payload="no")


async def test_a_constructor_may_say_no(guest: Guest) -> None:
    failure = await guest.try_open("picky", 13)
    assert failure == Failure(Kind.EXCEPTION, "no", payload="no")
    assert places.taken == 0


async def test_text_that_is_none_is_refused_for_that_push_only(guest: Guest) -> None:
    sink = await guest.open("sink", b"")
    refused = await push(sink, ("\ud800",))
    assert isinstance(refused, Failure)
    assert refused.kind is Kind.EXCEPTION
    assert await push(sink, ("fine",)) == []


class TestBreaking:
    """An error ends a session, wherever it comes."""

    async def test_in_its_constructor(self, guest: Guest) -> None:
        assert "panicked" in reason(await guest.try_open("breaking", 1))
        assert places.taken == 0

    async def test_in_a_push(self, guest: Guest) -> None:
        session = await guest.open("breaking", 0)
        ended, again = await pushed(session, 1, 4)
        assert "panicked" in reason(ended)
        assert places.taken == 0
        assert "after its end" in reason(again)

    async def test_in_its_finish(self, guest: Guest) -> None:
        session = await guest.open("breaking", 0)
        await pushed(session, 11)
        assert "panicked" in reason(await settled(session.finish()))
        assert places.taken == 0

    async def test_in_a_pull(self, guest: Guest) -> None:
        count = await guest.open("count", 12)
        assert await settled(count.pull()) == [11]
        assert "panicked" in reason(await settled(count.pull()))
        assert places.taken == 0

    async def test_a_constructor_that_never_ends_reaches_the_limit_of_a_call(
        self, guest: Guest
    ) -> None:
        assert "the limit for one call" in reason(await guest.try_open("breaking", SPIN))

    async def test_a_push_that_never_ends_reaches_the_limit_of_a_call(self, guest: Guest) -> None:
        session = await guest.open("breaking", 0)
        assert "the limit for one call" in reason(await push(session, (SPIN,)))
        assert places.taken == 0

    async def test_the_deadline_of_the_transaction_ends_a_push(self, guest: Guest) -> None:
        hurried = transaction(deadline=soon(0.1))
        session = await guest.open("breaking", 0, transaction=hurried)
        assert "time limit of its transaction" in reason(await push(session, (SPIN,)))


async def test_each_call_has_the_time_limit_to_itself() -> None:
    with opened("streams", Limits(call_seconds=2)) as guest:
        session = await guest.open("breaking", SLOW)
        assert await pushed(session, SLOW, SLOW) == [[SLOW], [SLOW]]


async def test_a_push_that_takes_time_goes_on_elsewhere(guest: Guest) -> None:
    session = await guest.open("breaking", 0)
    pending = session.push([(SPIN,)])
    assert isinstance(pending, Run)
    adder = await guest.open("adder", 0)
    while not pending.done():
        assert len(await push(adder, (1,))) == 1
        await asyncio.sleep(0)


async def test_a_session_is_called_once_at_a_time(guest: Guest) -> None:
    session = await guest.open("breaking", 0)
    pending = session.push([(SPIN,)])
    with pytest.raises(RuntimeError, match="in a call"):
        session.push([(4,)])
    assert isinstance(pending, Run)
    await pending


async def test_a_component_without_the_method_cannot_be_called_so(guest: Guest) -> None:
    count = await guest.open("count", 1)
    with pytest.raises(TypeError, match="no such method"):
        count.push([(1,)])


async def test_sessions_share_nothing(guest: Guest) -> None:
    first, second = await guest.open("adder", 1), await guest.open("adder", 2)
    assert places.taken == 2
    assert await pushed(first, 1, 1) == [[2], [3]]
    assert await pushed(second, 1, 1) == [[3], [4]]


async def test_large_inputs_are_not_converted_on_the_event_loop(guest: Guest) -> None:
    await guest.open("sink", b"")
    opening = guest.streamer("sink").open((bytes(LARGE + 1),), Call(guest.transaction))
    assert isinstance(opening, Run)
    assert isinstance(await opening, WasmSession)
    too_large = await guest.try_open("sink", bytes(LARGEST + 1))
    assert "16,777,217 list elements" in reason(too_large)


async def test_a_large_batch_is_not_converted_on_the_event_loop(guest: Guest) -> None:
    series = await guest.open("series")
    await push(series, (0,))
    pending = series.push([(0,)] * (LARGE + 1))
    assert isinstance(pending, Run)
    assert await settled(pending) == []


class TestClosing:
    """At any moment, and any number of times."""

    async def test_between_calls(self, guest: Guest) -> None:
        session = await guest.open("adder", 0)
        session.close()
        session.close()
        assert places.taken == 0
        assert "after its end" in reason(await push(session, (1,)))
        assert await settled(session.finish()) == []

    async def test_while_a_call_is_on_a_worker(self, guest: Guest) -> None:
        session = await guest.open("breaking", 0)
        pending = session.push([(SPIN,)])
        await asyncio.sleep(0.01)
        session.close()
        assert reason(await settled(pending)) == "it was given up"
        assert places.taken == 0

    async def test_after_a_call_on_a_worker(self, guest: Guest) -> None:
        with opened("streams") as patient:
            session = await patient.open("breaking", 0)
            assert await push(session, (SLOW,)) == [SLOW]
            session.close()
            assert places.taken == 0

    async def test_at_the_moment_when_a_call_ends(self, guest: Guest) -> None:
        with opened("streams") as patient:
            for _ in range(20):
                session = await patient.open("breaking", 0)
                pending = session.push([(SLOW,)])
                assert isinstance(pending, Run)
                while not pending._over:
                    pass
                session.close()
                assert places.taken == 0
                assert await settled(pending) == [SLOW]

    async def test_by_cancelling_a_push(self, guest: Guest) -> None:
        session = await guest.open("breaking", 0)
        pending = session.push([(SPIN,)])
        assert isinstance(pending, Run)
        pending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await pending
        assert places.taken == 0
        session.close()

    async def test_by_cancelling_its_opening(self, guest: Guest) -> None:
        task = asyncio.create_task(guest.try_open("breaking", SPIN))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert places.taken == 0
        assert len(guest.collection.sessions) == 0

    async def test_by_releasing_its_transaction(self, guest: Guest) -> None:
        session, other = await guest.open("adder", 0), transaction()
        kept = await guest.open("adder", 0, transaction=other)
        guest.collection.release(guest.transaction)
        guest.collection.release(guest.transaction)
        assert "after its end" in reason(await push(session, (1,)))
        assert await push(kept, (1,)) == [1]
        guest.collection.release(other)

    async def test_by_closing_the_collection(self, guest: Guest) -> None:
        session = await guest.open("breaking", 0)
        pending = session.push([(SPIN,)])
        await guest.collection.aclose()
        assert reason(await settled(pending)) == "it was given up"


async def test_a_thousand_sessions_leave_no_store(guest: Guest) -> None:
    for number in range(1000):
        session = await guest.open("adder", number)
        assert await push(session, (1,)) == [number + 1]
        session.close()
    assert places.taken == 0
    gc.collect()


class TestPlaces:
    """With room for few stores."""

    async def test_one_session_too_many_is_an_error_that_names_the_limit(self) -> None:
        with opened("streams", Limits(stores=3)) as guest:
            sessions = [await guest.open("adder", 0) for _ in range(2)]
            assert "2 streaming components" in reason(await guest.try_open("adder", 0))
            sessions[0].close()
            await guest.open("adder", 0)

    async def test_opening_fails_as_often_as_one_likes_and_counts_as_nothing(self) -> None:
        with opened("streams", Limits(stores=2)) as guest:
            for _ in range(3):
                assert isinstance(await guest.try_open("picky", 13), Failure)
                assert isinstance(await guest.try_open("breaking", 1), Failure)
            await guest.open("adder", 0)

    async def test_calls_go_on_beside_all_sessions_there_can_be(self) -> None:
        with opened("streams", Limits(stores=2)) as guest, opened("counter", Limits(stores=2)) as c:
            session = await guest.open("adder", 0)
            outcomes = await asyncio.gather(*(c.call("next", group=(i,)) for i in range(20)))
            assert outcomes == [(1,)] * 20
            assert await push(session, (1,)) == [1]

    async def test_a_session_waits_for_calls_that_run(self) -> None:
        limits = Limits(stores=2, call_seconds=0.2)
        with opened("streams", limits) as guest, opened("broken", limits) as broken:
            spinning = [broken.start("spin", group=(i,)) for i in range(2)]
            session = await guest.open("adder", 1)
            assert await push(session, (1,)) == [2]
            await asyncio.gather(*spinning)

    async def test_waiting_can_be_given_up(self) -> None:
        limits = Limits(stores=2, call_seconds=0.2)
        with opened("streams", limits) as guest, opened("broken", limits) as broken:
            spinning = [broken.start("spin", group=(i,)) for i in range(2)]
            opening = guest.streamer("adder").open((1,), Call(guest.transaction))
            assert isinstance(opening, Run)
            guest.collection.release(guest.transaction)
            assert reason(await opening) == "it was given up"
            assert not places.waiting
            await asyncio.gather(*spinning)
            await guest.open("adder", 1, transaction=transaction())
            await guest.collection.aclose()

    @pytest.mark.parametrize("deadline", [None, 0.01])
    async def test_who_gives_up_waiting_gives_no_place_back(self, deadline: float | None) -> None:
        with opened("streams", Limits(stores=2)) as guest:
            taken = [places.take(2), places.take(2)]
            until = None if deadline is None else soon(deadline)
            opening = guest.streamer("adder").open((1,), Call(transaction(deadline=until)))
            assert isinstance(opening, Run)
            if deadline is None:
                opening.cancel()
            await asyncio.wait((opening,))
            await asyncio.sleep(0)
            assert (places.taken, len(places.waiting)) == (2, 0)
            for _ in taken:
                places.give_back()


async def test_what_a_call_took_of_the_processor_is_not_counted_for_the_next() -> None:
    limits, world = Limits(call_cpu_seconds=1e-9), World(Grants(clock=True))
    with opened("streams", limits, world) as guest:
        adder = await guest.open("adder", 1)
        assert await pushed(adder, 1, 2) == [[2], [4]]


async def test_idle_sessions_are_no_running_calls(guest: Guest) -> None:
    session = await guest.open("breaking", 0)
    assert not places.running()
    pending = session.push([(SPIN,)])
    assert places.running()
    assert isinstance(pending, Run)
    await pending


async def test_a_session_has_one_clock_from_its_constructor_to_its_end() -> None:
    with opened("seer") as guest:
        start = guest.transaction.timestamp * 1_000_000
        seer = await guest.open("seer")
        times = [*await pushed(seer, "a", "b"), await settled(seer.finish())]
        assert times == [[start + step * CLOCK_STEP] for step in (1, 2, 3)]
        seer.close()
        assert not SURROUNDINGS


async def test_a_session_has_one_random_sequence_that_its_element_decides() -> None:
    with opened("seer") as guest:

        async def rolled(number: int) -> list[Any]:
            dice = await guest.open("dice", path=("dice",), elements=(number,))
            return [(await settled(dice.pull()))[0] for _ in range(4)]

        first, again, other = await rolled(0), await rolled(0), await rolled(1)
        assert len({*first, *other}) == 8
        assert first == again


async def test_what_is_printed_goes_to_the_log_with_each_call(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "wasmflow.guest")
    with opened("seer") as guest:
        seer = await guest.open("seer", path=("flow", "seer"))
        await push(seer, ("one\ntw",))
        assert caplog.messages == ["one", "tw"]
        await push(seer, ("three",))
        assert caplog.messages == ["one", "tw", "three"]
        assert vars(caplog.records[-1])["path"] == "flow/seer"


async def test_the_limits_on_printing_hold_for_each_call_and_streams_may_be_opened_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("WARNING", "wasmflow.guest")
    with opened("seer", Limits(log_bytes=10)) as guest:
        seer = await guest.open("seer")
        for _ in range(10_100):
            assert len(await push(seer, ("12345678",))) == 1
        assert "printed more" in reason(await push(seer, ("12345678901",)))


def test_a_session_that_nobody_closes_ends_with_its_transaction() -> None:
    guest = Guest(collection("streams"))

    async def forget() -> None:
        await guest.open("adder", 0)
        guest.streamer("breaking").open((SPIN,), Call(guest.transaction))

    asyncio.run(forget())
    guest.close()
    while places.taken:
        pass
    assert len(guest.collection.sessions) == 0
