"""That rude clients notice when a server is taken in."""

from __future__ import annotations

import json
import time

import pytest
from bench.soak.rude import RUDENESSES, Rudeness, misbehave

from tests.bench.soak.servers import answer, asking

OF_NAME = {each.name: each for each in RUDENESSES}
#: Each is answered once its request has come.
GARBAGE = ("broken JSON", "a wrong type", "a page that is not there", "another method")


def problem(status: int) -> bytes:
    return answer(json.dumps({"status": status, "title": "."}).encode(), status)


def status_of(rudeness: Rudeness) -> int:
    (status,) = rudeness.allowed
    return int(status)


@pytest.mark.parametrize("name", GARBAGE)
async def test_the_right_refusal_is_none(name: str) -> None:
    rudeness = OF_NAME[name]
    async with asking(lambda _body: problem(status_of(rudeness))) as client:
        await misbehave(client, rudeness, await client.connect())
        assert client.ledger.faults == []
        assert client.ledger.counts[f"rude: {name}"] == 1


@pytest.mark.parametrize(
    "sent", [answer(b"{}"), problem(500), answer(b'{"status":401}', 400), b"", b"no\r\n\r\n"]
)
async def test_any_other_answer_is_a_fault(sent: bytes) -> None:
    async with asking(lambda _body: sent) as client:
        await misbehave(client, OF_NAME["broken JSON"], await client.connect())
        assert client.ledger.faults[0].partition(": ")[2].startswith("broken JSON: ")


async def test_what_comes_behind_the_last_answer_is_a_fault() -> None:
    async with asking(lambda _body: problem(400) * 2) as client:
        await misbehave(client, OF_NAME["broken JSON"], await client.connect())
        assert "something after the last answer" in client.ledger.faults[0]


async def test_a_connection_of_a_killed_worker_may_break() -> None:
    async with asking(lambda _body: b"") as client:
        client.ledger.cut.update({port: [time.monotonic() + 60] for port in range(1 << 16)})
        await misbehave(client, OF_NAME["broken JSON"], await client.connect())
        assert client.ledger.faults == []
