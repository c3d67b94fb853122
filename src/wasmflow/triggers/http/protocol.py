"""One connection: uvicorn's protocol, with limits on what a client may send and how long it may take.

The protocol only notes when something moved; `Watchman` looks at all connections once a second, so
that no request costs a timer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus
from typing import Any, Final, cast

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from wasmflow.triggers.http.limits import ServerLimits
from wasmflow.triggers.http.lingering import Lingering
from wasmflow.triggers.http.problems import Refused, problem_response
from wasmflow.triggers.http.request import CUT
from wasmflow.triggers.http.socket_protocol import SocketConnection

#: Seconds between two looks at all connections.
PERIOD: Final = 1.0


class Connection(HttpToolsProtocol):
    """A connection that is refused when its client sends too much, too little or nonsense."""

    #: Set by `connections` below.
    limits: ServerLimits
    clock: Callable[[], float]

    def __init__(self, config: Config, server_state: ServerState, **more: Any) -> None:
        super().__init__(config, server_state, {}, **more)
        #: When the client sent something last, or the server began to wait for it.
        self.heard = self.clock()
        #: Bytes of the first line and headers that have come; ``None`` while a body comes or none is due.
        self.head: int | None = 0
        #: When the first of these came.
        self.began = self.heard
        #: Whether the answer to the next request is the last, since the server stops.
        self.last = False
        #: Bytes that the client has not taken, and since when there are as many.
        self.untaken = (0, self.heard)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._lingering = Lingering(transport, self.loop)
        super().connection_made(cast(asyncio.Transport, self._lingering))
        if len(self.connections) > self.limits.connections:
            self.refuse(503, "there are too many connections")

    def connection_lost(self, exc: Exception | None) -> None:
        self._lingering.lost()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self.heard = self.clock()
        if self.transport.is_closing():
            return
        if self.head is not None:
            self.began = self.began if self.head else self.heard
            self.head += len(data)
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._upgrade()
        except httptools.HttpParserError:
            self.refuse(400, "this is not HTTP")
            return
        if self.head is not None and self.head > self.limits.headers:
            self.refuse(431, f"the headers have more than {self.limits.headers:,} bytes")

    def _upgrade(self) -> None:
        if self._should_upgrade():
            self.handle_websocket_upgrade()
        else:
            self.refuse(400, "the connection can become a WebSocket, and nothing else")

    def on_message_begin(self) -> None:
        if self.head is None:
            self.head = 0
        super().on_message_begin()
        self.scope["extensions"] = {CUT: self.cut}  # type: ignore[dict-item]

    def on_headers_complete(self) -> None:
        size = sum(len(name) + len(value) for name, value in self.headers) + len(self.url)
        self.head = None
        if size > self.limits.headers:
            self.refuse(431, f"the headers have more than {self.limits.headers:,} bytes")
            return
        super().on_headers_complete()
        if self.last:
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        if not self.transport.is_closing():
            super().on_message_complete()

    def on_body(self, body: bytes) -> None:
        if not self.transport.is_closing():
            super().on_body(body)

    def refuse(self, status: int, detail: str) -> None:
        """Answer what no application is asked for, and close the connection."""
        running = self.running
        if running is None or not running.response_started:
            self.transport.write(_written(status, detail, self.server_state.default_headers))
        self._leave()
        self.transport.close()

    def cut(self) -> None:
        """Break off the answer that has begun."""
        self._leave()
        self.transport.close()

    def _leave(self) -> None:
        """Tell who answers that nobody listens any more."""
        if self.running is not None:
            self.running.disconnected = True
            self.running.message_event.set()

    # --- for the watchman ---

    @property
    def running(self) -> RequestResponseCycle | None:
        """The request that has not been answered yet."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle if cycle is not None and not cycle.response_complete else None

    def look(self, now: float) -> None:
        """Refuse a client that is too slow."""
        size = self.transport.get_write_buffer_size()
        if size != self.untaken[0]:
            self.untaken = (size, now)
        if size and now - self.untaken[1] > self.limits.body_seconds:
            self.transport.abort()
            return
        if not self.transport.is_closing():
            self._look_at_request(now)

    def _look_at_request(self, now: float) -> None:
        silent, running = now - self.heard, self.running
        if running is not None:
            waits = running.more_body and not self.flow.read_paused
            if waits and silent > self.limits.body_seconds:
                self.refuse(408, "the body did not come in time")
        elif self.head:
            if now - self.began > self.limits.header_seconds:
                self.refuse(408, "the headers did not come in time")
        elif self.timeout_keep_alive_task is None and silent > self.limits.idle_seconds:
            # The first request of a connection; for later ones uvicorn waits.
            self.transport.close()


def _written(status: int, detail: str, defaults: list[tuple[bytes, bytes]]) -> bytes:
    response = problem_response(Refused(status, detail))
    body = response.body
    headers = [
        *defaults,
        *response.headers,
        (b"content-length", b"%d" % len(body)),  # type: ignore[arg-type]
        (b"connection", b"close"),
    ]
    lines = [b"HTTP/1.1 %d %s" % (status, HTTPStatus(status).phrase.encode())]
    lines += [name + b": " + value for name, value in headers]
    return b"\r\n".join([*lines, b"", b""]) + body  # type: ignore[operator]


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
