"""The ASGI application: finds the route of a request, has it answered, and sends the answer.

`server` runs it behind uvicorn; it can be mounted in any other ASGI application as well. It decides
on nothing but the path and method: handlers answer, and raise what becomes a problem document.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

from wasmflow.errors import WasmflowError
from wasmflow.telemetry.telemetry import UNWATCHED, Outcome, Telemetry
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


class _Answer(NamedTuple):
    """What a handler came to."""

    response: Response
    outcome: Outcome = Outcome.OK
    message: str = ""

    @property
    def status(self) -> int:
        """As it is logged: nobody has seen that of an answer for who has left."""
        return _GONE if self.outcome is Outcome.CANCELLED else self.response.status


#: What others log where a client left before it was answered.
_GONE: Final = 499


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
        if isinstance(found, Match):
            target, params = found
        else:
            target, params = self._unrouted(method, found.methods), {}
        telemetry = self._telemetry if target.observed else UNWATCHED
        with telemetry.begin(self._trigger, target.name, *_trace(scope)) as observation:
            request = Request(scope, receive, observation)
            request.params = params
            answer = await self._answered(target, request)
            if target.cors is not None:
                answer.response.headers.extend(target.cors.headers(request))
            answer = await _sent(answer, request, send)
            observation.end(
                answer.outcome,
                answer.message,
                method=method,
                path=request.path,
                status=answer.status,
            )

    async def _answered(self, target: Target, request: Request) -> _Answer:
        try:
            return _Answer(await target.handler(request))
        except WasmflowError as error:
            problem = self._problem(error, target, request)
            return _Answer(problem, outcome_of(error), str(error))
        except Exception as error:
            _LOG.exception("a bug in the server")
            message = f"a bug in the server: {type(error).__name__}"
            problem = self._problem(Refused(500, message), target, request)
            return _Answer(problem, Outcome.ERROR, message)

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
        with self._telemetry.begin(self._trigger, target.name, *_trace(scope)) as observation:
            request = Request(scope, receive, observation)
            request.params = found.params if isinstance(found, Match) else {}
            await target.socket(request, receive, send)


def _path(scope: Scope) -> str:
    """The path within this application, percent-encoded."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    path = raw.decode("latin-1")
    root: str = scope.get("root_path", "")
    return path.removeprefix(root) if root and path.startswith(root + "/") else path


def _trace(scope: Scope) -> tuple[str, str]:
    """What the caller says of its trace: ``traceparent`` and ``tracestate``."""
    parent = state = b""
    for name, value in scope["headers"]:
        if name == b"traceparent":
            parent = value
        elif name == b"tracestate":
            state += b"," + value if state else value
    return parent.decode("latin-1"), state.decode("latin-1")


def _with_implied(allowed: Sequence[str]) -> list[str]:
    implied = ["HEAD"] if "GET" in allowed and "HEAD" not in allowed else []
    return [*allowed, *implied, *(["OPTIONS"] if "OPTIONS" not in allowed else [])]


async def _sent(answer: _Answer, request: Request, send: Send) -> _Answer:
    """Send an answer; what became of it by then."""
    if isinstance(answer.response.body, bytes):
        await _send_whole(answer.response, answer.response.body, send)
        return answer
    outcome, message = await _send_stream(answer.response, answer.response.body, request, send)
    return answer._replace(outcome=outcome, message=message)


async def _send_whole(response: Response, body: bytes, send: Send) -> None:
    headers = response.headers
    if response.status not in _BODILESS:
        headers = [*headers, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


#: Statuses that have no body, and so no length.
_BODILESS: Final = frozenset((204, 304))


async def _send_stream(
    response: Response, body: AsyncIterator[bytes], request: Request, send: Send
) -> tuple[Outcome, str]:
    """Send a body as it comes, until it ends or nobody takes it. What is wrong is in the body."""
    start = {"type": "http.response.start", "status": response.status, "headers": response.headers}
    await send(start)
    try:
        await request.attended(_pump(body, send))
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
