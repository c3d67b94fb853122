"""Accepts connections that begin with a handshake of TLS.

An event loop that does this by itself tells of a connection only when its handshake is done, so that any
number of them could be under way. `server` opens it, and counts them.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from ssl import SSLContext
from typing import Final

from wasmflow.triggers.http.lingering import MOMENT

_LOG: Final = logging.getLogger(__name__)

#: Seconds until a connection is accepted again where none could be: there are too many open files, say.
_RETRY: Final = 1.0


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which handshakes are begun."""

    context: SSLContext
    #: Seconds that one may take.
    seconds: float
    #: Makes what reads and answers a connection.
    connect: Callable[[], asyncio.Protocol]
    #: Whether one more connection may be opened.
    room: Callable[[], bool]


class Handshakes:
    """Accepts the connections of a socket, which it owns, until it is closed."""

    def __init__(self, listening: socket.socket, terms: Terms) -> None:
        listening.setblocking(False)
        self._listening = listening
        self._terms = terms
        self._under_way: set[asyncio.Task[None]] = set()
        self._accepting = asyncio.create_task(self._accept(), name="accepting")

    def __len__(self) -> int:
        """Connections whose handshake is under way."""
        return len(self._under_way)

    def close(self) -> None:
        """Accept nothing more. Safe to call twice."""
        self._accepting.cancel()

    async def aclose(self) -> None:
        """Break off what is under way, too."""
        self.close()
        tasks = {self._accepting, *self._under_way}
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        with self._listening:
            while True:
                try:
                    connection, _ = await loop.sock_accept(self._listening)
                except OSError as error:
                    _LOG.error("cannot accept a connection: %s", error)
                    await asyncio.sleep(_RETRY)
                    continue
                if self._terms.room():
                    self._begin(connection)
                else:
                    connection.close()
                await asyncio.sleep(0)  # where the next is there already, nobody else had a turn

    def _begin(self, connection: socket.socket) -> None:
        task = asyncio.create_task(self._shake(connection), name="handshake")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _shake(self, connection: socket.socket) -> None:
        with suppress(OSError):  # of the client, as all that is wrong with TLS
            await asyncio.get_running_loop().connect_accepted_socket(
                self._terms.connect,
                connection,
                ssl=self._terms.context,
                ssl_handshake_timeout=self._terms.seconds,
                ssl_shutdown_timeout=2 * MOMENT,
            )
