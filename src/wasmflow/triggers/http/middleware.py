"""Components that see requests before, and responses after, what answers a route.

Each works in a transaction of its own, which belongs to the trace of the request. Its ports say by
their names what it sees and what it changes (`roles`); what it does not send stays as it is. Where it
fails, the request fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote, urlencode

from wasmflow.codec.outputs import Sent, port_encoder
from wasmflow.codec.texts import text_of
from wasmflow.component import Port, Signature, TransactionFailed
from wasmflow.errors import WasmflowError
from wasmflow.host.host import Host
from wasmflow.naming import canonical
from wasmflow.packet import EMPTY, Failure, Kind
from wasmflow.triggers.http.answers import (
    check_header,
    header_name,
    header_pairs,
    impossible,
    opened,
    sent_headers,
)
from wasmflow.triggers.http.forms import form_texts
from wasmflow.triggers.http.guards import Finish, Guard
from wasmflow.triggers.http.inputs import FACTS
from wasmflow.triggers.http.problems import CONTENT_TYPE, Refused, outcome_of
from wasmflow.triggers.http.request import Request
from wasmflow.triggers.http.response import Headers, Response
from wasmflow.triggers.http.roles import ASKED, fact_decoder, is_any
from wasmflow.types import model as wit
from wasmflow.types.json import dumps, input_decoder, loads
from wasmflow.types.model import Json


class Stage:
    """One component in one role."""

    def __init__(self, host: Host, signature: Signature) -> None:
        self._host = host
        self.name = signature.name
        self._inputs = {
            canonical(port.name): (port, fact_decoder(port)) for port in signature.inputs
        }
        self.body = self._input("body")
        self.problem = self._input("problem")
        self._read = _reader(signature)

    def _input(self, name: str) -> Port | None:
        port, _ = self._inputs.get(name, (None, None))
        return port

    async def run(
        self, facts: Callable[[str], Json], body: Any, request: Request
    ) -> dict[str, Any]:
        """What it sends, by names, as JSON; the body as it is. `body` is `EMPTY` where it sees none.

        Raises a `WasmflowError`; a `TransactionFailed` says in its origin that it was this component.
        """
        own = request.observation
        context = own.context
        with own.telemetry.begin(
            own.trigger, self.name, str(context), context.state
        ) as observation:
            try:
                inputs = self._given(facts, body)
                how = observation.circumstances()
                return self._read(await request.attended(self._host.invoke(self.name, inputs, how)))
            except TransactionFailed as failed:
                observation.end(outcome_of(failed), str(failed))
                raise self._named(failed) from failed
            except WasmflowError as error:
                observation.end(outcome_of(error), str(error))
                raise

    def _given(self, facts: Callable[[str], Json], body: Any) -> dict[str, Any]:
        given = {}
        for name, (port, decode) in self._inputs.items():
            try:
                value = body if name == "body" else decode(facts(name))
            except wit.Misfit as misfit:
                reason = f"its input '{port.name}' cannot be given this: {misfit}"
                raise TransactionFailed(Failure(Kind.ERROR, reason)) from None
            if value is not EMPTY:
                given[port.name] = value
        return given

    def _named(self, failed: TransactionFailed) -> TransactionFailed:
        origin = "/".join(filter(None, (self.name, failed.failure.origin)))
        return TransactionFailed(replace(failed.failure, origin=origin), failed.also)


def _reader(signature: Signature) -> Callable[[Sent], dict[str, Any]]:
    """Makes of what a component sends what is said in it, by canonical names. Null says nothing."""
    parts = {port.name: port for port in signature.parts}
    ports = parts or {port.name: port for port in signature.outputs}
    if is_any(signature):
        return lambda sent: _members(sent.get("output"))
    named = [
        (name, canonical(name), _unchanged if canonical(name) == "body" else port_encoder(port))
        for name, port in ports.items()
    ]

    def read(sent: Sent) -> dict[str, Any]:
        values = opened(sent) if parts else sent
        return {
            known: encode(values[name])
            for name, known, encode in named
            if values.get(name) is not None
        }

    return read


def _members(value: Json) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise impossible("what is no object")
    return {canonical(name): member for name, member in value.items() if member is not None}


def _unchanged(value: Any) -> Any:
    return value


def _body_value(port: Port, body: bytes) -> Any:
    """A body as the value of a port: bytes and text as they are, all else from JSON. Raises `Misfit`."""
    type_ = port.type
    if type_ == wit.BYTES:
        return body
    if type_ == wit.STRING:
        return text_of(body)
    if not body and port.optional:
        return EMPTY
    return input_decoder(type_, optional=port.optional)(loads(body))


# --- requests ---------------------------------------------------------------------------------


def request_guard(host: Host, signature: Signature, most: int) -> Guard:
    """Has a component see a request, which it may change or answer. `most`: bytes of a body."""
    stage = Stage(host, signature)

    async def guard(request: Request) -> Response | None:
        body: Any = EMPTY
        if stage.body is not None:
            try:
                body = _body_value(stage.body, await request.body(most))
            except wit.Misfit as misfit:
                raise Refused(400, f"the body is {misfit}") from None
        said = await stage.run(lambda name: FACTS[name](request), body, request)
        if "status" in said:
            return _changed(Response(), said)
        _change(request, said)
        return None

    return guard


def _change(request: Request, said: Mapping[str, Any]) -> None:
    if "headers" in said:
        request.headers = _merged(request.headers, said["headers"])
    if "content-type" in said:
        request.headers = _merged(request.headers, {"content-type": said["content-type"]})
    if "method" in said:
        request.method = _checked(said["method"], "the method", str.isalpha)
    if "path" in said:
        path = _checked(said["path"], "the path", lambda text: text.startswith("/"))
        request.path = quote(path, safe="/%:@!$&'()*+,;=~")
    if "query" in said:
        request.query_string = _merged_query(request, said["query"])
    if "user" in said:
        request.user = _checked(said["user"], "the user", str.isprintable)
    if "body" in said:
        if request.held is None:
            raise impossible("a body for the request, which it has not read")
        request.change_body(_encoded(said["body"])[0])


def _checked(value: Any, what: str, fits: Callable[[str], bool]) -> str:
    if not isinstance(value, str) or not fits(value):
        raise impossible(f"{what} {str(value)[:40]!r}, which is none")
    return value


def _merged_query(request: Request, said: Json) -> bytes:
    names = {name for name, _ in _members_of(said)}
    kept = [(name, value) for name, value in request.query() if name not in names]
    return urlencode([*kept, *header_pairs(said)]).encode()


# --- responses --------------------------------------------------------------------------------


def response_finish(host: Host, signatures: Sequence[Signature], most: int) -> Finish:
    """Has components see a response, one after the other. `most`: bytes of a body that they see."""
    stages = [Stage(host, signature) for signature in signatures]

    async def finish(request: Request, response: Response) -> Response:
        try:
            for stage in stages:
                response = await _finished(stage, request, response, most)
        except BaseException:
            await close_body(response)
            raise
        return response

    return finish


def sees_bodies(signatures: Sequence[Signature]) -> bool:
    """Whether one of these components sees the body of what it is given."""
    return any(signature.input("body") is not None for signature in signatures)


async def want_whole(request: Request) -> None:
    """A guard for what components will see the body of: as it is, and not in parts."""
    asked = (b"accept-encoding", b"range", b"if-range")
    request.headers = [each for each in request.headers if each[0] not in asked]


async def _finished(stage: Stage, request: Request, response: Response, most: int) -> Response:
    problem = None if stage.problem is None else await _problem(response, most)
    if stage.problem is not None and not stage.problem.optional and problem is None:
        return response  # nothing went wrong
    body: Any = EMPTY
    if stage.body is not None and _has_body(request, response):
        await _gather(response, most)
        body = _seen(stage.body, response)
    elif stage.body is not None and not stage.body.optional:
        return response  # there is no body to see
    facts = {"problem": problem}
    said = await stage.run(
        lambda name: facts[name] if name in facts else _fact(name, request, response), body, request
    )
    if "body" in said:
        await close_body(response)
        if not _has_body(request, response):
            said.pop("body")
    return _changed(response, said)


def _has_body(request: Request, response: Response) -> bool:
    return request.method != "HEAD" and response.status not in (204, 304)


async def _gather(response: Response, most: int) -> None:
    """Have a body that comes in pieces as a whole, if it says that it is not too large."""
    length = response.header(b"content-length")
    if isinstance(response.body, bytes) or length is None or int(length) > most:
        return
    gathered = [chunk async for chunk in response.body]
    await close_body(response)
    response.body = b"".join(gathered)
    response.headers = [each for each in response.headers if each[0] != b"content-length"]


async def _problem(response: Response, most: int) -> Json:
    """The problem document that a response is, with all that one has; ``None`` if it is none."""
    type_, _, _ = (response.header(b"content-type") or b"").partition(b";")
    if type_.strip().lower() != CONTENT_TYPE:
        return None
    await _gather(response, most)
    document = None
    if isinstance(response.body, bytes):
        with suppress(wit.Misfit):
            document = loads(response.body)
    said = document if isinstance(document, dict) else {}
    return {"type": "about:blank", "title": "", "status": response.status, "detail": "", **said}


def _seen(port: Port, response: Response) -> Any:
    """The body as a component sees it. Raises `TransactionFailed` for what it must see and cannot."""
    reason = "it is a stream, or larger than the limit 'body'"
    if isinstance(response.body, bytes):
        try:
            return _body_value(port, response.body)
        except wit.Misfit as misfit:
            reason = str(misfit)
    if port.optional:
        return EMPTY
    message = f"a component must see the body of this response, and cannot: {reason}"
    raise TransactionFailed(Failure(Kind.ERROR, message))


def _fact(name: str, request: Request, response: Response) -> Json:
    if name == ASKED + "form":
        return form_texts(request)
    if name.startswith(ASKED):
        return FACTS[name.removeprefix(ASKED)](request)
    if name == "status":
        return response.status
    if name == "headers":
        return {key.decode("latin-1"): value.decode("latin-1") for key, value in response.headers}
    return (response.header(b"content-type") or b"").decode("latin-1")


def _changed(response: Response, said: Mapping[str, Any]) -> Response:
    """The response with what was said of it."""
    headers = [*response.headers]
    body = response.body
    if "body" in said:
        body, type_ = _encoded(said["body"])
        headers = [each for each in headers if each[0] not in _OF_BODY]
        if response.header(b"content-type") is None:
            headers.append((b"content-type", type_))
    if "headers" in said:
        headers = _merged(headers, said["headers"])
    if "content-type" in said:
        headers = _merged(headers, {"content-type": said["content-type"]})
    status = said.get("status", response.status)
    if not isinstance(status, int | float) or status not in range(200, 600):
        raise impossible(f"the status {str(status)[:20]}, which is none from 200 to 599")
    last = response.last if body is response.body else None
    return Response(int(status), headers, body, last)


#: What is said of the bytes of a body, and not of others.
_OF_BODY: Final = frozenset(
    (b"accept-ranges", b"content-encoding", b"content-length", b"content-range", b"etag")
)


def _encoded(value: Any) -> tuple[bytes, bytes]:
    """A body with its content type."""
    if isinstance(value, bytes):
        return value, b"application/octet-stream"
    if isinstance(value, str):
        return value.encode(), b"text/plain; charset=utf-8"
    return dumps(value).encode(), b"application/json"


def _merged(headers: Headers, said: Json) -> list[tuple[bytes, bytes]]:
    """Headers with others in place of those of the same names; null takes one away."""
    new = [*sent_headers(said)]
    for name, value in new:
        check_header(name, value)
    names = {header_name(name) for name, _ in _members_of(said)}
    return [*(each for each in headers if each[0] not in names), *new]


def _members_of(said: Json) -> Iterator[tuple[str, Json]]:
    """Those of an object or of a list of pairs, which `header_pairs` has found to be one."""
    members: Any = said.items() if isinstance(said, dict) else said or ()
    return ((str(name), value) for name, value in members)


async def close_body(response: Response) -> None:
    """Let go of what the body of a response comes from, if it is not sent."""
    close = getattr(response.body, "aclose", None)
    if close is not None:
        await close()
