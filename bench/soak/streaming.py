"""Clients that behave, and check every element of streams: as lines and as events, at once and in turn."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, Final

from bench.soak.clients import Client, connected, json_of, lost, repeat
from bench.soak.connection import Broken, Connection, Wrong

_SHOUT: Final = "/components/shout"
_LINES: Final = "application/x-ndjson"
_EVENTS: Final = "text/event-stream"
#: The end of chunks.
_NULL: Final = b"0\r\n\r\n"


class Stopped(Exception):
    """The service stops, and said so in place of a stream."""


async def streaming(client: Client) -> None:
    """Send and take streams again and again."""
    await repeat(client, {lines: 3, in_turn: 3, events: 2})


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
    connection = await connected(client)
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
        raise lost(client, connection, error) from error
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
    connection = await connected(client)
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
        raise lost(client, connection, error) from error
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
                    yield json_of(data)
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
