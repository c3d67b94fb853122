"""A web server on a real socket whose components have streams, and what talks to it without a library."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from tests.fakes import FakeStreamer, error, exception, expander, reducer, source, transducer
from tests.triggers.doors import FakeCollection, Watcher, signature, surroundings, trigger, typed
from wasmflow.component import About
from wasmflow.host.host import Host
from wasmflow.host.settings import Settings
from wasmflow.triggers.http.server import HttpServer
from wasmflow.triggers.kinds import open_trigger

LINES = "application/x-ndjson"
EVENTS = "text/event-stream"


def components() -> dict[str, Any]:
    """Small ones, of every kind."""
    return {
        "double": _with("n*: u32", "output*: u32", transducer(_double)),
        "upper": _with("text*: string", "output*: string", transducer(str.upper)),
        "reverse": _with("data*: list<u8>", "output*: list<u8>", transducer(lambda b: b[::-1])),
        "total": _with("n*: u32", "output: u32", reducer(sum)),
        "few": _with("", "output*: u32", source(1, 2, 3)),
        "words": _with("", "output*: string", source("a b", "c\nd")),
        "torn": _with("", "output*: string", source("a", error("the guest broke"))),
        "broken": _with("", "output*: u32", source(1, error("the guest broke"))),
        "refused": _with("", "output*: u32", source(exception("not today"))),
        "endless": _with("from?: u32", "output*: string", FakeStreamer(signature(""), pulls=_line)),
        "silent": _with("", "output*: u32", source(1, pause=lambda: asyncio.Event().wait())),
        "many": _with("n*: u32", "output*: u32", expander(lambda n: list(range(n)))),
        "mark": typed(signature("", "status: u16", "headers: any"), lambda _: {"x-mark": "1"}),
        "deny": typed(signature("", "path: string", "status: u16"), lambda _: 403),
        "greet": typed(signature("", "name: string; mood?: string", "output: string"), _greet),
    }


def _with(inputs: str, outputs: str, made: FakeStreamer) -> FakeStreamer:
    made.signature = signature("", inputs, outputs)
    return made


def _double(n: int) -> Any:
    return exception("unlucky") if n == 13 else 2 * n


def _line(at: int) -> list[str]:
    return [f"line {at} " + "x" * 1000]


def _greet(name: str, _mood: object) -> Any:
    return exception("nobody") if not name else f"Hello {name}"


@dataclass
class Site:
    server: HttpServer
    port: int
    components: dict[str, Any]
    watcher: Watcher = field(default_factory=Watcher)
    exchanges: list[Exchange] = field(default_factory=list)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def begin(
        self, method: str, target: str, body: bytes | None = None, **headers: str
    ) -> Exchange:
        """Send a request; one without a body is sent in chunks later, if it has a content type."""
        reader, writer = await self.connect()
        exchange = Exchange(reader, writer)
        self.exchanges.append(exchange)
        lines = [f"{method} {target} HTTP/1.1", "host: here"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if body is not None:
            lines.append(f"content-length: {len(body)}")
        elif "content_type" in headers:
            lines.append("transfer-encoding: chunked")
        writer.write("\r\n".join([*lines, "", ""]).encode() + (body or b""))
        return exchange

    async def ask(
        self, method: str, target: str, body: bytes | None = None, **headers: str
    ) -> Whole:
        """A whole exchange."""
        exchange = await self.begin(method, target, body, **headers)
        return await exchange.whole()

    @property
    def at_work(self) -> bool:
        """Whether a session of any component is open, or a request is answered."""
        sessions = [s for c in self.components.values() for s in getattr(c, "sessions", ())]
        return any(not each.closed for each in sessions) or bool(self.server.state.tasks)


@dataclass
class Whole:
    status: int
    headers: dict[str, str]
    body: str
    #: Whether the body came to its end.
    complete: bool

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.body.splitlines()]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Exchange:
    """A request that is under way."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self.complete = False
        self._length = -1

    def send(self, content: bytes) -> None:
        """A chunk of the body; an empty one is its end."""
        self.writer.write(b"%x\r\n%b\r\n" % (len(content), content))

    async def head(self) -> tuple[int, dict[str, str]]:
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").splitlines()
        headers = dict(line.split(": ", 1) for line in head[1:] if line)
        self._length = int(headers.get("content-length", -1))
        return int(head[0].split()[1]), headers

    async def chunk(self) -> bytes:
        """What comes next of the body; empty at its end, or where it breaks off."""
        try:
            if self._length >= 0:
                content, self._length = await self._reader.readexactly(self._length), 0
                self.complete = True
                return content
            size = int((await self._reader.readline()) or b"0", 16)
            content = (await self._reader.readexactly(size + 2))[:-2]
            self.complete = size == 0
        except (asyncio.IncompleteReadError, ConnectionError):
            return b""
        return content

    async def line(self) -> Any:
        """The next line, which comes in a chunk of its own."""
        return json.loads(await self.chunk())

    async def whole(self) -> Whole:
        status, headers = await self.head()
        parts = []
        while part := await self.chunk():
            parts.append(part)
        self.leave()
        return Whole(status, headers, b"".join(parts).decode(), self.complete)

    def leave(self) -> None:
        self.writer.close()


@asynccontextmanager
async def site(block: str = "{kind: http}", **settings: Any) -> AsyncIterator[Site]:
    made = components()
    host = Host(FakeCollection(made, About("test")), Settings(**settings))
    watcher = Watcher()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        around = replace(surroundings(host, watcher), sockets=[listening])
        server = await open_trigger(trigger(block), around)
        assert isinstance(server, HttpServer)
        await server.start()
        opened = Site(server, listening.getsockname()[1], made, watcher)
        try:
            yield opened
        finally:
            for each in opened.exchanges:
                each.leave()
            await server.stop(0)


async def until(condition: Callable[[], bool]) -> None:
    """Wait until it is so."""
    for _ in range(4000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it has not come to that")
