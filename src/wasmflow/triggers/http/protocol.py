"""One connection: uvicorn's protocol, with limits on what a client may send and how long it may take.

The protocol only notes when something moved; `watchman` looks at all connections once a second, so
that no request costs a timer.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from functools import partial
from typing import Any, Final, cast

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from wasmflow.triggers.http.limits import ServerLimits
from wasmflow.triggers.http.lingering import (
    HALF_CLOSED,
    MOMENT,
    RESET,
    Lingering,
    Untaken,
    drop,
    state_of,
)
from wasmflow.triggers.http.refusal import BUG, CROWDED, STOPS, refusal
from wasmflow.triggers.http.request import CUT, LEAVING, WRITE
from wasmflow.triggers.http.response import Headers
from wasmflow.triggers.http.writing import usual

_LOG: Final = logging.getLogger(__name__)

#: Headers of a request for another protocol.
_OF_UPGRADES: Final = frozenset((b"http2-settings", b"upgrade"))
#: The target of a request that is for the server as such.
_SERVER: Final = b"*"
#: A target with a host, and what is within it.
_ABSOLUTE: Final = re.compile(rb"https?://([^/?#@]+)(.*)", re.IGNORECASE)
#: A name or address with or without a port. Source: RFC 3986, section 3.2.2.
_HOST: Final = re.compile(
    rb"(\[[\w.:~!$&'()*+,;=%-]+\]|([\w.~!$&'()*+,;=-]|%[0-9a-f]{2})*)(:[0-9]*)?", re.IGNORECASE
)
#: What is said of what no parser can read.
_NOT_HTTP: Final = 400, "this is not HTTP"
#: Bytes that come for each of a body, in chunks of one byte, and some to spare.
_CHUNKED: Final = 10
#: Bytes of a body from which on it is written by itself, rather than behind its headers in a copy.
_PIECE: Final = 1 << 16


class _Wrong(Exception):
    """A request that is not taken: its status, and what to say of it."""


class Connection(HttpToolsProtocol):
    """A connection that is refused when its client sends too much, too little or nonsense."""

    #: Set by `server`.
    limits: ServerLimits
    clock: Callable[[], float]
    #: Is set when the server stops: the next request is the last then.
    closing: asyncio.Event
    #: Headers that the manifest gives to all answers.
    constant: Headers = ()
    #: Is told of what is refused before the application could be asked.
    told: Callable[[int, str], None]

    def __init__(self, config: Config, server_state: ServerState, **more: Any) -> None:
        super().__init__(config, server_state, {}, **more)
        #: When the client sent something last, or the server began to wait for it.
        self.heard = self.clock()
        #: Bytes of the first line and headers that have come; ``None`` while a body comes or none is due.
        self.head: int | None = 0
        #: When the first of these came.
        self.began = self.heard
        #: The request that is being answered, or was last; those behind it wait in the pipeline.
        self.started: RequestResponseCycle | None = None
        #: Bytes that have come behind the headers of a request, and how many of them were its body.
        self.behind, self.body = 0, 0
        #: What is wrong with what came behind the requests that are answered: the last that is said.
        self.wrong: tuple[int, str] | None = None
        #: What is called when the client leaves.
        self.leaving: set[Callable[[], None]] = set()
        self.untaken = Untaken(self.heard)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._lingering = Lingering(transport, self.loop, self._patience)
        super().connection_made(cast(asyncio.Transport, self._lingering))
        if len(self.connections) > self.limits.connections:
            self.refuse(503, CROWDED)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lingering.lost()
        self._leave()
        super().connection_lost(exc)

    def eof_received(self) -> bool:  # type: ignore[override]
        """Whether the connection is kept: for a client that has asked, and says that this was all."""
        asked = self.running is not None and not (self.cycle.more_body or self.head)
        if not (asked and self._lingering.can_write_eof()) or self.transport.is_closing():
            return False
        self.cycle.keep_alive = False
        self._lingering.hear_end(self._probe)
        return True

    def _patience(self) -> float:
        """Streams end when their clients go, so those that are not sent anything are given a moment only."""
        running = self.running
        begun = running is not None and running.response_started
        return MOMENT if begun else self.limits.body_seconds

    def _probe(self) -> bytes:
        """What a client that waits for its answer must ignore, if there is such.

        Source: RFC 9110, section 15.2.
        """
        running = self.running
        if running is None or running.response_started or running.scope["http_version"] == "1.0":
            return b""
        return b"HTTP/1.1 102 Processing\r\n\r\n"

    def data_received(self, data: bytes) -> None:
        self.heard = self.clock()
        if self.transport.is_closing() or self.wrong is not None:
            return
        if self.head is not None:
            self.began = self.began if self.head else self.heard
            self.head += len(data)
        else:
            self.behind += len(data)
        try:
            self._feed(data)
        except httptools.HttpParserError as error:
            wrong = error.__context__
            self._refuse_read(*(wrong.args if isinstance(wrong, _Wrong) else _NOT_HTTP))
            return
        if self.head is not None and self.head > self.limits.headers:
            self._refuse_read(431, f"the headers have more than {self.limits.headers:,} bytes")
        elif self.behind > self.limits.headers + _CHUNKED * self.body:
            self._refuse_read(431, "there is too much around and behind the chunks of the body")

    def _feed(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            try:
                self.parser.feed_data(rest)
                return
            except httptools.HttpParserUpgrade as upgrade:
                rest = rest[upgrade.args[0] :]
            if self._should_upgrade():
                self.handle_websocket_upgrade()
                return
            self._read_plainly()

    def _should_upgrade(self) -> bool:
        """Whether a WebSocket begins: not in HTTP/1.0, nor where an answer is still to be sent before."""
        possible = self.parser.get_http_version() == "1.1" and self.running is None
        return possible and super()._should_upgrade()

    def _read_plainly(self) -> None:
        """Take a request that wants to be of a protocol that cannot be spoken here as one that does not.

        Source: RFC 9110, section 7.8. The parser would read no further than its headers.
        """
        version = self.parser.get_http_version().encode()
        lines = [b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, version)]
        lines += [b"%b: %b" % pair for pair in self.headers if pair[0] not in _OF_UPGRADES]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does
        self.parser.feed_data(b"\r\n".join([*lines, b"", b""]))

    def on_message_begin(self) -> None:
        if self.head is None:
            self.head = 0
        super().on_message_begin()
        self.behind = self.body = 0
        self.scope["extensions"] = {CUT: self.cut, LEAVING: self.leaving, WRITE: self.write}  # type: ignore[dict-item]

    def on_headers_complete(self) -> None:
        self.head = None
        if wrong := self._wrong():
            raise _Wrong(*wrong)  # the parser stops: what comes behind it is for nobody
        if not self.parser.should_upgrade() or self._should_upgrade():
            if not self.url.startswith(b"/"):
                self._take_host()
            if self.parser.get_http_version() == "1.0":
                self.expect_100_continue = False  # it would take that for the answer
            super().on_headers_complete()
            if self.closing.is_set():
                self.cycle.keep_alive = False
            if not self.parser.should_upgrade():
                # What comes behind the body must not become a header: whoever is in front of this server
                # has looked at these only.
                self.headers = []

    def _take_host(self) -> None:
        """Take the host of a target that has one for the header, as RFC 9112 says in section 3.2.2."""
        absolute = _ABSOLUTE.fullmatch(self.url)
        if absolute is None:
            return
        host, rest = absolute.groups()
        self.headers[:] = [each for each in self.headers if each[0] != b"host"]
        self.headers.append((b"host", host))
        wide = not rest and self.parser.get_method() == b"OPTIONS"
        self.url = _SERVER if wide else rest if rest.startswith(b"/") else b"/" + rest

    def _wrong(self) -> tuple[int, str] | None:
        """What is wrong with the first line and headers of a request: the status, and what to say."""
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        hosts = sum(name == b"host" for name, _ in self.headers)
        version = self.parser.get_http_version()
        if size > self.limits.headers:
            return 431, f"the headers have more than {self.limits.headers:,} bytes"
        if version not in ("1.0", "1.1"):
            return 505, "HTTP is spoken here in versions 1.0 and 1.1"
        if self.parser.get_method() == b"CONNECT":
            return 501, "there are no tunnels through this server"
        if hosts > 1 or (not hosts and version == "1.1"):
            return 400, "a request has one header 'host'"
        if any(name == b"host" and not _HOST.fullmatch(value) for name, value in self.headers):
            return 400, "the header 'host' is no name or address, with or without a port"
        if self.url == _SERVER and self.parser.get_method() != b"OPTIONS":
            return 400, "only OPTIONS asks for '*'"
        return None

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self.started = cycle
        if cycle.scope["raw_path"] == _SERVER:
            app = partial(_server_wide, self.constant)
        known = cycle.scope["http_version"] != "1.0"
        task = self.loop.create_task(self._answer(cycle, app if known else _unchunked(app, cycle)))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    async def _answer(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        """Have a request answered, in place of uvicorn, which would tell of a bug in its own words."""
        try:
            await app(cycle.scope, cycle.receive, cycle.send)
            if not (cycle.response_complete or cycle.disconnected):
                raise RuntimeError("a request was not answered to its end")
        except asyncio.CancelledError:
            self._give_up(cycle, 503, STOPS)
        except Exception:
            _LOG.exception(BUG)
            self._give_up(cycle, 500, BUG)
        finally:
            cycle.on_response = lambda: None

    def _give_up(self, cycle: RequestResponseCycle, status: int, detail: str) -> None:
        """Answer what is not answered yet; break off what has begun."""
        if not cycle.response_complete:
            self._answer_last(status, detail)

    def write(self, status: int, headers: Headers, body: bytes) -> bool:
        """Write an answer in one piece, unless that is not all there is to do: it is uvicorn's then."""
        cycle = self.running
        if cycle is None or cycle.response_started or cycle.disconnected or not cycle.keep_alive:
            return False
        if cycle.scope["method"] == "HEAD" or self.flow.write_paused or len(body) > _PIECE:
            return False
        answer = usual(status, [*self.server_state.default_headers, *headers], body)
        if answer is None:
            return False
        self.transport.write(answer)
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        cycle.message_event.set()
        self.on_response_complete()
        return True

    def on_response_complete(self) -> None:
        """As uvicorn does, without a timer for each request: the watchman sees who stays silent."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.heard = self.clock()
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self.wrong is not None:
            self._say_last(*self.wrong)

    def on_message_complete(self) -> None:
        if self._is_ours():
            super().on_message_complete()

    def on_body(self, body: bytes) -> None:
        self.body += len(body)
        if self._is_ours():
            super().on_body(body)

    def _is_ours(self) -> bool:
        """Whether what was parsed belongs to a request that is answered."""
        return not (self.transport.is_closing() or self.parser.should_upgrade())

    def refuse(self, status: int, detail: str) -> None:
        """Answer, in place of the application, and close the connection."""
        self.told(status, detail)
        self._answer_last(status, detail)

    def _answer_last(self, status: int, detail: str) -> None:
        running = self.running
        if running is not None and running.response_started:
            self.cut()
            return
        self._leave()
        self._say_last(status, detail)

    def _refuse_read(self, status: int, detail: str) -> None:
        """Refuse what is being read, when all that was read before it is answered."""
        running = self.running
        if running is None or running.more_body:
            self.refuse(status, detail)
            return
        self.told(status, detail)
        self.head, self.wrong = None, (status, detail)
        if self.cycle.more_body:  # it waits in the pipeline, and is what is refused
            self.pipeline.popleft()
            self.cycle = self.pipeline[0][0] if self.pipeline else running

    def _say_last(self, status: int, detail: str) -> None:
        defaults = self.server_state.default_headers
        self.transport.write(refusal(status, detail, defaults, self.constant))
        self.transport.close()

    def cut(self) -> None:
        """Break off the answer that has begun."""
        running = self.running
        self._leave()
        if running is not None and running.scope["http_version"] == "1.0":
            drop(self.transport)  # an end would be that of the answer
        self.transport.close()

    def _leave(self) -> None:
        """Tell who answers that nobody listens any more, and answer nobody else."""
        self.pipeline.clear()
        if self.running is not None:
            self.running.disconnected = True
            self.running.message_event.set()
        for leave in list(self.leaving):
            leave()

    # --- for the watchman ---

    @property
    def running(self) -> RequestResponseCycle | None:
        """The request that is being answered."""
        started = self.started
        return started if started is not None and not started.response_complete else None

    def look(self, now: float) -> None:
        """Refuse a client that is too slow."""
        if self.untaken.since(self.transport, now) > self.limits.body_seconds:
            drop(self.transport)
            return
        if self.flow.read_paused and state_of(self.transport) in (RESET, HALF_CLOSED):
            self._lingering.doubt()
        elif not self.transport.is_closing():
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
        elif silent > self.limits.idle_seconds:
            self.transport.close()


async def _server_wide(headers: Headers, _scope: Any, _receive: Any, send: Any) -> None:
    """Answers OPTIONS for ``*``: there is a server. What it takes is a matter of each path.

    Source: RFC 9110, section 9.3.7.
    """
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _unchunked(app: ASGI3Application, cycle: RequestResponseCycle) -> ASGI3Application:
    """Answers a client that knows no chunks: a body of unknown length ends with the connection."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        async def send_plainly(message: Any) -> None:
            if message["type"] == "http.response.start":
                if not any(name == b"content-length" for name, _ in message["headers"]):
                    cycle.chunked_encoding = False
            elif not cycle.expected_content_length:
                cycle.expected_content_length = len(message.get("body", b""))
            await send(message)

        await app(scope, receive, send_plainly)

    return answer
