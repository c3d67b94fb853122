"""Who looks at all connections of a server, once in a while, so that no request costs a timer.

Each connection knows what it does with a client that is too slow.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from email.utils import formatdate
from typing import Final

from uvicorn.server import ServerState

from wasmflow.triggers.http.protocol import Connection
from wasmflow.triggers.http.socket_protocol import SocketConnection

#: Seconds between two looks at all connections.
PERIOD: Final = 1.0


class Watchman:
    """Looks after all connections of a server, and keeps the date that responses bear."""

    def __init__(self, state: ServerState, clock: Callable[[], float]) -> None:
        self._state = state
        self._clock = clock

    def look(self) -> None:
        """Look at every connection."""
        date = formatdate(usegmt=True).encode()
        self._state.default_headers[:] = [(b"date", date)]
        now = self._clock()
        for connection in list(self._state.connections):
            if isinstance(connection, Connection | SocketConnection):
                connection.look(now)

    async def watch(self) -> None:
        """Look once in a while, for ever.

        Where the worker itself stood still, what clients sent meanwhile is read after this has its turn:
        so it looks the next time.
        """
        looked = self._clock()
        while True:
            await asyncio.sleep(PERIOD)
            before, looked = looked, self._clock()
            if looked - before < 2 * PERIOD:
                self.look()
