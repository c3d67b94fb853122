"""Clients that misbehave: they stall, vanish and send garbage. Each says how it may be answered.

What it comes to is the status of the answer, ``closed`` for none, or ``left`` where the client went first.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from bench.soak.clients import Client
from bench.soak.connection import Broken, Connection, Wrong, request
from bench.soak.service import BODY, HEADERS

#: Seconds after which a server that still keeps a stalled client has forgotten it.
_FORGOTTEN: Final = 60.0
_PATH: Final = "/components/victim"
_GOOD: Final = request(_PATH, b'{"left":"a","right":"b"}')
_HEAD: Final = b"POST /components/victim HTTP/1.1\r\nhost: soak\r\n"
_STREAM: Final = (
    b"POST /components/shout HTTP/1.1\r\nhost: soak\r\n"
    b"content-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n"
)

Turn: TypeAlias = Callable[[Client, Connection], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Rudeness:
    """One way to misbehave."""

    name: str
    turn: Turn
    #: What it may come to.
    allowed: frozenset[str]
    #: Bytes that the client's side holds unread; 0 for the usual.
    window: int = 0


async def rude(client: Client) -> None:
    """Misbehave in all ways, again and again, in some order."""
    while not client.over.is_set():
        rudeness = client.chance.choice(RUDENESSES)
        try:
            connection = await client.connect(window=rudeness.window)
        except Broken as broken:
            if client.ledger.stopping is None:
                client.ledger.fault(f"{rudeness.name}: {broken}")
            await asyncio.sleep(0.05)
            continue
        await misbehave(client, rudeness, connection)


async def misbehave(client: Client, rudeness: Rudeness, connection: Connection) -> None:
    """Misbehave once, and leave. It is a fault if that came to what it may not."""
    try:
        came = await rudeness.turn(client, connection)
    except Broken as broken:
        came = f"broken: {broken}"
    except Wrong as wrong:
        came = f"wrong: {wrong}"
    finally:
        connection.reset()
    client.ledger.count(f"rude: {rudeness.name}")
    if came not in rudeness.allowed and not connection.excused:
        client.ledger.fault(f"{rudeness.name}: {came}; may be {sorted(rudeness.allowed)}")


async def _status(connection: Connection) -> str:
    """The status of the answer, and the end of the connection behind it if it is the last."""
    try:
        answer = await connection.answer()
    except Broken:
        return "closed"
    if answer.status >= 400:
        told = json.loads(answer.body or b"{}")
        if told.get("status") != answer.status or "title" not in told:
            raise Wrong(f"{answer.status} with {answer.body[:200]!r}")
    if answer.last and not await connection.ended():
        raise Wrong("something after the last answer")
    return str(answer.status)


# --- stalling ---------------------------------------------------------------------------------


def _says(content: bytes) -> Turn:
    """Say this, and wait for what comes."""

    async def turn(_client: Client, connection: Connection) -> str:
        connection.write(content)
        return await _status(connection)

    return turn


async def _drip(_client: Client, connection: Connection) -> str:
    """Headers, byte by byte, for longer than they may take."""
    answering = asyncio.ensure_future(_status(connection))
    try:
        for at in range(1000):
            if answering.done():
                break
            connection.write(b"%c" % (_HEAD + b"x-slow: " + b"y" * 1000)[at])
            await asyncio.wait((answering,), timeout=0.05)
        return await answering
    finally:
        answering.cancel()


async def _slow_body(_client: Client, connection: Connection) -> str:
    """A body that comes slowly, but never stops for long, is read to its end."""
    body = b'{"left":"a","right":"b"}'
    connection.write(_HEAD + b"content-type: application/json\r\ncontent-length: 24\r\n\r\n")
    for at in range(len(body)):
        connection.write(body[at : at + 1])
        await asyncio.sleep(0.1)
    return await _status(connection)


async def _never_reads(_client: Client, connection: Connection) -> str:
    """Ask for much, and take nothing of it: the server gives up."""
    text = json.dumps({"left": "x" * (6 << 20), "right": ""}).encode()
    await connection.send(request(_PATH, text))
    async with asyncio.timeout(_FORGOTTEN):
        while connection.open_at_both_ends:  # noqa: ASYNC110  no event tells
            await asyncio.sleep(0.1)
    return "closed"


def _forgotten(turn: Turn) -> Turn:
    """A turn after which the server must have let go of the connection, within a time."""

    async def timed(client: Client, connection: Connection) -> str:
        try:
            async with asyncio.timeout(_FORGOTTEN):
                return await turn(client, connection)
        except TimeoutError:
            return f"kept for {_FORGOTTEN:.0f} s"

    return timed


# --- vanishing --------------------------------------------------------------------------------


def _vanishes(content: bytes, *, after: float = 0.0, reset: bool) -> Turn:
    """Say this, and leave before what comes."""

    async def turn(client: Client, connection: Connection) -> str:
        await connection.send(content)
        await asyncio.sleep(client.chance.random() * after)
        (connection.reset if reset else connection.close)()
        return "left"

    return turn


async def _leaves_within_answer(client: Client, connection: Connection) -> str:
    text = json.dumps({"left": "x" * (2 << 20), "right": ""}).encode()
    await connection.send(request(_PATH, text))
    head = await connection.head()
    (connection.reset if client.chance.random() < 0.5 else connection.close)()
    return "left" if head.status == 200 else str(head.status)


async def _leaves_within_stream(client: Client, connection: Connection) -> str:
    content = b'"a"\n' * client.chance.randrange(1, 2000)
    await connection.send(_STREAM + b"%x\r\n%b\r\n" % (len(content), content))
    head = await connection.head()
    (connection.reset if client.chance.random() < 0.5 else connection.close)()
    return "left" if head.status == 200 else str(head.status)


async def _says_half_is_all(_client: Client, connection: Connection) -> str:
    """Half of a request, and the end of what the client sends."""
    connection.write(_HEAD + b"content-length: 100\r\n\r\n{")
    connection.finish()
    return await _status(connection)


# --- garbage ----------------------------------------------------------------------------------


async def _random_bytes(client: Client, connection: Connection) -> str:
    # A first byte that no method begins with: others may be the beginning of something.
    await connection.send(b"\x00" + client.chance.randbytes(client.chance.randrange(1, 4000)))
    return await _status(connection)


async def _random_within(client: Client, connection: Connection) -> str:
    """A request of which some bytes are others. It may mean anything, even something good."""
    content = bytearray(_GOOD)
    for _ in range(client.chance.randrange(1, 5)):
        content[client.chance.randrange(len(content))] = client.chance.randrange(256)
    connection.write(bytes(content))
    return await _status(connection)


async def _too_large(_client: Client, connection: Connection) -> str:
    """A body without an end."""
    connection.write(
        _HEAD + b"content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    answering = asyncio.ensure_future(_status(connection))
    chunk = b"%x\r\n%b\r\n" % (1 << 20, b" " * (1 << 20))
    try:
        for _ in range(2 * BODY >> 20):
            if answering.done():
                break
            await connection.send(chunk)
        return await answering
    finally:
        answering.cancel()


_HELLO: Final = bytes.fromhex("16030100c6010000c20303") + bytes(180)
_BROKEN: Final = {
    "another version": b"GET / HTTP/9.9\r\n\r\n",
    "no number for a length": _HEAD + b"content-length: many\r\n\r\n",
    "two lengths": _HEAD + b"content-length: 2\r\ncontent-length: 3\r\n\r\nabc",
    "a length and chunks": _HEAD + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\nab",
    "no number for a chunk": _HEAD + b"transfer-encoding: chunked\r\n\r\nxyz\r\n",
    "a header without a colon": _HEAD + b"colon\r\n\r\n",
    "a header with a NUL": _HEAD + b"a: \x00\r\n\r\n",
    "TLS": _HELLO,
}
_REFUSED: Final = {
    "broken JSON": (request(_PATH, b'{"left":'), "400"),
    "a wrong type": (request(_PATH, b'{"left":1,"right":"b"}'), "422"),
    "a missing input": (request(_PATH, b'{"left":"a"}'), "422"),
    "deep JSON": (request(_PATH, b"[" * 100_000), "400"),
    "a page that is not there": (request("/nothing"), "404"),
    "another method": (request(_PATH, method="DELETE"), "405"),
    "another content": (request(_PATH, b"\x00", type_="image/png"), "415"),
    "a guest that never ends": (request("/components/spin", b'{"left":"a"}'), "504"),
    "a guest that breaks": (request("/components/break", b'{"left":"a"}'), "500"),
    "a guest that says no": (request("/components/refuse", b'{"left":"a"}'), "422"),
}


def _one(name: str, turn: Turn, *allowed: str, window: int = 0) -> Rudeness:
    return Rudeness(name, _forgotten(turn), frozenset(allowed), window)


_ANY_REFUSAL: Final = tuple(str(status) for status in range(400, 432))

RUDENESSES: Final = (
    _one("says nothing", _says(b""), "closed"),
    _one("stalls in the first line", _says(b"POST /comp"), "408"),
    _one("stalls in headers", _says(_HEAD + b"x-a"), "408"),
    _one("stalls in a body", _says(_HEAD + b"content-length: 100\r\n\r\n{"), "408"),
    _one("stalls in a stream", _says(_STREAM + b'4\r\n"a"\n\r\n'), "200", "408", "closed"),
    _one("stalls in an answer", _never_reads, "closed", window=4096),
    _one("headers byte by byte", _drip, "408"),
    _one("a body byte by byte", _slow_body, "200"),
    _one("leaves at once", _vanishes(b"", reset=True), "left"),
    _one("leaves in headers", _vanishes(_HEAD, reset=True), "left"),
    _one("leaves in headers, in order", _vanishes(_HEAD, reset=False), "left"),
    _one("leaves in a body", _vanishes(_GOOD[:-5], after=0.1, reset=True), "left"),
    _one("leaves in a body, in order", _vanishes(_GOOD[:-5], after=0.1, reset=False), "left"),
    _one("leaves before the answer", _vanishes(_GOOD, after=0.01, reset=True), "left"),
    _one("leaves before many answers", _vanishes(_GOOD * 50, after=0.05, reset=True), "left"),
    _one(
        "leaves a guest that never ends",
        _vanishes(_REFUSED["a guest that never ends"][0], after=0.3, reset=True),
        "left",
    ),
    _one("leaves within an answer", _leaves_within_answer, "left"),
    _one("leaves within a stream", _leaves_within_stream, "left"),
    _one("half a request is all", _says_half_is_all, "400", "408", "closed"),
    _one("random bytes", _random_bytes, "400"),
    _one("random bytes within", _random_within, "200", "405", "closed", *_ANY_REFUSAL),
    _one("huge headers", _says(_HEAD + b"x: " + b"y" * (2 * HEADERS) + b"\r\n\r\n"), "431"),
    _one("headers without end", _says(_HEAD + b"x: y\r\n" * HEADERS), "431"),
    _one("a body without end", _too_large, "413"),
    *(_one(name, _says(content), "400") for name, content in _BROKEN.items()),
    *(_one(name, _says(content), status) for name, (content, status) in _REFUSED.items()),
)
