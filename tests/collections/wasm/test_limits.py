"""What calls and transactions may use has limits; the error of who exceeds one names it."""

from __future__ import annotations

import asyncio

import pytest

from tests.collections.wasm.guests import opened, push, settled, transaction
from wasmflow.limits import Limits
from wasmflow.packet import Failure, Kind

SLOW = 3


def reason(outcome: object) -> str:
    assert isinstance(outcome, Failure), outcome
    assert outcome.kind is Kind.ERROR
    return outcome.message


async def test_a_call_may_work_for_so_long() -> None:
    with opened("broken", Limits(call_cpu_seconds=0.05)) as guest:
        message = reason(await guest.call("spin"))
        assert message == "it took more than 0.05 s of the processor, the limit for one call"
        assert await guest.call("divide", 1) == (1,)


async def test_a_session_may_work_for_so_long_in_each_call() -> None:
    with opened("streams", Limits(call_cpu_seconds=0.05)) as guest:
        session = await guest.open("breaking", 0)
        assert "0.05 s of the processor" in reason(await push(session, (2,)))


async def test_a_transaction_may_work_for_so_long_in_all_its_calls() -> None:
    limits = Limits(transaction_cpu_seconds=0.05)
    with opened("broken") as guest:
        current = transaction(limits=limits)
        expected = "its transaction has taken more than 0.05 s of the processor, its limit"
        assert reason(await guest.call("spin", transaction=current)) == expected
        assert reason(await guest.call("divide", 1, transaction=current)) == expected
        assert await guest.call("divide", 1) == (1,)
        guest.collection.release(current)


async def test_who_is_exhausted_can_open_and_push_no_more() -> None:
    with opened("streams") as guest:
        session = await guest.open("adder", 0)
        guest.transaction.exhausted = "enough"
        assert reason(await push(session, (1,))) == "enough"
        assert reason(await guest.try_open("adder", 0)) == "enough"


async def test_what_components_work_is_counted_by_their_paths() -> None:
    with opened("broken") as guest:
        await guest.call("divide", 1, path=("a",))
        await guest.call("count", 20_000_000, path=("b", "c"))
    spent = guest.transaction.spent
    assert 0 < spent["a",] < spent["b", "c"]
    assert guest.transaction.spent_in_all == sum(spent.values())


async def test_a_guest_that_waits_its_turn_does_not_work() -> None:
    """The time of a call that is one of many does not count what the others take."""
    with opened("broken", Limits(call_cpu_seconds=5.0)) as guest:
        await asyncio.gather(*(guest.call("count", 3_000_000, path=(str(i),)) for i in range(8)))
    times = sorted(guest.transaction.spent.values())
    assert sum(times) < 2 * 8 * times[-1]


@pytest.mark.parametrize("name", ["text", "bytes", "pairs"])
async def test_a_call_may_send_so_many_bytes(name: str) -> None:
    with opened("broken", Limits(call_output_bytes=500_000)) as guest:
        assert not isinstance(await guest.call(name, 1000), Failure)
        expected = "it sent more than 500,000 bytes, the limit for one call"
        assert reason(await guest.call(name, 600_000)) == expected
        assert not isinstance(await guest.call(name, 1000), Failure)


async def test_a_call_of_a_session_may_send_so_many_packets() -> None:
    with opened("streams", Limits(call_output_packets=3)) as guest:
        session = await guest.open("repeat")
        assert await push(session, (3,)) == [3, 3, 3]
        message = reason(await push(session, (4,)))
        assert message == "it sent more than 3 packets, the limit for one call"
        assert reason(await settled(session.finish())) == "it was called after its end"


@pytest.mark.parametrize("limits", [{"call_output_packets": 1}, {"call_output_bytes": 120}])
async def test_what_a_call_may_send_is_for_one_element(limits: dict[str, int]) -> None:
    with opened("streams", Limits(**limits)) as guest:
        assert not guest.streamer("batch").batches
        batch = await guest.open("batch")
        assert await push(batch, (1, 7, "x")) == [1]


async def test_a_transaction_may_print_so_much_in_all_its_calls() -> None:
    with opened("sandbox") as guest:
        guest.transaction.limits = Limits(transaction_log_bytes=1000)
        for _ in range(2):
            await guest.call("print", "x" * 400)
        assert "more than 1,000 bytes" in reason(await guest.call("print", "x" * 400))


async def test_a_transaction_may_have_so_many_calls_at_work() -> None:
    limits = Limits(transaction_stores=2)
    with opened("broken", Limits(call_seconds=0.2)) as guest:
        current = transaction(limits=limits)
        calls = [guest.start("spin", transaction=current, group=(i,)) for i in range(3)]
        assert "2 calls and streaming components at work at once" in reason(calls[2])
        assert current.at_work == 2
        await asyncio.gather(*calls[:2])
        await asyncio.sleep(0)
        assert current.at_work == 0
        assert await guest.call("divide", 1, transaction=current) == (1,)
        guest.collection.release(current)


async def test_a_transaction_may_have_so_many_sessions_at_work() -> None:
    with opened("streams") as guest:
        guest.transaction.limits = Limits(transaction_stores=2)
        first, _ = await guest.open("adder", 0), await guest.open("adder", 0)
        assert "2 calls and streaming" in reason(await guest.try_open("adder", 0))
        first.close()
        await guest.open("adder", 0)
        assert guest.transaction.at_work == 2
    assert guest.transaction.at_work == 0
