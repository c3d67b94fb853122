"""Clients that behave, and check every answer: values that nobody else sends, or streams of these."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final

from bench.soak.connection import Answer, Broken, Connection, Wrong, request
from bench.soak.ledger import Ledger

#: Seconds until a client whose connection broke tries again.
_AGAIN: Final = 0.05
_CONCAT: Final = "/components/concat"
_SHOUT: Final = "/components/shout"
_LINES: Final = "application/x-ndjson"
_EVENTS: Final = "text/event-stream"
#: What is counted where an answer was lost, and may have been.
LOST: Final = "lost with a killed worker or an idle connection"
_NULL: Final = b"0\r\n\r\n"


class Stopped(Exception):
    """The service stops, and said so in place of a stream."""


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks whom, by chance."""

    name: str
    port: int
    ledger: Ledger
    chance: random.Random
    #: Is set when everybody is to leave.
    over: asyncio.Event

    async def connect(self, *, window: int = 0) -> Connection:
        return await Connection.open(self.port, self.ledger, window=window)


async def repeat(client: Client, ways: Mapping[Callable[[Client], Awaitable[None]], int]) -> None:
    """Do one of these, by their weights, again and again."""
    turns, weights = list(ways), list(ways.values())
    while not client.over.is_set():
        (turn,) = client.chance.choices(turns, weights)
        try:
            await turn(client)
        except Broken as broken:
            # The service has ended, or a fault has been written down.
            client.ledger.count(f"not answered: {broken}")
            await asyncio.sleep(_AGAIN)


async def honest(client: Client) -> None:
    """Ask again and again in all ways, and check what comes."""
    await repeat(client, {kept: 12, alone: 5, pipelined: 2, large: 2, reading_slowly: 1})


async def streaming(client: Client) -> None:
    """Send and take streams again and again."""
    await repeat(client, {lines: 3, in_turn: 3, events: 2})


# --- whole answers ----------------------------------------------------------------------------


async def kept(client: Client) -> None:
    """Many requests on one connection."""
    connection = await _connected(client)
    try:
        for _ in range(client.chance.randrange(1, 300)):
            if await _exchange(client, connection, _text(client, 20)):
                break
    finally:
        connection.close()


async def alone(client: Client) -> None:
    """A connection for one request."""
    connection = await _connected(client)
    try:
        if not await _exchange(client, connection, _text(client, 20), close=True):
            client.ledger.fault(f"{client.name}: a connection was kept though it was to be closed")
    finally:
        connection.close()


async def large(client: Client) -> None:
    """A large text there and back."""
    connection = await _connected(client)
    try:
        await _exchange(client, connection, _text(client, 1 << client.chance.randrange(10, 20)))
    finally:
        connection.close()


async def pipelined(client: Client) -> None:
    """Several requests at once, whose answers come in order, and nothing after them."""
    connection = await _connected(client)
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
    connection = await _connected(client, window=8192)
    pair = _text(client, 1 << 18)
    try:
        client.ledger.count("asked")
        await connection.send(_asking(pair, close=True))
        await asyncio.sleep(client.chance.random())
        _check(client, await _answered(client, connection), pair)
    finally:
        connection.close()


async def _connected(client: Client, *, window: int = 0) -> Connection:
    """A connection, which is there until the service stops."""
    try:
        return await client.connect(window=window)
    except Broken as broken:
        if client.ledger.stopping is None:
            client.ledger.fault(f"{client.name}: {broken}")
        raise


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
        raise _lost(client, connection, error) from error


def _lost(client: Client, connection: Connection, error: Exception) -> Broken:
    """Write down that an answer was lost, unless that is excused."""
    if isinstance(error, Broken) and connection.excused:
        client.ledger.count(LOST)
        return error
    client.ledger.fault(f"{client.name}: no answer: {error}")
    return Broken(str(error))


def _text(client: Client, size: int) -> tuple[str, str]:
    """Two texts, of which the first is nobody else's."""
    number = client.ledger.counts["asked"]
    return f"{client.name}/{number}/{client.chance.getrandbits(64):x}", "é" * size


def _asking(pair: tuple[str, str], *, close: bool = False) -> bytes:
    left, right = pair
    return request(_CONCAT, json.dumps({"left": left, "right": right}).encode(), close=close)


def _check(client: Client, answer: Answer, pair: tuple[str, str]) -> None:
    wanted = {"output": "".join(pair)}
    if answer.status != 200 or _json(answer.body) != wanted:
        text = answer.body[:300]
        client.ledger.fault(f"{client.name}: asked for {pair[0]!r}, got {answer.status} {text!r}")
        return
    client.ledger.count("answered")
    client.ledger.answered = time.monotonic()


def _json(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


# --- streams ----------------------------------------------------------------------------------


async def lines(client: Client) -> None:
    """Many lines, most of which are sent before the first is read."""
    sent = _words(client, 300)

    async def send(connection: Connection) -> None:
        for at in range(0, len(sent), 50):
            await connection.send(_chunk(sent[at : at + 50]))
        connection.write(_NULL)

    await _stream(client, sent, send, accept=_LINES)


async def in_turn(client: Client) -> None:
    """Line by line: each comes back before the next is sent."""
    connection = await _connected(client)
    sent = _words(client, 20)
    try:
        await connection.send(_stream_head(_LINES) + _chunk(sent[:1]))
        found = _elements(await _stream_began(client, connection), connection)
        async with aclosing(found):  # type: ignore[type-var]
            for number, word in enumerate(sent):
                got = await anext(found, None)
                if not _same(client, connection, got, word):
                    return
                following = sent[number + 1 : number + 2]
                await connection.send(_chunk(following) if following else _NULL)
            _ends(client, connection, await anext(found, None))
    except Stopped:
        return
    except (Broken, Wrong) as error:
        raise _lost(client, connection, error) from error
    finally:
        connection.close()


async def events(client: Client) -> None:
    """The same as events, as browsers take them."""
    sent = _words(client, 100)

    async def send(connection: Connection) -> None:
        await connection.send(_chunk(sent) + _NULL)

    await _stream(client, sent, send, accept=_EVENTS)


async def _stream(
    client: Client,
    sent: list[str],
    send: Callable[[Connection], Awaitable[None]],
    *,
    accept: str,
) -> None:
    connection = await _connected(client)
    try:
        await connection.send(_stream_head(accept))
        sending = asyncio.ensure_future(send(connection))
        try:
            found = _elements(await _stream_began(client, connection), connection)
            async with aclosing(found):  # type: ignore[type-var]
                for word in sent:
                    if not _same(client, connection, await anext(found, None), word):
                        return
                _ends(client, connection, await anext(found, None))
        finally:
            await sending
    except Stopped:
        return
    except (Broken, Wrong) as error:
        raise _lost(client, connection, error) from error
    finally:
        connection.close()


def _words(client: Client, most: int) -> list[str]:
    start = client.chance.getrandbits(64)
    return [f"{client.name}/{start:x}/{n}" for n in range(client.chance.randrange(1, most))]


def _stream_head(accept: str) -> bytes:
    lines = (f"POST {_SHOUT} HTTP/1.1", "host: soak", f"accept: {accept}")
    more = (f"content-type: {_LINES}", "transfer-encoding: chunked")
    return "\r\n".join((*lines, *more, "", "")).encode()


def _chunk(words: list[str]) -> bytes:
    content = "".join(f"{json.dumps(word)}\n" for word in words).encode()
    return b"%x\r\n%b\r\n" % (len(content), content)


async def _stream_began(client: Client, connection: Connection) -> str:
    """The type of the answer. Raises `Stopped` besides what reading raises."""
    head = await connection.head()
    if head.status == 503 and client.ledger.ends_streams(connection.began):
        client.ledger.count("streams ended by a stop")
        raise Stopped
    type_ = head.headers.get("content-type", "")
    if head.status != 200 or type_ not in (_LINES, _EVENTS):
        raise Wrong(f"a stream began with {head}")
    client.ledger.count("streams begun")
    return type_


async def _elements(type_: str, connection: Connection) -> AsyncIterator[Any]:
    """What comes in a stream, whatever its form: the JSON of each line or event."""
    end, prefix = (b"\n", b"") if type_ == _LINES else (b"\n\n", b"data: ")
    rest = b""
    async with aclosing(connection.chunks()) as chunks:  # type: ignore[type-var]
        async for chunk in chunks:
            *complete, rest = (rest + chunk).split(end)
            for each in complete:
                data = each[each.find(prefix) + len(prefix) :] if prefix in each else b""
                if data:
                    yield _json(data)
    if rest:
        raise Wrong(f"a stream ended within {rest[:200]!r}")


def _same(client: Client, connection: Connection, got: Any, word: str) -> bool:
    """Whether it goes on: the next element has come, and not the end that a stopping server makes."""
    if got == {"output": f"{word}!"}:
        client.ledger.count("elements")
        return True
    _ended(client, connection, got, f"{word!r}")
    return False


def _ends(client: Client, connection: Connection, got: Any) -> None:
    if got in (None, {}):
        client.ledger.count("streams ended")
    else:
        _ended(client, connection, got, "the end")


def _ended(client: Client, connection: Connection, got: Any, instead: str) -> None:
    if client.ledger.ends_streams(connection.began) and _tells_of_stop(got):
        client.ledger.count("streams ended by a stop")
    else:
        client.ledger.fault(f"{client.name}: a stream had {got!r} in place of {instead}")


def _tells_of_stop(got: Any) -> bool:
    """A line that says so, or, of events, an end without the event that tells of the real one."""
    said = got.get("<error>", {}) if isinstance(got, dict) else {}
    return got is None or "stops" in str(said.get("detail", ""))
