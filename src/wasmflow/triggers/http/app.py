"""The ASGI application: finds the route of a request, has it answered, and sends the answer.

`server` runs it behind uvicorn; it can be mounted in any other ASGI application as well. It decides
on nothing but the path and method: handlers answer, and raise what becomes a problem document.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, NamedTuple, NoReturn

from wasmflow.errors import WasmflowError
from wasmflow.telemetry.telemetry import UNWATCHED, Outcome, Telemetry
from wasmflow.triggers.http.bodies import Bodies
from wasmflow.triggers.http.cors import Cors, check_origin, is_preflight
from wasmflow.triggers.http.guards import Finish
from wasmflow.triggers.http.headers import adding, complete
from wasmflow.triggers.http.pattern import Match, NoMatch, Routes
from wasmflow.triggers.http.problems import Gone, Refused, Stops, outcome_of, problem_response
from wasmflow.triggers.http.request import Receive, Request, Scope, Send, path_within
from wasmflow.triggers.http.response import Headers, Response
from wasmflow.triggers.http.sending import send_stream
from wasmflow.triggers.http.sockets import SocketHandler, no_socket, reject
from wasmflow.triggers.http.transaction import Handler
from wasmflow.triggers.http.writing import BODILESS

_LOG: Final = logging.getLogger(__name__)


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
    #: What sees each response before it is sent, also those that tell of an error.
    finish: Finish | None = None


class _Answer(NamedTuple):
    """What a handler came to."""

    response: Response
    outcome: Outcome = Outcome.OK
    message: str = ""

    def finished(self, last: _Answer) -> _Answer:
        """This, as `last` has changed it. What has gone wrong last is told."""
        return self._replace(response=last.response) if last.outcome is Outcome.OK else last


#: What others log where a client left before it was answered: nobody sees the status.
_GONE: Final = 499


class App:
    """A raw ASGI application."""

    def __init__(
        self,
        trigger: str,
        routes: Routes[Target],
        telemetry: Telemetry,
        closing: asyncio.Event | None = None,
        bodies: Bodies | None = None,
        headers: Headers = (),
    ) -> None:
        """Who cancels a request when `closing` is set has it answered; `bodies` is what all may hold;
        each answer has `headers`, those apart that it says itself."""
        #: What each answer on its connections has, by whomever it is made.
        self.headers = headers
        self._closing = closing or asyncio.Event()
        self._bodies = bodies or Bodies()
        self._trigger = trigger
        self._routes = routes
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._converse(scope, receive, adding(self.headers, send))
        else:
            await _live(receive, send)

    def refused(self, status: int, detail: str) -> None:
        """Tell of what was refused on its connection, before anything could be asked for."""
        with self._telemetry.begin(self._trigger, "(refused)") as observation:
            outcome = Outcome.BUSY if status == HTTPStatus.SERVICE_UNAVAILABLE else Outcome.REFUSED
            observation.end(outcome, detail, status=status)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"]
        path = path_within(scope)
        target, params, route, _ = self._found(method, path, scope)
        telemetry = self._telemetry if target.observed else UNWATCHED
        with telemetry.begin(self._trigger, target.name, *_trace(scope)) as observation:
            request = Request(scope, path, receive, observation, self._bodies)
            request.params = params
            try:
                answer = await self._asked(target, request)
            finally:
                request.let_go()
            answer = await _sent(answer, request, send)
            observation.end(
                answer.outcome,
                answer.message,
                method=method,
                path=path,
                route=route,
                status=answer.response.status,
                bytes_in=request.received,
                bytes_out=0 if method == "HEAD" else answer.response.sent,
            )

    async def _asked(self, target: Target, request: Request) -> _Answer:
        """What a target answers, with all that has to be said in it."""
        answer = await self._answered(target.handler(request), target, request)
        if target.finish is not None:
            finishing = target.finish(request, answer.response)
            answer = answer.finished(await self._answered(finishing, target, request))
        if target.cors is not None:
            target.cors.finish(request, answer.response)
        if self.headers:
            answer.response.headers[:] = complete(answer.response.headers, self.headers)
        return answer

    def _found(self, method: str, path: str, scope: Scope) -> Match[Target]:
        """What answers a request: its route, or what says that there is none."""
        if is_preflight(method, scope["headers"]):
            preflight = self._preflight(path, scope)
            if preflight is not None:
                return Match(preflight, {})
        found = self._routes.find(method, path)
        if isinstance(found, Match):
            return found
        return Match(self._unrouted(method, found), {})

    def _preflight(self, path: str, scope: Scope) -> Target | None:
        """What answers a browser that asks what a page may send; ``None`` where nothing is said of it."""
        headers = dict(scope["headers"])
        wanted = headers[b"access-control-request-method"].decode("latin-1")
        found = self._routes.find(wanted, path)
        cors = found.target.cors if isinstance(found, Match) else None
        if cors is None:
            return None
        return Target("(preflight)", cors.preflight, observed=False)

    async def _answered(
        self, work: Coroutine[Any, Any, Response], target: Target, request: Request
    ) -> _Answer:
        try:
            return _Answer(await work)
        except asyncio.CancelledError:
            if not self._closing.is_set():
                raise
            problem = self._problem(Stops(), target, request)
            return _Answer(problem, Outcome.CANCELLED, "the server stops")
        except Gone as gone:
            problem = self._problem(gone, target, request)
            problem.status = _GONE
            return _Answer(problem, Outcome.CANCELLED, str(gone))
        except WasmflowError as error:
            problem = self._problem(error, target, request)
            outcome = outcome_of(error)
            if outcome is Outcome.EXCEPTION and problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                outcome = Outcome.ERROR
            return _Answer(problem, outcome, str(error))
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

    def _unrouted(self, method: str, found: NoMatch) -> Target:
        """What answers a request for which there is no route."""
        if found.ambiguous:
            return _AMBIGUOUS
        allowed = found.methods

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
        scope["method"] = "GET"
        path = path_within(scope)
        target, params, route, _ = self._socket(path)
        with self._telemetry.begin(self._trigger, target.name, *_trace(scope)) as observation:
            observation.about["route"] = route
            request = Request(scope, path, receive, observation)
            request.params = params
            try:
                check_origin(request, target.cors)
                await (target.socket or no_socket)(request, send)
            except WasmflowError as error:
                problem = self._problem(error, target, request)
                observation.end(
                    outcome_of(error), str(error),
                    method="WEBSOCKET", path=request.path, status=problem.status,
                )  # fmt: skip
                await reject(problem, send)

    def _socket(self, path: str) -> Match[Target]:
        """What converses at a path, whatever method its requests have."""
        found = [self._routes.find(method, path) for method in ("GET", "POST")]
        for each in found:
            if isinstance(each, Match) and each.target.socket is not None:
                return each
        ambiguous = any(isinstance(each, NoMatch) and each.ambiguous for each in found)
        return Match(self._unrouted("GET", NoMatch(ambiguous=ambiguous)), {})


async def _ambiguous(request: Request, _send: Send | None = None) -> NoReturn:
    raise Refused(400, f"{request.path} can be read as another path")


_AMBIGUOUS: Final = Target("(none)", _ambiguous, socket=_ambiguous)


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
        await _send_whole(answer.response, answer.response.body, request, send)
        return answer
    outcome, message = await send_stream(answer.response, answer.response.body, request, send)
    return answer._replace(outcome=outcome, message=message)


async def _send_whole(response: Response, body: bytes, request: Request, send: Send) -> None:
    headers = response.headers
    if response.status in BODILESS:
        body = b""
    response.sent = len(body)
    if request.write is not None and request.write(response.status, headers, body):
        return
    if response.status not in BODILESS:
        headers = [*headers, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _live(receive: Receive, send: Send) -> None:
    """The lifespan of an application that is mounted elsewhere: everything is loaded already."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
