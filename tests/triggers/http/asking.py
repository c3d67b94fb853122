"""Asks a server without any network: an ASGI client, and a server of a trigger as a manifest has it."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from tests.triggers.doors import surroundings, trigger
from wasmflow.host.host import Host
from wasmflow.triggers.http.app import App
from wasmflow.triggers.http.bodies import Bodies
from wasmflow.triggers.http.headers import constant_headers
from wasmflow.triggers.http.plan import plan
from wasmflow.triggers.http.routes import open_routes
from wasmflow.triggers.server import Surroundings


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def app(
    host: Host,
    block: str = "{kind: http}",
    around: Surroundings | None = None,
    bodies: Bodies | None = None,
) -> App:
    """The application of a trigger in which nothing is wrong."""
    described = trigger(block)
    planned = plan(described, host)
    assert [str(problem) for problem in planned.problems] == []
    around = around or surroundings(host)
    routes = open_routes(planned, around, asyncio.Event(), AsyncExitStack())
    headers = constant_headers(planned.block.headers)
    return App("web", routes, around.telemetry, bodies=bodies, headers=headers)


async def ask(
    app: App,
    method: str,
    target: str,
    body: bytes | object = b"",
    headers: dict[str, str] | None = None,
) -> Answer:
    """One request. A body that is not bytes is sent as JSON."""
    sent = dict(headers or {})
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
        sent.setdefault("content-type", "application/json")
    if body:
        sent.setdefault("content-length", str(len(body)))
    return await exchange(app, scope(method, target, sent), [body])


def scope(method: str, target: str, headers: dict[str, str]) -> dict[str, Any]:
    """As uvicorn makes it."""
    path, _, query = target.partition("?")
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "scheme": "http",
        "client": ("127.0.0.1", 50000),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }


async def refused_handshake(app: App, target: str) -> Answer:
    """What a WebSocket is answered that is not accepted."""
    return await exchange(app, {**scope("GET", target, {}), "type": "websocket"}, [b""])


async def exchange(app: App, scope: dict[str, Any], body: list[bytes]) -> Answer:
    """Send the body in these pieces, and never leave."""
    events = [{"type": "http.request", "body": part, "more_body": True} for part in body]
    events[-1]["more_body"] = False
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not events:
            await asyncio.Event().wait()
        return events.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start, *rest = sent
    headers = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
    return Answer(start["status"], headers, b"".join(part["body"] for part in rest))
