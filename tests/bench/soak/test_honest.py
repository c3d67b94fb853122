"""That honest clients notice what is wrong, and excuse only what is not."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
from bench.soak.clients import LOST, Client
from bench.soak.connection import Broken
from bench.soak.honest import alone, kept, pipelined
from bench.soak.streaming import events, in_turn, lines

from tests.bench.soak.servers import answer, asking


def right(body: bytes) -> bytes:
    given = json.loads(body)
    return answer(json.dumps({"output": given["left"] + given["right"]}).encode())


async def test_a_right_answer_is_counted() -> None:
    async with asking(right) as client:
        await kept(client)
        await alone(client)
        assert client.ledger.counts["answered"] == 2
        assert client.ledger.faults == []


async def test_the_answer_to_another_request_is_a_fault() -> None:
    async with asking(lambda _body: answer(b'{"output":"of another"}')) as client:
        await kept(client)
        assert "asked for 'client/0/" in client.ledger.faults[0]
        assert client.ledger.counts["answered"] == 0


@pytest.mark.parametrize("turn", [kept, alone, pipelined, lines, in_turn, events])
@pytest.mark.parametrize(
    "sent", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{", b"no\r\n\r\n"]
)
async def test_no_answer_is_a_fault(turn: Callable[[Client], object], sent: bytes) -> None:
    async with asking(lambda _body: sent) as client:
        with pytest.raises(Broken):
            await turn(client)  # type: ignore[misc]
        assert "no answer" in client.ledger.faults[0]


async def test_no_answer_of_a_killed_worker_is_none() -> None:
    async with asking(lambda _body: b"") as client:
        client.ledger.cut.update({port: [time.monotonic() + 60] for port in range(1 << 16)})
        with pytest.raises(Broken):
            await kept(client)
        assert client.ledger.faults == []
        assert client.ledger.counts[LOST] == 1


async def test_a_connection_that_cannot_be_made_is_a_fault_until_the_service_stops() -> None:
    async with asking(right) as client:
        pass
    with pytest.raises(Broken):
        await alone(client)
    assert len(client.ledger.faults) == 1
    client.ledger.stopping = time.monotonic()
    with pytest.raises(Broken):
        await alone(client)
    assert len(client.ledger.faults) == 1


async def test_a_stream_that_ends_too_early_is_a_fault() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n"
    async with asking(lambda _body: head + b"0\r\n\r\n") as client:
        await lines(client)
        assert "a stream had None in place of 'client/" in client.ledger.faults[0]
