"""The ASGI application: finds the route of a request, has it answered, and sends the answer.

`server` runs it behind uvicorn; it can be mounted in any other ASGI application as well. It decides
on nothing but the path and method: handlers answer, and raise what becomes a problem document.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from wasmflow.errors import WasmflowError
from wasmflow.telemetry.telemetry import Outcome, Telemetry
from wasmflow.triggers.http.cors import Cors
from wasmflow.triggers.http.pattern import Match, Routes
from wasmflow.triggers.http.problems import Gone, Refused, outcome_of, problem_response
from wasmflow.triggers.http.request import Receive, Request, Scope, Send
from wasmflow.triggers.http.response import Response
from wasmflow.triggers.http.transaction import Handler

_LOG: Final = logging.getLogger(__name__)

#: Answers a WebSocket, from its handshake to its end.
SocketHandler: TypeAlias = Callable[[Request, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Target:
    """What a route leads to."""

    #: What logs and metrics call it: a component, or the kind of route.
    name: str
    handler: Handler
    #: The status for an exception with this case as its payload.
    exceptions: Mapping[str, int] = field(default_factory=dict)
    cors: Cors | None = None
    #: Whether it is told of in logs and metrics: health checks are not.
    observed: bool = True
    socket: SocketHandler | None = None


class App:
    """A raw ASGI application."""

    def __init__(self, trigger: str, routes: Routes[Target], telemetry: Telemetry) -> None:
        self._trigger = trigger
        self._routes = routes
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._converse(scope, receive, send)
        else:
            await _live(receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"]
        found = self._routes.find(method, _path(scope))
        target = found.target if isinstance(found, Match) else self._unrouted(method, found)
        traceparent = _header(scope, b"traceparent")
        observation = self._telemetry.begin(self._trigger, target.name, traceparent)
        request = Request(scope, receive, observation)
        if isinstance(found, Match):
            request.params = found.params
        outcome, message = Outcome.OK, ""
        try:
            response = await target.handler(request)
        except WasmflowError as error:
            outcome, message = outcome_of(error), str(error)
            response = self._problem(error, target, request)
        except Exception as error:
            _LOG.exception("a bug in the server")
            outcome, message = Outcome.ERROR, f"a bug in the server: {type(error).__name__}"
            response = self._problem(Refused(500, message), target, request)
        if target.cors is not None:
            response.headers.extend(target.cors.headers(request))
        if isinstance(response.body, bytes):
            await _send_whole(response, send)
        else:
            outcome, message = await _send_stream(response, request, send)
        if target.observed:
            status = 499 if outcome is Outcome.CANCELLED else response.status
            observation.end(outcome, message, method=method, path=request.path, status=status)

    def _problem(self, error: Exception, target: Target, request: Request) -> Response:
        component = "" if target.name.startswith("(") else target.name
        trace = request.observation.context.trace
        return problem_response(
            error, component=component, trace=trace, exceptions=target.exceptions
        )

    def _unrouted(self, method: str, allowed: Sequence[str]) -> Target:
        """What answers a request for which there is no route."""

        async def refuse(request: Request) -> Response:
            if not allowed:
                raise Refused(404, f"there is nothing at {request.path}")
            names = ", ".join(_with_implied(allowed))
            allow = [(b"allow", names.encode())]
            if method == "OPTIONS":
                return Response(204, allow)
            raise Refused(405, f"{request.path} takes {names}, not {method}", headers=allow)

        return Target("(none)", refuse)

    async def _converse(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._routes.find("GET", _path(scope))
        target = found.target if isinstance(found, Match) else None
        if target is None or target.socket is None:
            await send({"type": "websocket.close", "code": 1008})
            return
        scope["method"] = "GET"
        traceparent = _header(scope, b"traceparent")
        observation = self._telemetry.begin(self._trigger, target.name, traceparent)
        request = Request(scope, receive, observation)
        request.params = found.params if isinstance(found, Match) else {}
        await target.socket(request, receive, send)


def _path(scope: Scope) -> str:
    """The path within this application, percent-encoded."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    path = raw.decode("latin-1")
    root: str = scope.get("root_path", "")
    return path.removeprefix(root) if root and path.startswith(root + "/") else path


def _header(scope: Scope, name: bytes) -> str:
    return next((v.decode("latin-1") for key, v in scope["headers"] if key == name), "")


def _with_implied(allowed: Sequence[str]) -> list[str]:
    implied = ["HEAD"] if "GET" in allowed and "HEAD" not in allowed else []
    return [*allowed, *implied, *(["OPTIONS"] if "OPTIONS" not in allowed else [])]


async def _send_whole(response: Response, send: Send) -> None:
    body = response.body
    headers = response.headers
    if response.status != 304 and not (response.status == 204 and not body):
        headers = [*headers, (b"content-length", b"%d" % len(body))]  # type: ignore[arg-type]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _send_stream(response: Response, request: Request, send: Send) -> tuple[Outcome, str]:
    """Send a body as it comes, until it ends or nobody takes it. What is wrong is in the body."""
    start = {"type": "http.response.start", "status": response.status, "headers": response.headers}
    await send(start)
    try:
        await request.attended(_pump(response.body, send))  # type: ignore[arg-type]
    except Gone as gone:
        return Outcome.CANCELLED, str(gone)
    except WasmflowError as error:
        return outcome_of(error), str(error)
    return Outcome.OK, ""


async def _pump(body: AsyncIterator[bytes], send: Send) -> None:
    async with aclosing(body) as chunks:  # type: ignore[type-var]
        async for chunk in chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _live(receive: Receive, send: Send) -> None:
    """The lifespan of an application that is mounted elsewhere: everything is loaded already."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
