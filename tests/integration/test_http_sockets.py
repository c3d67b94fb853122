"""WebSockets, as a client's library speaks them."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.triggers.http.streaming import Site, site, until


def talk(server: Site, path: str, **more: Any) -> connect:
    return connect(f"ws://127.0.0.1:{server.port}{path}", compression=None, **more)


async def hear(socket: ClientConnection) -> Any:
    return json.loads(await socket.recv())


async def closed(socket: ClientConnection) -> tuple[int, str]:
    """Hear to the end, and how it ended."""
    with suppress(ConnectionClosed):
        while True:
            await socket.recv()
    assert socket.close_code is not None
    return socket.close_code, socket.close_reason or ""


async def test_each_message_is_an_element_and_what_is_sent_for_it_one_too() -> None:
    async with site() as server, talk(server, "/components/double") as socket:
        for n in range(3):
            await socket.send(f'{{"n":{n}}}')
            assert await hear(socket) == {"output": 2 * n}
        await socket.send("")
        assert await closed(socket) == (1000, "")
        await until(lambda: server.watcher.outcomes == ["ok"])


async def test_bytes_are_chunks_of_a_stream_that_takes_them() -> None:
    async with site() as server, talk(server, "/components/reverse") as socket:
        await socket.send(b"abc")
        assert await hear(socket) == {"output": "Y2Jh"}
        await socket.send('"YWJj"')
        assert await hear(socket) == {"output": "Y2Jh"}


async def test_a_route_that_says_so_sends_bytes_and_text_as_they_are() -> None:
    block = """
      kind: http
      routes:
        /reverse: {component: reverse, response: {body: output}}
        /upper: {component: upper, response: {body: output}}
    """
    async with site(block) as server:
        async with talk(server, "/reverse") as socket:
            await socket.send(b"abc")
            assert await socket.recv() == b"cba"
        async with talk(server, "/upper") as socket:
            await socket.send('"abc"')
            assert await socket.recv() == "ABC"


async def test_a_failure_is_a_message_in_its_place_and_the_reason_of_the_end() -> None:
    async with site() as server, talk(server, "/components/double") as socket:
        for text in ("13", "x", "2"):
            await socket.send(text)
        first, second, third = [await hear(socket) for _ in range(3)]
        assert (first["<error>"]["detail"], first["<error>"]["message"]) == ("unlucky", 1)
        assert "not JSON" in second["<error>"]["detail"]
        assert third == {"output": 4}
        await socket.send("")
        assert await closed(socket) == (1008, "message 1: unlucky")
        await until(lambda: server.watcher.outcomes == ["exception"])


async def test_what_the_manifest_takes_for_an_error_is_told_to_nobody() -> None:
    block = "{kind: http, routes: {'/n': {component: double, response: {exceptions: {'*': 500}}}}}"
    async with site(block) as server, talk(server, "/n") as socket:
        await socket.send("13")
        assert (await hear(socket))["<error>"]["detail"] == "the component failed"
        await socket.send("")
        assert await closed(socket) == (1011, "the component failed")
        await until(lambda: server.watcher.outcomes == ["error"])


async def test_what_breaks_ends_with_another_code() -> None:
    async with site() as server, talk(server, "/components/broken") as socket:
        assert await hear(socket) == {"output": 1}
        assert (await hear(socket))["<error>"]["status"] == 500
        assert (await closed(socket))[0] == 1011


async def test_a_component_of_values_answers_each_message_in_order() -> None:
    async with site() as server, talk(server, "/components/greet?mood=merry") as socket:
        for text in ('"Jane"', '{"name":"Joe"}', '""', '{"name":5}'):
            await socket.send(text)
        assert await hear(socket) == {"output": "Hello Jane"}
        assert await hear(socket) == {"output": "Hello Joe"}
        assert (await hear(socket))["<error>"]["detail"] == "nobody"
        assert (await hear(socket))["<error>"]["status"] == 422
        await socket.send("")
        assert await closed(socket) == (1000, "")
    outcomes = ["ok", "ok", "exception", "refused", "ok"]
    assert server.watcher.outcomes == outcomes


async def test_messages_give_what_the_query_of_their_handshake_does_not() -> None:
    block = "{kind: http, routes: {'GET /greet': greet}}"
    async with site(block) as server:
        async with talk(server, "/greet") as socket:
            await socket.send('"Jane"')
            assert await hear(socket) == {"output": "Hello Jane"}
            await socket.send('{"name":"Joe","mood":"fine"}')
            assert await hear(socket) == {"output": "Hello Joe"}
        async with talk(server, "/greet?name=Jim") as socket:
            await socket.send('{"mood":"fine"}')
            assert await hear(socket) == {"output": "Hello Jim"}


async def test_when_its_client_leaves_the_transaction_is_cancelled() -> None:
    async with site() as server:
        async with talk(server, "/components/endless") as socket:
            await hear(socket)
        await until(lambda: not server.at_work)
        assert server.watcher.outcomes == ["cancelled"]


async def test_a_client_that_takes_nothing_is_left() -> None:
    async with site("{kind: http, limits: {body_seconds: 1}}") as server:
        async with talk(server, "/components/endless", max_queue=1, close_timeout=0.1):
            await until(lambda: server.watcher.outcomes == ["cancelled"])
        assert not server.at_work


async def test_when_the_server_stops_what_was_said_is_answered() -> None:
    async with site() as server, talk(server, "/components/double") as socket:
        await socket.send("1")
        assert await hear(socket) == {"output": 2}
        stopping = asyncio.create_task(server.server.stop(30))
        assert await closed(socket) == (1012, "the server stops")
        await stopping


async def test_when_the_server_cannot_wait_it_says_so() -> None:
    async with site() as server, talk(server, "/components/silent") as socket:
        stopping = asyncio.create_task(server.server.stop(0))
        assert await closed(socket) == (1012, "the server stops")
        await stopping
        assert server.watcher.outcomes == ["cancelled"]


@pytest.mark.parametrize(
    ("path", "origin", "status"),
    [
        ("/components/nothing", None, 404),
        ("/components/greet?mod=x", None, 422),
        ("/components/greet", "http://evil.example", 403),
        ("/components/greet", "null", 403),
    ],
)
async def test_a_handshake_that_is_wrong_is_answered_with_a_problem(
    path: str, origin: Any, status: int
) -> None:
    async with site() as server:
        with pytest.raises(InvalidStatus) as caught:
            async with talk(server, path, origin=origin):
                pass
        response = caught.value.response
        assert response.status_code == status
        assert response.headers["content-type"] == "application/problem+json"
        assert json.loads(response.body or b"")["status"] == status


async def test_pages_of_the_same_origin_and_of_those_in_cors_may_ask() -> None:
    block = "{kind: http, cors: {origins: ['https://app.example']}}"
    async with site(block) as server:
        for origin in (f"http://127.0.0.1:{server.port}", "https://app.example"):
            async with talk(server, "/components/greet", origin=origin) as socket:
                await socket.send('"Jane"')
                assert await hear(socket) == {"output": "Hello Jane"}


async def test_a_message_that_is_too_long_closes_the_socket() -> None:
    async with site("{kind: http, limits: {line: 1KiB}}") as server:
        async with talk(server, "/components/upper") as socket:
            await socket.send('"' + "x" * 2000 + '"')
            assert (await closed(socket))[0] == 1009
        await until(lambda: not server.at_work)


# --- what any client can send ---


_HANDSHAKE = (
    b"Host: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)


@pytest.mark.parametrize(
    ("handshake", "status"),
    [
        (b"GET %b HTTP/1.1\r\nContent-Length: 1\r\n" + _HANDSHAKE, 400),
        (b"POST %b HTTP/1.1\r\n" + _HANDSHAKE, 400),
        (b"GET %b HTTP/1.1\r\n" + _HANDSHAKE.replace(b"AAAA", b"A"), 400),
        (b"GET %b HTTP/1.1\r\n" + _HANDSHAKE.replace(b"13", b"8"), 400),
        (b"GET %b HTTP/1.1\r\nX: " + b"a" * 20_000 + b"\r\n" + _HANDSHAKE, 431),
        (b"GET %b HTTP/1.1\r\n" + b"X: a\r\n" * 200 + _HANDSHAKE, 431),
    ],
)
async def test_a_handshake_that_is_none_is_answered_and_closed(
    handshake: bytes, status: int
) -> None:
    async with site() as server, asyncio.timeout(20):
        reader, writer = await server.connect()
        writer.write(handshake.replace(b"%b", b"/components/double", 1) + b"\r\n")
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        assert head.startswith(b"HTTP/1.1 %d " % status)
        assert b"sec-websocket-version: 13" in head
        assert b"application/problem+json" in head
        assert "no handshake of a WebSocket: " in json.loads(body)["detail"]
        await until(lambda: not server.server.connections)


@pytest.mark.parametrize(
    ("handshake", "status"),
    [
        (b"GET / HTTP/2.0\r\n" + _HANDSHAKE, 505),
        (b"GET / HTTP/1.1\r\n" + _HANDSHAKE.replace(b"Host: here\r\n", b""), 400),
        (b"GET / HTTP/1.1\r\nHost: there\r\n" + _HANDSHAKE, 400),
        (b"GET * HTTP/1.1\r\n" + _HANDSHAKE, 400),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000 + b"\r\n" + _HANDSHAKE, 431),
    ],
)
async def test_a_handshake_that_is_no_request_either_is_refused_as_any(
    handshake: bytes, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with site() as server, asyncio.timeout(20):
        reader, writer = await server.connect()
        writer.write(handshake + b"\r\n")
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        assert head.startswith(b"HTTP/1.1 %d " % status)
        assert json.loads(body)["status"] == status
        await until(lambda: not server.server.connections)
    assert caplog.records == []


_BEFORE = b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n"


@pytest.mark.parametrize(("before", "version"), [(b"", b"1.0"), (_BEFORE, b"1.1")])
async def test_a_handshake_in_http_1_0_or_behind_a_request_is_a_request(
    before: bytes, version: bytes
) -> None:
    async with site() as server, asyncio.timeout(20):
        reader, writer = await server.connect()
        handshake = _HANDSHAKE.replace(b"Upgrade\r\n", b"Upgrade, close\r\n", 1)
        first = b"GET /components/few HTTP/%b\r\n" % version
        writer.write(before + first + handshake + b"\r\n")
        assert b'{"output":3}' in await reader.read()
        writer.close()


@pytest.mark.parametrize(
    ("around", "status"),
    [
        ("auth: {bearer: {me: '0123456789abcdef0123456789abcdef'}}", 401),
        ("limits: {rate: 0.001, burst: 1}", 429),
    ],
)
async def test_what_guards_requests_guards_handshakes(around: str, status: int) -> None:
    async with site(f"{{kind: http, {around}}}") as server:
        await server.ask("POST", "/components/few")
        with pytest.raises(InvalidStatus) as caught:
            await talk(server, "/components/double")
        answered = await server.ask("POST", "/components/few")
        refused = caught.value.response
        assert refused.status_code == answered.status == status
        for name in ("content-type", "www-authenticate", "retry-after"):
            assert refused.headers.get(name) == answered.headers.get(name)
        assert json.loads(refused.body or b"")["detail"] == answered.json["detail"]


async def test_a_component_in_front_may_answer_a_handshake() -> None:
    async with site("{kind: http, middleware: {request: [deny]}}") as server:
        with pytest.raises(InvalidStatus) as caught:
            await talk(server, "/components/double")
        assert caught.value.response.status_code == 403
        await until(lambda: server.watcher.seen[-1].about.get("status") == 403)


async def test_what_a_client_does_wrong_is_no_error_of_the_server(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with site() as server:
        with pytest.raises(InvalidStatus):
            await talk(server, "/nothing")
        async with talk(server, "/components/double") as socket:
            await socket.send(b"\xff\xfe", text=True)
            assert (await closed(socket))[0] == 1007
        await until(lambda: not server.at_work)
    assert [each.message for each in caplog.records if each.levelno >= logging.WARNING] == []
