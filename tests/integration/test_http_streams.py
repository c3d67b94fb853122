"""Streams over real sockets: as they are made and as they come, slowly, and left in the middle."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from tests.triggers.http.streaming import EVENTS, LINES, site, until


async def test_lines_go_out_while_others_still_come_in() -> None:
    async with site() as server:
        exchange = await server.begin("POST", "/components/double", content_type=LINES)
        exchange.send(b'{"n":1}\n')
        status, headers = await exchange.head()
        assert (status, headers["content-type"]) == (200, LINES)
        assert await exchange.line() == {"output": 2}
        exchange.send(b"7")
        exchange.send(b"\n")
        assert await exchange.line() == {"output": 14}
        exchange.send(b"")
        assert (await exchange.chunk(), exchange.complete) == (b"", True)


@pytest.mark.parametrize("accept", [LINES, EVENTS])
async def test_when_its_client_leaves_a_source_is_closed(accept: str) -> None:
    async with site() as server:
        exchange = await server.begin("GET", "/components/endless", accept=accept)
        await exchange.head()
        await exchange.chunk()
        exchange.leave()
        await until(lambda: not server.at_work)
        assert server.watcher.outcomes == ["cancelled"]


async def test_a_client_is_seen_leaving_while_nothing_is_sent() -> None:
    async with site("{kind: http, limits: {body_seconds: 0.2}}") as server:
        exchange = await server.begin("GET", "/components/silent")
        await until(lambda: server.at_work)
        exchange.leave()
        await until(lambda: not server.at_work)
        assert server.watcher.outcomes == ["cancelled"]


async def test_a_client_is_seen_leaving_in_the_middle_of_what_it_sends() -> None:
    async with site() as server:
        exchange = await server.begin("POST", "/components/double", content_type=LINES)
        exchange.send(b"1\n")
        await exchange.head()
        exchange.leave()
        await until(lambda: not server.at_work)
        assert server.watcher.outcomes == ["cancelled"]


async def test_a_client_that_takes_nothing_slows_the_source_down_and_is_left_in_the_end() -> None:
    async with site("{kind: http, limits: {body_seconds: 1}}") as server:
        await server.begin("GET", "/components/endless")
        await until(lambda: bool(server.components["endless"].sessions))
        session = server.components["endless"].sessions[0]
        await until(lambda: not server.at_work)
        # Far fewer than it could have made: what buffers hold.
        assert session.pulled < 2_000_000
        assert server.watcher.outcomes == ["cancelled"]


async def test_nothing_is_read_further_than_a_component_takes() -> None:
    async with site() as server:
        exchange = await server.begin("POST", "/components/many", content_type=LINES)
        exchange.send(b"1000000\n" * 10)
        await exchange.head()
        sent = 0
        line = b"0" + b" " * 60_000 + b"\n"
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                while sent < 50 << 20:
                    exchange.send(line)
                    sent += len(line)
                    await exchange.writer.drain()
        assert sent < 50 << 20
        exchange.writer.transport.abort()  # closing would wait until all is sent
        await until(lambda: not server.at_work)


async def test_a_browser_is_not_told_of_an_end_when_the_server_stops() -> None:
    async with site() as server:
        exchange = await server.begin("GET", "/components/endless", accept=EVENTS)
        await exchange.head()
        stopping = asyncio.create_task(server.server.stop(30))
        told = b""
        while part := await exchange.chunk():
            told = part
        await stopping
        assert exchange.complete
        assert told.endswith(b"retry: 1000\n\n")
        assert server.watcher.outcomes == ["cancelled"]


async def test_when_the_server_stops_what_has_come_in_is_still_answered() -> None:
    async with site() as server:
        exchange = await server.begin("POST", "/components/double", content_type=LINES)
        exchange.send(b"1\n2\n")
        await exchange.head()
        await exchange.chunk()
        await server.server.stop(30)
        last = await exchange.line()
        assert last["<error>"]["status"] == 503
        assert (await exchange.chunk(), exchange.complete) == (b"", True)


@pytest.mark.parametrize("middleware", ["", ", middleware: {response: [mark]}"])
async def test_a_stream_that_does_not_end_in_time_says_that_the_server_stops(
    middleware: str,
) -> None:
    async with site(f"{{kind: http{middleware}}}") as server:
        exchange = await server.begin("GET", "/components/endless")
        await exchange.head()
        stopping = asyncio.create_task(server.server.stop(0.1))
        content = b""
        while part := await exchange.chunk():
            content = (content + part)[-1000:]
        await stopping
        assert b'{"<error>":' in content.splitlines()[-1]
        assert exchange.complete
        assert server.watcher.outcomes[-1] == "cancelled"


async def test_a_stream_that_cannot_say_so_has_no_end_when_the_server_stops() -> None:
    async with site() as server:
        exchange = await server.begin("GET", "/components/endless", accept="text/plain")
        await exchange.head()
        stopping = asyncio.create_task(server.server.stop(0.1))
        while await exchange.chunk():
            pass
        await stopping
        assert not exchange.complete
        assert server.watcher.outcomes == ["cancelled"]


@pytest.mark.parametrize("version", ["1.0", "1.1"])
async def test_what_breaks_off_has_no_end_as_what_is_whole(version: str) -> None:
    async with site() as server:
        reader, writer = await server.connect()
        request = f"GET /components/torn HTTP/{version}\r\nhost: x\r\naccept: text/plain\r\n\r\n"
        writer.write(request.encode())
        await until(lambda: server.watcher.outcomes == ["error"])
        if version == "1.0":
            with pytest.raises(ConnectionResetError):
                await reader.read()
        else:
            assert (await reader.read()).endswith(b"\r\n\r\n1\r\na\r\n")
        writer.close()
