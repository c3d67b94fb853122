"""Bytes as what a client sends over a connection: everything between them and components is tried."""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack
from functools import cache
from typing import Any, Final

from uvicorn.server import ServerState

from tests.triggers.doors import host, signature, surroundings, trigger, typed
from wasmflow.manifest.specs.triggers.http import ServerLimitsBlock
from wasmflow.triggers.http.app import App
from wasmflow.triggers.http.limits import server_limits
from wasmflow.triggers.http.plan import plan
from wasmflow.triggers.http.routes import open_routes
from wasmflow.triggers.http.server import HttpServer
from wasmflow.triggers.server import Surroundings

_JSON: Final = b"content-type: application/json\r\n"
SEEDS: Final = {
    "request": (
        b"POST /components/it HTTP/1.1\r\nhost: x\r\n"
        + _JSON
        + b'content-length: 9\r\n\r\n{"a":"b"}',
        b"GET /x/7?tag=a&tag=b&flag=true HTTP/1.1\r\ncookie: s=1; t=2\r\n\r\n",
        b"POST /raw HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        b"POST /components/it HTTP/1.1\r\ncontent-type: multipart/form-data; boundary=x\r\n"
        b'content-length: 67\r\n\r\n--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n'
        b"Jane\r\n--x--\r\n\r\n",
        b"POST /components/it HTTP/1.1\r\ncontent-type: application/x-www-form-urlencoded\r\n"
        b"content-length: 3\r\n\r\na=b",
        b"OPTIONS /x/1 HTTP/1.1\r\norigin: https://a\r\naccess-control-request-method: GET\r\n\r\n",
    )
}

_ROUTES: Final = (
    "{kind: http, components: true, routes: {'GET /x/{id:u32}': {component: it, inputs: {a: path.id, "
    "tags: query.tag, who: cookie.s, all: headers}}, 'POST /raw': {component: it, inputs: {a: body}}, "
    "'/rest/{p*}': {component: it, inputs: {a: path.p, all: query}}}}"
)
#: What a client is at fault with, though its number says otherwise.
_OTHER_VERSION: Final = 505
_STATUS: Final = re.compile(rb"^HTTP/1\.1 (\d{3})", re.MULTILINE)


class _Transport(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.closed = False

    def write(self, data: Any) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    abort = close

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None: ...
    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...

    def get_write_buffer_size(self) -> int:
        return 0

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("127.0.0.1", 1) if name in ("peername", "sockname") else default


def check_request(source: bytes) -> None:
    """It is answered, refused or waited for; never is anything of ours at fault."""
    loop, server = _server()
    written = loop.run_until_complete(_answered(server, source))
    statuses = [int(status) for status in _STATUS.findall(written)]
    assert b"a bug" not in written, written
    assert all(status < 500 or status == _OTHER_VERSION for status in statuses), written


@cache
def _server() -> tuple[asyncio.AbstractEventLoop, HttpServer]:
    loop = asyncio.new_event_loop()
    return loop, loop.run_until_complete(_made())


async def _made() -> HttpServer:
    inputs = "a: string; tags?: list<string>; who?: string; all?: any"
    made = host(it=typed(signature("", inputs, "output: string"), lambda a, *_: a))
    around: Surroundings = surroundings(made)
    planned = plan(trigger(_ROUTES), made)
    assert planned.problems == []
    closing = asyncio.Event()
    app = App("web", open_routes(planned, around, closing, AsyncExitStack()), around.telemetry)
    return HttpServer(app, around, server_limits(ServerLimitsBlock()), closing)


async def _answered(server: HttpServer, source: bytes) -> bytes:
    """What comes back for these bytes, cut in two."""
    transport = _Transport()
    state: ServerState = server.state
    connection: Any = server.connect()
    connection.connection_made(transport)
    half = len(source) // 2
    for part in (source[:half], source[half:]):
        if part and not transport.closed:
            connection.data_received(part)
            await asyncio.sleep(0)
    connection.connection_lost(None)
    while state.tasks:
        await asyncio.wait(set(state.tasks), timeout=10)
    return bytes(transport.written)
