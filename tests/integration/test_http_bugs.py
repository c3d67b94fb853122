"""What clients are told where the server itself is wrong: by a problem, or by an end that is none."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.triggers.doors import FakeCollection, Watcher, surroundings
from tests.triggers.http.streaming import until
from wasmflow.component import About
from wasmflow.host.host import Host
from wasmflow.host.settings import Settings
from wasmflow.manifest.specs.triggers.http import ServerLimitsBlock
from wasmflow.telemetry.telemetry import Observation
from wasmflow.triggers.http.app import App, Target
from wasmflow.triggers.http.limits import server_limits
from wasmflow.triggers.http.pattern import Routes, parse_pattern
from wasmflow.triggers.http.request import Request, Send
from wasmflow.triggers.http.response import Response
from wasmflow.triggers.http.server import HttpServer


class Fault(Exception):
    """What nobody expects."""


class Faulty(Watcher):
    """A sink that breaks its word."""

    def began(self, observation: Observation) -> None:
        if observation.component == "watched":
            raise Fault

    def ended(self, observation: Observation) -> None:
        super().ended(observation)
        if observation.component == "told":
            raise Fault


async def _fine(_request: Request) -> Response:
    return Response(200, [], b"fine")


async def _breaks_off(_request: Request) -> Response:
    async def body() -> AsyncIterator[bytes]:
        yield b"a part"
        raise Fault

    return Response(200, [(b"content-length", b"100")], body())


async def _waits(_request: Request) -> Response:
    await asyncio.Event().wait()
    return Response()


async def _converses_badly(request: Request, send: Send) -> None:
    if request.query_string:
        await request.messages()
        await send({"type": "websocket.accept"})
    raise Fault


TARGETS = {
    "GET /watched": Target("watched", _fine),
    "GET /told": Target("told", _fine),
    "GET /part": Target("part", _breaks_off),
    "GET /wait": Target("wait", _waits),
    "GET /socket": Target("socket", _fine, socket=_converses_badly),
}


@asynccontextmanager
async def _site() -> AsyncIterator[HttpServer]:
    host = Host(FakeCollection({}, About("test")), Settings())
    routes: Routes[Target] = Routes()
    for key, target in TARGETS.items():
        routes.add(parse_pattern(key), target)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        around = replace(surroundings(host, Faulty()), sockets=[listening])
        closing = asyncio.Event()
        app = App("web", routes, around.telemetry, closing)
        server = HttpServer(app, around, server_limits(ServerLimitsBlock()), closing)
        await server.start()
        try:
            yield server
        finally:
            await server.stop(1)


def _address(server: HttpServer) -> str:
    port = server._sockets[0].getsockname()[1]
    return f"127.0.0.1:{port}"


async def _ask(server: HttpServer, *paths: str) -> bytes:
    """All that comes back, for requests on one connection."""
    host, port = _address(server).split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    for path in paths:
        writer.write(f"GET {path} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
    answer = b""
    while part := await reader.read(1 << 16):
        answer += part
        if answer.count(b"fine") == len(paths):
            break
    writer.close()
    return answer


def _problem(answer: bytes) -> dict[str, Any]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    problem: dict[str, Any] = json.loads(body)
    return problem


def _faults(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Errors that were logged, by what raised them."""
    records = [each for each in caplog.records if each.levelno >= logging.ERROR]
    return [each.exc_info[0].__name__ for each in records if each.exc_info and each.exc_info[0]]


async def test_a_bug_is_answered_with_a_problem_and_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with _site() as server:
        problem = _problem(await _ask(server, "/watched"))
    assert (problem["status"], problem["detail"]) == (500, "a bug in the server")
    assert _faults(caplog) == ["Fault"]


async def test_an_answer_that_has_begun_is_cut_off_by_a_bug(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with _site() as server:
        answer = await _ask(server, "/part")
    assert answer.count(b"HTTP/1.1") == 1
    assert answer.endswith(b"a part")
    assert _faults(caplog) == ["Fault"]


async def test_a_bug_behind_an_answer_changes_nothing_of_it_or_of_the_next(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with _site() as server:
        answer = await _ask(server, "/told", "/told")
    assert answer.count(b"HTTP/1.1 200") == 2
    assert b"500" not in answer
    assert _faults(caplog) == ["Fault", "Fault"]


async def test_a_request_that_is_cancelled_is_told_that_the_server_stops(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with _site() as server:
        asking = asyncio.create_task(_ask(server, "/wait"))
        await until(lambda: bool(server.state.tasks))
        for task in server.state.tasks:
            task.cancel()
        problem = _problem(await asking)
    assert (problem["status"], problem["detail"]) == (503, "the server stops")
    assert _faults(caplog) == []


async def test_a_handshake_is_answered_with_a_problem_also_by_a_bug(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with _site() as server:
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://{_address(server)}/socket", compression=None)
    answer = refused.value.response
    assert answer.headers["content-type"] == "application/problem+json"
    assert json.loads(answer.body or b"")["status"] == 500
    assert _faults(caplog) == ["Fault"]


async def test_a_bug_closes_a_socket_with_the_code_of_one(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with _site() as server:
        async with connect(f"ws://{_address(server)}/socket?open", compression=None) as client:
            with pytest.raises(ConnectionClosed):
                await client.recv()
        assert client.close_code == 1011
    assert _faults(caplog) == ["Fault"]
