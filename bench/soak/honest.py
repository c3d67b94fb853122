"""Clients that behave, and check every answer: values that nobody else sends."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Final

from bench.soak.clients import Client, connected, json_of, lost, repeat
from bench.soak.connection import Answer, Broken, Connection, Wrong, request

_CONCAT: Final = "/components/concat"


async def honest(client: Client) -> None:
    """Ask again and again in all ways, and check what comes."""
    await repeat(client, {kept: 12, alone: 5, pipelined: 2, large: 2, reading_slowly: 1})


async def kept(client: Client) -> None:
    """Many requests on one connection."""
    connection = await connected(client)
    try:
        for _ in range(client.chance.randrange(1, 300)):
            if await _exchange(client, connection, _text(client, 20)):
                break
    finally:
        connection.close()


async def alone(client: Client) -> None:
    """A connection for one request."""
    connection = await connected(client)
    try:
        if not await _exchange(client, connection, _text(client, 20), close=True):
            client.ledger.fault(f"{client.name}: a connection was kept though it was to be closed")
    finally:
        connection.close()


async def large(client: Client) -> None:
    """A large text there and back."""
    connection = await connected(client)
    try:
        await _exchange(client, connection, _text(client, 1 << client.chance.randrange(10, 20)))
    finally:
        connection.close()


async def pipelined(client: Client) -> None:
    """Several requests at once, whose answers come in order, and nothing after them."""
    connection = await connected(client)
    pairs = [_text(client, 20) for _ in range(client.chance.randrange(2, 10))]
    try:
        client.ledger.count("asked", len(pairs))
        await connection.send(b"".join(map(_asking, pairs)))
        for number, pair in enumerate(pairs):
            answer = await _answered(client, connection)
            _check(client, answer, pair)
            if answer.last and number < len(pairs) - 1:
                client.ledger.count("pipelined behind a last answer", len(pairs) - number - 1)
                break
    finally:
        connection.close()


async def reading_slowly(client: Client) -> None:
    """An answer that is taken a little at a time is there to its end."""
    connection = await connected(client, window=8192)
    pair = _text(client, 1 << 18)
    try:
        client.ledger.count("asked")
        await connection.send(_asking(pair, close=True))
        await asyncio.sleep(client.chance.random())
        _check(client, await _answered(client, connection), pair)
    finally:
        connection.close()


async def _exchange(
    client: Client, connection: Connection, pair: tuple[str, str], *, close: bool = False
) -> bool:
    """Ask and check; whether the connection is to be left."""
    client.ledger.count("asked")
    await connection.send(_asking(pair, close=close))
    answer = await _answered(client, connection)
    _check(client, answer, pair)
    return answer.last


async def _answered(client: Client, connection: Connection) -> Answer:
    try:
        return await connection.answer()
    except (Broken, Wrong) as error:
        raise lost(client, connection, error) from error


def _text(client: Client, size: int) -> tuple[str, str]:
    """Two texts, of which the first is nobody else's."""
    number = client.ledger.counts["asked"]
    return f"{client.name}/{number}/{client.chance.getrandbits(64):x}", "é" * size


def _asking(pair: tuple[str, str], *, close: bool = False) -> bytes:
    left, right = pair
    return request(_CONCAT, json.dumps({"left": left, "right": right}).encode(), close=close)


def _check(client: Client, answer: Answer, pair: tuple[str, str]) -> None:
    wanted = {"output": "".join(pair)}
    if answer.status != 200 or json_of(answer.body) != wanted:
        text = answer.body[:300]
        client.ledger.fault(f"{client.name}: asked for {pair[0]!r}, got {answer.status} {text!r}")
        return
    client.ledger.count("answered")
    client.ledger.answered = time.monotonic()
