"""How many bytes of bodies are told to whoever watches."""

from __future__ import annotations

import asyncio

import pytest
from websockets.asyncio.client import connect

from tests.triggers.http.streaming import EVENTS, LINES, Site, site, until


async def _counted(server: Site, at: int = 0) -> tuple[int, int]:
    """What was told of the transaction that has ended as the first, or another."""
    await until(lambda: len(server.watcher.seen) > at)
    about = server.watcher.seen[at].about
    return about["bytes_in"], about["bytes_out"]


@pytest.mark.parametrize("accept", [LINES, EVENTS, "text/plain"])
async def test_those_of_a_stream_are_counted_in_every_form(accept: str) -> None:
    async with site() as server:
        answer = await server.ask("GET", "/components/words", accept=accept)
        assert await _counted(server) == (0, len(answer.body))


async def test_those_that_come_as_a_stream_are_counted() -> None:
    async with site() as server:
        exchange = await server.begin("POST", "/components/double", content_type=LINES)
        for n in range(3):
            exchange.send(b"%d\n" % n)
        exchange.send(b"")
        answer = await exchange.whole()
        assert await _counted(server) == (6, len(answer.body))


async def test_those_of_a_stream_that_breaks_off_are_counted_as_far_as_it_came() -> None:
    async with site() as server:
        exchange = await server.begin("GET", "/components/endless")
        await exchange.head()
        first = await exchange.chunk()
        exchange.writer.transport.abort()
        received, sent = await _counted(server)
        assert received == 0
        assert sent >= len(first) > 0


async def test_those_of_a_body_that_is_refused_are_counted_as_far_as_it_came() -> None:
    async with site("{kind: http, limits: {body: 10}}") as server:
        exchange = await server.begin("POST", "/components/greet", content_type="application/json")
        exchange.send(b"x" * 20)
        status, _ = await exchange.head()
        assert (status, await _counted(server)) == (413, (20, len(await exchange.chunk())))


async def test_nothing_is_sent_where_only_the_headers_are_asked_for() -> None:
    async with site("{kind: http, routes: {GET /: greet}}") as server:
        for number, (method, size) in enumerate((("GET", 23), ("HEAD", 0))):
            exchange = await server.begin(method, "/?name=Jane")
            await exchange.head()
            exchange.leave()
            assert await _counted(server, number) == (0, size)


async def test_those_of_another_server_are_counted() -> None:
    async with site() as behind:
        block = f"{{kind: http, routes: {{/*: {{proxy: 'http://127.0.0.1:{behind.port}'}}}}}}"
        async with site(block) as server:
            answer = await server.ask("POST", "/components/double", b"1\n", content_type=LINES)
            assert await _counted(server) == (2, len(answer.body))


async def test_those_of_messages_are_counted() -> None:
    async with site() as server:
        address = f"ws://127.0.0.1:{server.port}/components"
        async with connect(f"{address}/upper", compression=None) as socket:
            await socket.send('"ä"')
            answer = str(await socket.recv())
            await socket.send("")
            async with asyncio.timeout(10):
                await socket.wait_closed()
        assert await _counted(server) == (4, len(answer.encode()))


async def test_those_of_a_message_belong_to_the_transaction_that_answers_it() -> None:
    async with site() as server:
        address = f"ws://127.0.0.1:{server.port}/components/greet"
        async with connect(address, compression=None) as socket:
            for sent in ('{"name":"Jane"}', '{"name":""}'):
                await socket.send(sent)
                answer = str(await socket.recv())
                at = len(server.watcher.seen) - 1
                assert await _counted(server, at) == (len(sent), len(answer))
        await until(lambda: len(server.watcher.seen) == 3)
        assert "bytes_in" not in server.watcher.seen[2].about


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: a\r\nx: " + b"y" * (1 << 17), 431),
        (b"GET / HTTP/1.1\r\nhost: a\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n", 400),
    ],
)
async def test_what_is_refused_on_its_connection_is_told_of(sent: bytes, status: int) -> None:
    async with site() as server:
        reader, writer = await server.connect()
        writer.write(sent)
        assert f"HTTP/1.1 {status} ".encode() in await reader.read()
        writer.close()
        (seen,) = server.watcher.seen
    assert (seen.component, seen.outcome.value, seen.about["status"]) == (
        "(refused)", "refused", status,
    )  # fmt: skip


async def test_a_connection_too_many_is_told_of_as_too_much_to_do() -> None:
    async with site("{kind: http, limits: {connections: 1}}") as server:
        _, first = await server.connect()
        first.write(b"GET / HTTP")
        reader, second = await server.connect()
        answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"\r\nretry-after: " in answer
        assert server.watcher.outcomes == ["busy"]
        for each in (first, second):
            each.close()
