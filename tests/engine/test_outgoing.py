"""What a transaction may send to its caller has limits; one that reaches them fails, whatever it handles."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.engine.test_streams import play
from tests.fakes import error, fake, source, transaction
from wasmflow.component import Transaction
from wasmflow.engine.edge import StreamTransaction
from wasmflow.engine.outgoing import Outgoing
from wasmflow.engine.transaction import run_transaction
from wasmflow.limits import Limits
from wasmflow.packet import EMPTY, Failure, Kind


def limited(**limits: Any) -> Transaction:
    return transaction(limits=Limits(**limits))


@pytest.mark.parametrize(("most", "fits"), [(2, True), (1, False)])
async def test_the_packets_of_a_value_transaction_are_counted(most: int, fits: bool) -> None:
    component = fake(lambda x: (x, x, EMPTY), outputs="a b c")
    outcome = await run_transaction(component, (1,), limited(transaction_output_packets=most))
    assert (outcome == (1, 1, EMPTY)) == fits
    if isinstance(outcome, Failure):
        assert outcome.message == "its transaction has sent more than 1 packets, its limit"
        assert outcome.kind is Kind.ERROR


async def test_the_bytes_of_a_value_transaction_are_counted() -> None:
    component = fake(lambda x: x * 1000)
    small = await run_transaction(component, ("x",), limited(transaction_output_bytes=3000))
    large = await run_transaction(component, ("xx",), limited(transaction_output_bytes=3000))
    assert small == ("x" * 1000,)
    assert isinstance(large, Failure)
    assert "more than 3,000 bytes" in large.message


def test_a_stream_ends_at_the_packet_too_many() -> None:
    limits = limited(transaction_output_packets=5)
    ports, unhandled = play(source(*range(1000)), of=limits)
    assert ports == [[0, 1, 2, 3, 4]]
    assert [each.message for each in unhandled] == [
        "its transaction has sent more than 5 packets, its limit"
    ]


def test_what_was_sent_before_its_end_is_counted_after_it() -> None:
    """All packets stand in the channel when the transaction has ended."""

    async def main() -> tuple[list[Any], list[Failure]]:
        current = limited(transaction_output_packets=2)
        running = StreamTransaction(source(1, 2, 3), (), (), current)
        async with running:
            await asyncio.sleep(0)
            taken = []
            while (line := await running.take()) is not None:
                taken += line
            await running.ended()
        return taken, current.unhandled

    taken, unhandled = asyncio.run(main())
    assert taken == [(0, 1), (0, 2)]
    assert len(unhandled) == 1


def test_gaps_and_failures_are_not_counted() -> None:
    outgoing = Outgoing(limited(transaction_output_packets=1, transaction_output_bytes=100))
    assert outgoing.count([EMPTY, error(), 1])
    assert not outgoing.count([2])


def test_without_a_limit_nothing_is_counted() -> None:
    assert not Outgoing(transaction()).bounded
    assert play(source(*range(300)))[0] == [list(range(300))]
