"""One end of the pair of sockets between a supervisor and a worker."""

from __future__ import annotations

import asyncio
import socket
from typing import Final, Generic, TypeVar

import msgspec

from wasmflow.service.messages import LONGEST, Message, ToSupervisor, ToWorker

M = TypeVar("M")

#: What each end reads.
WORKER: Final[msgspec.json.Decoder[ToWorker]] = msgspec.json.Decoder(ToWorker)
SUPERVISOR: Final[msgspec.json.Decoder[ToSupervisor]] = msgspec.json.Decoder(ToSupervisor)
_encode: Final = msgspec.json.Encoder().encode


def line_of(message: Message) -> bytes:
    """A message as it is sent. Raises ``ValueError`` for one that is too long."""
    line = _encode(message) + b"\n"
    if len(line) > LONGEST:
        raise ValueError(f"a message of {len(line):,} bytes is too long")
    return line


class Channel(Generic[M]):
    """Messages to and from the process at the other end. Closed by whoever opened it."""

    def __init__(
        self,
        decoder: msgspec.json.Decoder[M],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._decoder = decoder
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, decoder: msgspec.json.Decoder[M], end: socket.socket) -> Channel[M]:
        """Use this end of the pair from now on."""
        reader, writer = await asyncio.open_unix_connection(sock=end, limit=LONGEST)
        return cls(decoder, reader, writer)

    def send(self, message: Message) -> None:
        """Send without waiting. If the other process has gone, that is noticed by who receives."""
        if not self._writer.is_closing():
            self._writer.write(line_of(message))

    async def receive(self) -> M | None:
        """The next message; ``None`` when the other process has gone, or talks nonsense."""
        try:
            line = await self._reader.readline()
            return self._decoder.decode(line) if line.endswith(b"\n") else None
        except (OSError, ValueError, msgspec.MsgspecError):
            return None

    async def aclose(self) -> None:
        """Send what has not been sent, and close."""
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except OSError:  # the other process has gone
            return


def pair() -> tuple[socket.socket, socket.socket]:
    """The two ends: of the supervisor, and of the worker."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    return ours, theirs
