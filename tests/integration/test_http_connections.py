"""What clients do to connections: nonsense, too much, too slowly, or leaving in the middle."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.fakes import FakeComponent, never, source
from tests.triggers.doors import FakeCollection, surroundings, trigger, typed
from wasmflow.component import About, Port, Signature
from wasmflow.host.host import Host
from wasmflow.host.settings import Settings
from wasmflow.triggers.http.server import HttpServer
from wasmflow.triggers.http.watchman import Watchman
from wasmflow.triggers.kinds import open_trigger
from wasmflow.types import model as wit

ECHO = Signature("", (Port("text", wit.STRING),), (Port("output", wit.STRING),))


@dataclass
class Site:
    server: HttpServer
    port: int
    waiting: FakeComponent
    #: Answers once the gate is open.
    later: FakeComponent
    gate: asyncio.Event

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def ask(self, request: bytes) -> bytes:
        """All that comes back until the server closes the connection."""
        reader, writer = await self.connect()
        writer.write(request)
        try:
            return await reader.read()
        finally:
            writer.close()


@asynccontextmanager
async def _site(limits: str = "{}", more: str = "") -> AsyncIterator[Site]:
    waiting, gate = never(""), asyncio.Event()
    later = replace(typed(ECHO, lambda text: text), pause=gate.wait)
    components: dict[str, Any] = {
        "echo": typed(ECHO, lambda text: text),
        "wait": waiting,
        "later": later,
        "count": source(0, 1, 2),
    }
    host = Host(FakeCollection(components, About("test")), Settings())
    with socket.create_server(("127.0.0.1", 0)) as listening:
        around = replace(surroundings(host), sockets=[listening])
        server = await open_trigger(trigger(f"{{kind: http, limits: {limits}{more}}}"), around)
        assert isinstance(server, HttpServer)
        await server.start()
        try:
            yield Site(server, listening.getsockname()[1], waiting, later, gate)
        finally:
            await server.stop(1)


def _status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def _problem(answer: bytes) -> dict[str, Any]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    problem: dict[str, Any] = json.loads(body)
    assert problem["status"] == _status(answer)
    return problem


def _post(text: str, extra: str = "connection: close") -> bytes:
    body = json.dumps({"text": text})
    return (
        f"POST /components/echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n{extra}\r\n"
        f"content-length: {len(body)}\r\n\r\n{body}"
    ).encode()


_LATER = _post("later", "a: b").replace(b"/echo", b"/later", 1)


async def _until(condition: Callable[[], bool]) -> None:
    for _ in range(4000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it has not come to that")


async def test_every_answer_on_a_connection_has_the_headers_of_the_server() -> None:
    socketless = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
    async with _site(more=", headers: {x-frame-options: DENY}") as site:
        wide = b"OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
        for request in (b"nonsense\r\n\r\n", socketless, wide, _post("Jane")):
            assert (await site.ask(request)).count(b"\r\nx-frame-options: DENY\r\n") == 1


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"\x16\x03\x01\x00\xa5\x01\x00", 400),
        (b"GET / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: a b\r\n\r\n", 400),
        (b"CONNECT x:80 HTTP/1.1\r\nhost: x\r\n" + b"a: b\r\n" * 5_000 + b"\r\n", 501),
        (b"GET / HTTP/2.0\r\nhost: x\r\n\r\n", 505),
        (b"GET /\r\n\r\n", 505),
        (b"GET / HTTP/1.1\r\nhost: x\r\na: " + b"x" * 70_000 + b"\r\n\r\n", 431),
        (b"GET /" + b"x" * 70_000, 431),
        (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 20_000, 431),
    ],
    ids=[
        "words",
        "tls",
        "length",
        "no host",
        "two hosts",
        "no name",
        "tunnel",
        "later",
        "earlier",
        "header",
        "path",
        "headers",
    ],
)
async def test_nonsense_is_answered_with_a_problem_and_closed(request_: bytes, status: int) -> None:
    async with _site() as site:
        assert _problem(await site.ask(request_))["status"] == status
        assert _status(await site.ask(_post("Jane"))) == 200


async def test_headers_that_do_not_end_in_time_are_refused() -> None:
    async with _site("{header_seconds: 0.2}") as site:
        reader, writer = await site.connect()
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n")
        for _ in range(1000):  # slowly, but never silent for long
            if site.server.connections == 0:
                break
            writer.write(b"a: b\r\n")
            await asyncio.sleep(0.02)
        assert _status(await reader.read()) == 408
        writer.close()


async def test_a_body_that_stops_coming_is_refused() -> None:
    async with _site("{body_seconds: 0.2}") as site:
        answer = await site.ask(_post("Jane")[:-5])
        assert _problem(answer)["status"] == 408


async def test_a_connection_without_a_request_is_closed_in_the_end() -> None:
    async with _site("{idle_seconds: 0.2}") as site:
        assert await site.ask(b"") == b""


async def test_connections_beyond_the_limit_are_refused() -> None:
    async with _site("{connections: 1}") as site:
        _, first = await site.connect()
        await _until(lambda: site.server.connections == 1)
        assert _status(await site.ask(b"")) == 503
        first.close()
        await _until(lambda: site.server.connections == 0)
        assert _status(await site.ask(_post("Jane"))) == 200


async def test_who_leaves_ends_his_transaction() -> None:
    async with _site("{body_seconds: 0.2}") as site:
        _, writer = await site.connect()
        writer.write(b"POST /components/wait HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n")
        await _until(lambda: site.waiting.running == 1)
        writer.close()
        await _until(lambda: site.waiting.running == 0)
        assert site.waiting.cancelled == 1


async def test_several_requests_on_one_connection_are_answered_in_order() -> None:
    async with _site() as site:
        answer = await site.ask(_post("one", "a: b") + _post("two", "a: b") + _post("three"))
        assert [part[:5] for part in answer.split(b'{"output":')[1:]] == [
            b'"one"', b'"two"', b'"thre',
        ]  # fmt: skip


async def test_a_server_that_stops_answers_what_was_asked_and_cancels_what_does_not_end() -> None:
    async with _site() as site:
        reader, writer = await site.connect()
        writer.write(b"POST /components/wait HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n")
        await _until(lambda: site.waiting.running == 1)
        await site.server.stop(0.05)
        assert (site.waiting.running, site.waiting.cancelled) == (0, 1)
        problem = _problem(await reader.read())
        assert (problem["status"], problem["detail"]) == (503, "the server stops")
        writer.close()


async def test_a_request_on_an_open_connection_is_answered_while_the_server_stops() -> None:
    async with _site() as site:
        reader, writer = await site.connect()
        writer.write(_post("one", "a: b"))
        assert b'"one"' in await reader.readuntil(b"}")
        stopping = asyncio.create_task(site.server.stop(5))
        await asyncio.sleep(0)
        writer.write(_post("two", "a: b"))
        rest = await reader.read()
        assert b'"two"' in rest
        assert b"connection: close" in rest
        await stopping
        writer.close()


async def test_all_requests_that_were_read_are_answered_when_the_server_stops() -> None:
    async with _site() as site:
        reader, writer = await site.connect()
        writer.write(_LATER + _post("one", "a: b") + _post("two", "a: b"))
        await _until(lambda: site.later.running == 1)
        stopping = asyncio.create_task(site.server.stop(5))
        await asyncio.sleep(0)
        site.gate.set()
        answer = await reader.read()
        assert b'"one"' in answer
        assert b'"two"' in answer
        assert answer.count(b"connection: close") == 1
        await stopping
        writer.close()


async def test_a_request_that_expects_to_be_told_to_go_on_is() -> None:
    async with _site() as site:
        answer = await site.ask(_post("Jane", "expect: 100-continue\r\nconnection: close"))
        assert answer.startswith(b"HTTP/1.1 100 Continue")
        assert b'"Jane"' in answer


async def test_a_client_of_http_1_0_is_not_told_to_go_on() -> None:
    async with _site() as site:
        request = _post("Jane", "expect: 100-continue").replace(b"HTTP/1.1", b"HTTP/1.0")
        assert (await site.ask(request)).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "host", ["", "x", "x:", "a_b.example:80", "127.0.0.1", "[::1]:8080", "a%20b"]
)
async def test_a_host_is_a_name_or_an_address(host: str) -> None:
    async with _site() as site:
        request = f"GET / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
        assert _status(await site.ask(request.encode())) == 200


async def test_who_resets_a_connection_with_requests_on_their_way_is_no_error_of_ours(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with _site() as site:
        for _ in range(20):
            _, writer = await site.connect()
            writer.write(_post("one", "a: b") * 50)
            await writer.drain()
            writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
            writer.transport.abort()
        await _until(lambda: site.server.connections == 0)
        assert _status(await site.ask(_post("Jane"))) == 200
    assert caplog.records == []


_H2C = "connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAM"


async def test_an_upgrade_that_is_not_known_is_ignored() -> None:
    async with _site() as site:
        answer = await site.ask(_post("one", _H2C) + _post("two"))
        assert b'{"output":"one"}' in answer
        assert b'{"output":"two"}' in answer


async def test_of_any_number_of_them() -> None:
    async with _site() as site:
        answer = await site.ask(_post("one", _H2C) * 1500 + _post("two"))
        assert answer.count(b'{"output":"one"}') == 1500
        assert b'{"output":"two"}' in answer


async def test_nothing_is_done_of_what_comes_behind_a_request_that_is_refused() -> None:
    async with _site() as site:
        wrong = b"GET / HTTP/1.1\r\n\r\n"
        behind = b"POST /components/wait HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n"
        assert _status(await site.ask(wrong + behind)) == 400
        assert (site.waiting.running, site.waiting.cancelled) == (0, 0)


_CHUNKED = _post("", "transfer-encoding: chunked").partition(b"content-length")[0] + b"\r\n"


@pytest.mark.parametrize(
    ("behind", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\na: " + b"b" * 70_000 + b"\r\n\r\n", 431),
        (_CHUNKED + b"nonsense\r\n", 400),
        (_CHUNKED + b"1;" + b"a" * 200_000, 431),
    ],
    ids=["words", "two hosts", "headers", "chunks", "around chunks"],
)
async def test_what_is_wrong_is_said_behind_the_answers_to_what_was_asked_before(
    behind: bytes, status: int
) -> None:
    async with _site() as site:
        reader, writer = await site.connect()
        writer.write(_LATER + _post("one", "a: b") + behind)
        await _until(lambda: site.later.running == 1)
        writer.write(b"dropped")
        site.gate.set()
        answers = (await reader.read()).split(b"HTTP/1.1 ")
        assert [int(each[:3]) for each in answers[1:]] == [200, 200, status]
        assert [each.count(b"connection: close") for each in answers[1:]] == [0, 0, 1]
        assert site.later.cancelled == 0
        writer.close()


async def test_a_client_that_says_that_it_asks_no_more_behind_what_is_wrong_is_answered() -> None:
    async with _site() as site:
        reader, writer = await site.connect()
        writer.write(_LATER + _CHUNKED + b"nonsense\r\n")
        writer.write_eof()
        await _until(lambda: site.later.running == 1)
        site.gate.set()
        assert b'"later"' in await reader.read()
        writer.close()


async def test_a_body_that_is_wrong_is_refused_though_somebody_reads_it() -> None:
    async with _site() as site:
        reader, writer = await site.connect()
        writer.write(_CHUNKED + b"1\r\n{\r\n")
        await _until(lambda: bool(site.server.state.tasks))
        writer.write(b"nonsense\r\n")
        assert _problem(await reader.read())["status"] == 400
        writer.close()


async def test_a_client_of_http_1_0_is_sent_no_chunks() -> None:
    async with _site() as site:
        request = b"POST /components/count HTTP/1.0\r\ncontent-length: 0\r\n\r\n"
        head, _, body = (await site.ask(request)).partition(b"\r\n\r\n")
        assert b"chunked" not in head
        assert body == b"".join(b'{"output":%d}\n' % n for n in range(3))


async def test_who_leaves_ends_his_transaction_also_with_another_request_behind_it() -> None:
    async with _site("{body_seconds: 0.2}") as site:
        _, writer = await site.connect()
        first = b"POST /components/wait HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n"
        writer.write(first + b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n")
        await _until(lambda: site.waiting.running == 1)
        writer.close()
        await _until(lambda: site.waiting.running == 0)
        assert site.waiting.cancelled == 1


async def test_an_answer_is_sent_to_its_end_however_slowly_it_is_taken() -> None:
    async with _site() as site:
        large = "x" * 8_000_000
        reader, writer = await site.connect()
        writer.write(_post(large))
        stopping = None
        size = 0
        while part := await reader.read(400_000):
            size += len(part)
            if stopping is None:
                stopping = asyncio.create_task(site.server.stop(60))
            await asyncio.sleep(0.1)
        assert size > len(large)
        assert stopping is not None
        await stopping
        writer.close()


async def test_fields_behind_a_body_are_no_headers_and_have_an_end() -> None:
    async with _site() as site:
        head = (
            b"POST /components/echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
            b"content-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n4\r\nJane\r\n0\r\n"
        )
        assert b'"Jane"' in await site.ask(head + b"content-type: application/json\r\n\r\n")
        assert _status(await site.ask(head + b"a: " + b"b" * 1_000_000)) == 431


async def test_a_client_that_says_that_it_asks_no_more_is_answered() -> None:
    async with _site() as site:
        reader, writer = await site.connect()
        writer.write(_post("one", "a: b") + _post("two", "a: b"))
        writer.write_eof()
        answer = await reader.read()
        assert b'"one"' in answer
        assert b'"two"' in answer
        writer.close()
        await _until(lambda: site.server.connections == 0)


async def test_a_client_that_says_so_has_not_left_where_it_has_sent_more_than_is_read() -> None:
    async with _site("{body_seconds: 0.2}") as site:
        _, writer = await site.connect()
        first = b"POST /components/wait HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n"
        writer.write(first + _post("two"))
        writer.write_eof()
        await _until(lambda: site.waiting.running == 1)
        Watchman(site.server.state, asyncio.get_running_loop().time).look()
        (connection,) = site.server.state.connections
        assert not connection.transport.is_closing()
        writer.close()
        await _until(lambda: site.waiting.cancelled == 1)


async def test_a_client_that_says_so_in_the_middle_of_a_request_is_not() -> None:
    async with _site() as site:
        reader, writer = await site.connect()
        writer.write(_post("Jane")[:-5])
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()


async def test_a_client_that_waits_for_a_slow_answer_is_told_so_and_answered() -> None:
    async with _site() as site:
        reader, writer = await site.connect()
        writer.write(_LATER)
        writer.write_eof()
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 102 Processing\r\n\r\n"
        site.gate.set()
        assert b'"later"' in await reader.read()
        writer.close()


async def test_a_client_that_leaves_a_silent_transaction_ends_it() -> None:
    async with _site() as site:  # long before the patience of `body_seconds` is over
        _, writer = await site.connect()
        writer.write(b"POST /components/wait HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n")
        await _until(lambda: site.waiting.running == 1)
        writer.close()
        await _until(lambda: site.waiting.cancelled == 1)


async def test_a_client_that_says_so_and_is_sent_nothing_has_left() -> None:
    async with _site("{body_seconds: 0.2}") as site:
        reader, writer = await site.connect()
        writer.write(b"POST /components/wait HTTP/1.0\r\nhost: x\r\ncontent-length: 0\r\n\r\n")
        writer.write_eof()
        with suppress(ConnectionResetError):
            assert await reader.read() == b""
        writer.close()
        await _until(lambda: site.waiting.cancelled == 1)


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("OPTIONS", "*", 204),
        ("OPTIONS", "http://x", 204),
        ("GET", "*", 400),
        ("GET", "http://x", 200),
        ("GET", "HTTP://x?a=http://y", 200),
        ("GET", "http://x/health/live", 200),
        ("GET", "http:///health/live", 400),
        ("GET", "health/live", 400),
    ],
)
async def test_a_target_may_name_the_server(method: str, target: str, status: int) -> None:
    async with _site() as site:
        request = f"{method} {target} HTTP/1.1\r\nhost: y\r\nconnection: close\r\n\r\n"
        answer = await site.ask(request.encode())
        assert _status(answer) == status
        assert b"allow" not in answer


async def test_the_host_of_a_target_goes_before_that_of_the_header() -> None:
    async with _site() as site:
        request = _post("Jane", "origin: http://here\r\nconnection: close")
        for host, status in ((b"here", 200), (b"there", 403)):
            target = b"http://%b/components/echo" % host
            answer = await site.ask(request.replace(b"/components/echo", target, 1))
            assert _status(answer) == status


async def test_the_headers_of_a_stream_say_no_length() -> None:
    async with _site() as site:
        request = b"HEAD /components/count HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
        answer = await site.ask(request)
        assert (_status(answer), b"content-length" in answer) == (200, False)
        assert answer.endswith(b"\r\n\r\n")
