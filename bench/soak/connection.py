"""A client's connection, which reads answers strictly and knows why it may break."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from bench.soak.ledger import IDLE, Ledger

#: Seconds in which anything has to happen: workers that die often are replaced after half a minute.
PATIENCE: Final = 100.0
_LONGEST_HEAD: Final = 1 << 16
_HEAD_END: Final = b"\r\n\r\n"
#: `tcp_info.tcpi_state` of a connection that is open at both ends.
_ESTABLISHED: Final = 1


class Broken(Exception):
    """The connection ended before the answer did, or could not be made."""


class Wrong(Exception):
    """The answer is not what it has to be."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The head of an answer, and its body where that has a length."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def last(self) -> bool:
        """Whether nothing comes after it on its connection."""
        return self.headers.get("connection") == "close"


class Connection:
    """A connection to the service. Left by `close` or `reset`."""

    def __init__(
        self,
        ledger: Ledger,
        began: float,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.began = began
        self._ledger = ledger
        self._reader = reader
        self._writer = writer
        self._socket: socket.socket = writer.get_extra_info("socket")
        self._port: int = writer.get_extra_info("sockname")[1]
        #: When it was used last, and the longest that it was idle before that.
        self._used = began
        self._idle = 0.0
        self._answered = False

    @classmethod
    async def open(cls, port: int, ledger: Ledger, *, window: int = 0) -> Connection:
        """Connect, with a receive buffer of so many bytes if one is given. Raises `Broken`."""
        began = time.monotonic()
        made = socket.socket()
        made.setblocking(False)
        if window:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        try:
            async with asyncio.timeout(PATIENCE):
                await asyncio.get_running_loop().sock_connect(made, ("127.0.0.1", port))
                reader, writer = await asyncio.open_connection(sock=made, limit=_LONGEST_HEAD)
        except (OSError, TimeoutError) as error:
            made.close()
            raise Broken(f"no connection: {type(error).__name__}: {error}") from error
        return cls(ledger, began, reader, writer)

    @property
    def excused(self) -> bool:
        """Whether it may break: its worker was killed, or the server stops and it was idle for long."""
        if self._ledger.was_cut(self._port, self.began):
            return True
        return self._ledger.ends_streams(self.began) and (not self._answered or self._idle > IDLE)

    @property
    def open_at_both_ends(self) -> bool:
        """Whether the server keeps the connection, as the kernel sees it, without reading."""
        try:
            state = self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
        except (OSError, ValueError):
            return False
        return state == _ESTABLISHED

    # --- sending ---

    def write(self, content: bytes) -> None:
        """Send without waiting. If the server has left, that is noticed by who reads."""
        now = time.monotonic()
        self._idle, self._used = max(self._idle, now - self._used), now
        if not self._writer.is_closing():
            self._writer.write(content)

    async def send(self, content: bytes) -> None:
        """Send when the server takes it. What the answer to it tells is for whoever reads that."""
        self.write(content)
        with suppress(OSError):
            async with asyncio.timeout(PATIENCE):
                await self._writer.drain()

    def finish(self) -> None:
        """Say that nothing more comes."""
        with suppress(OSError):
            self._writer.write_eof()

    # --- reading ---

    async def head(self) -> Answer:
        """The head of an answer. Raises `Broken`, or `Wrong` for what is no HTTP."""
        while True:
            answer = _head(await self._until(_HEAD_END))
            if answer.status != 100:
                self._answered = True
                return answer

    async def answer(self) -> Answer:
        """A whole answer, whose body has a length or chunks. Raises as `head` does."""
        head = await self.head()
        if "content-length" in head.headers:
            body = await self._exactly(int(head.headers["content-length"]))
        elif head.headers.get("transfer-encoding") == "chunked":
            body = b"".join([chunk async for chunk in self.chunks()])
        elif head.status in (204, 304):
            body = b""
        else:
            raise Wrong(f"a body without a length: {head}")
        return Answer(head.status, head.headers, body)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The chunks of a body. Raises `Broken` if it ends before its end."""
        while size := int(await self._until(b"\r\n"), 16):
            yield (await self._exactly(size + 2))[:-2]
        await self._until(b"\r\n")

    async def ended(self) -> bool:
        """Whether nothing more comes: reads what is left. Raises `Broken` if it was reset."""
        return not await self._reading(self._reader.read(_LONGEST_HEAD))

    async def _until(self, mark: bytes) -> bytes:
        return await self._reading(self._reader.readuntil(mark))

    async def _exactly(self, size: int) -> bytes:
        return await self._reading(self._reader.readexactly(size))

    async def _reading(self, reading: object) -> bytes:
        try:
            async with asyncio.timeout(PATIENCE):
                return await reading  # type: ignore[misc, no-any-return]
        except asyncio.IncompleteReadError as error:
            raise Broken(f"closed, after {len(error.partial)} bytes of what was read") from error
        except asyncio.LimitOverrunError as error:
            raise Wrong("a head without an end") from error
        except TimeoutError as error:
            raise Wrong(f"nothing came for {PATIENCE:.0f} s") from error
        except OSError as error:
            raise Broken(f"{type(error).__name__}") from error

    # --- leaving ---

    def close(self) -> None:
        """Leave in order."""
        self._writer.close()

    def reset(self) -> None:
        """Leave at once, so that the kernel tells the server of a reset."""
        with suppress(OSError, ValueError):  # it is closed already
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


def _head(text: bytes) -> Answer:
    try:
        first, *lines = text[: -len(_HEAD_END)].decode("latin-1").split("\r\n")
        version, status, _phrase = first.split(" ", 2)
        headers = dict(line.lower().split(": ", 1) for line in lines)
    except ValueError as error:
        raise Wrong(f"no head of HTTP: {text[:200]!r}") from error
    if version != "HTTP/1.1":
        raise Wrong(f"no head of HTTP: {text[:200]!r}")
    return Answer(int(status), headers)


def request(
    path: str,
    body: bytes = b"",
    *,
    method: str = "POST",
    type_: str = "application/json",
    close: bool = False,
) -> bytes:
    """A whole request."""
    lines = [f"{method} {path} HTTP/1.1", "host: soak", f"content-length: {len(body)}"]
    lines += [f"content-type: {type_}"] if body else []
    lines += ["connection: close"] if close else []
    return "\r\n".join(lines).encode() + _HEAD_END + body
