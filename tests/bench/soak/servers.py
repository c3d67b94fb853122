"""Servers that are easily seen through, for the clients of the soak."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

from bench.soak.clients import Client
from bench.soak.ledger import Ledger

#: From the body of a request to all that a server sends.
Answering: TypeAlias = Callable[[bytes], bytes]


@asynccontextmanager
async def asking(answering: Answering) -> AsyncIterator[Client]:
    """A client of a server that answers one request of a connection, and leaves."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        body = await reader.readexactly(int(length)) if length else b""
        writer.write(answering(body))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    chance = random.Random(1)  # noqa: S311  it is to be repeated
    try:
        yield Client("client", port, Ledger(), chance, asyncio.Event())
    finally:
        server.close()
        await server.wait_closed()


def answer(body: bytes, status: int = 200) -> bytes:
    """The last answer of a connection."""
    head = f"HTTP/1.1 {status} .\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    return head.encode() + body
