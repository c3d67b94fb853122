"""How the packets of a stream stand in the body of a response: JSON lines, events, or as they are.

Pure. What comes of one request is made by one framing, which may count. Source of events:
https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol, TypeAlias

from wasmflow.codec.outputs import Sent, outputs_encoder, port_encoder, unprintable
from wasmflow.component import Port, Signature
from wasmflow.triggers.http.answers import ResponseForm, opened
from wasmflow.triggers.http.request import Request
from wasmflow.types import model as wit
from wasmflow.types.json import dumps

#: What stands for packets that came together; ``None`` if that is nothing. Raises `TransactionFailed`.
Shown: TypeAlias = Callable[[Sent], bytes | None]

LINES: Final = b"application/x-ndjson"
EVENTS: Final = b"text/event-stream"
BYTES: Final = b"application/octet-stream"
TEXT: Final = b"text/plain; charset=utf-8"

#: Milliseconds after which a client asks again, where the server stops.
RETRY: Final = 1000


class Framing(Protocol):
    """The form of one body."""

    type: bytes
    #: What is sent where nothing else was for a while; empty for nothing.
    heartbeat: bytes
    #: What is sent after all else.
    end: bytes
    #: Whether its client asks again by itself where it ends without that.
    again: bool

    def line(self, sent: Sent) -> bytes:
        """Packets that came together. Raises `TransactionFailed` for what cannot be shown."""

    def failure(self, document: bytes) -> bytes | None:
        """What tells of a failure; ``None`` where nothing can."""

    def interrupted(self, document: bytes) -> bytes | None:
        """What tells that the server stops; ``None`` where nothing can."""


class Lines:
    """A line of JSON for each. No output can be called ``<error>``."""

    heartbeat = end = b""
    again = False

    def __init__(self, shown: Shown, type_: bytes = LINES) -> None:
        self._shown = shown
        self.type = type_

    def line(self, sent: Sent) -> bytes:
        shown = self._shown(sent)
        return b"" if shown is None else shown + b"\n"

    def failure(self, document: bytes) -> bytes:
        return failure_line(document) + b"\n"

    interrupted = failure


def failure_line(document: bytes) -> bytes:
    """What stands for a failure among objects of outputs."""
    return b'{"<error>":' + document + b"}"


class Events:
    """An event for each, with its number. Those that the client has had already are counted."""

    heartbeat = b":\n\n"
    end = b"event: end\ndata: {}\n\n"
    again = True

    def __init__(self, shown: Shown, type_: bytes = EVENTS, after: int = 0) -> None:
        self._shown = shown
        self._number = after
        self.type = type_

    def line(self, sent: Sent) -> bytes:
        shown = self._shown(sent)
        if shown is None:
            return b""
        self._number += 1
        return b"id: %d\n%b\n" % (self._number, _data(shown))

    def failure(self, document: bytes) -> bytes:
        return b"event: failure\n" + _data(document) + b"\n"

    def interrupted(self, document: bytes) -> bytes:
        """The client connects again by itself, unless it is told of an end."""
        return b"retry: %d\n\n" % RETRY


def _data(content: bytes) -> bytes:
    return b"".join([b"data: %b\n" % line for line in _END.split(content)])


_END: Final = re.compile(rb"\r\n|\r|\n")


class Raw:
    """Text or bytes as they are. Nothing else can stand among them."""

    heartbeat = end = b""
    again = False

    def __init__(self, shown: Shown, type_: bytes) -> None:
        self._shown = shown
        self.type = type_

    def line(self, sent: Sent) -> bytes:
        return self._shown(sent) or b""

    def failure(self, document: bytes) -> None:
        return None

    interrupted = failure


class Framings:
    """The forms that the answers of one route can have."""

    def __init__(self, signature: Signature, form: ResponseForm) -> None:
        ports = {port.name: port for port in (*signature.outputs, *signature.parts)}
        only = signature.outputs[0] if len(signature.outputs) == 1 else None
        body = ports[form.body] if form.body else None
        self._fixed = form.fixed.get("content-type", "").encode()
        self._lines = _object(signature) if body is None else _value(signature, body)
        self._raw = raw_port(body or only)
        self._always_raw = body is not None and self._raw is not None
        if self._raw is not None:
            self._as_it_is = _as_it_is(signature, self._raw)

    def choose(self, request: Request, after: int = 0) -> Framing:
        """The form that a client asks for, of those that the route leaves open.

        `after` is the number of the last event that it has had.
        """
        if self._fixed:
            return self._of(self._fixed.partition(b";")[0].strip().lower(), self._fixed, after)
        own = [_raw_type(self._raw)] if self._raw is not None else []
        offered = [*own, EVENTS, LINES] if self._always_raw else [LINES, EVENTS, *own]
        type_ = accepted(request.header(b"accept") or "", offered)
        return self._of(type_, type_, after)

    def message(self, sent: Sent) -> str | bytes | None:
        """A message of a socket: raw where the route says so, or JSON. Raises `TransactionFailed`."""
        if self._always_raw:
            content = self._as_it_is(sent)
            return content.decode() if content is not None and self._is_text else content
        content = self._lines(sent)
        return None if content is None else content.decode()

    def _of(self, essence: bytes, type_: bytes, after: int) -> Framing:
        if essence == EVENTS:
            return Events(self._as_it_is if self._is_text else self._lines, type_, after)
        if self._raw is not None and essence != LINES:
            return Raw(self._as_it_is, type_)
        return Lines(self._lines, type_)

    @property
    def _is_text(self) -> bool:
        """Whether an event holds a text as it is: that of the output that the route says."""
        return self._always_raw and self._raw is not None and self._raw.type == wit.STRING


def raw_port(port: Port | None) -> Port | None:
    """A port whose values are text or bytes as they are."""
    return port if port is not None and port.type in (wit.STRING, wit.BYTES) else None


def _raw_type(port: Port) -> bytes:
    return BYTES if port.type == wit.BYTES else TEXT


def _object(signature: Signature) -> Shown:
    encode = outputs_encoder(signature)
    return lambda sent: _json(encode(sent))


def _value(signature: Signature, port: Port) -> Shown:
    """The values of one output by themselves."""
    take, encode = _taker(signature, port), port_encoder(port)

    def shown(sent: Sent) -> bytes | None:
        found = take(sent)
        return _json(encode(found[port.name])) if port.name in found else None

    return shown


def _as_it_is(signature: Signature, port: Port) -> Shown:
    take = _taker(signature, port)

    def shown(sent: Sent) -> bytes | None:
        value: Any = take(sent).get(port.name)
        return value.encode() if isinstance(value, str) else value

    return shown


def _taker(signature: Signature, port: Port) -> Callable[[Sent], Sent]:
    """Finds a port among what was sent, where it may be a part of the only output."""
    return (lambda sent: sent) if port in signature.outputs else opened


def _json(value: wit.Json) -> bytes:
    try:
        return dumps(value).encode()
    except wit.Misfit as misfit:
        raise unprintable(str(misfit)) from None


def accepted(accept: str, offered: Sequence[bytes]) -> bytes:
    """The type that a client likes best, of several the first; the first also where it likes none.

    Source: RFC 9110, section 12.5.1
    """
    ranges = [_range(each) for each in accept.split(",") if each.strip()]
    if not ranges:
        return offered[0]
    return max(offered, key=lambda type_: _quality(type_.partition(b";")[0].decode(), ranges))


def _range(text: str) -> tuple[str, float]:
    type_, *parameters = (part.strip().lower() for part in text.split(";"))
    quality = next((each[2:] for each in parameters if each.startswith("q=")), "1")
    return type_, float(quality) if _QUALITY.fullmatch(quality) else 0.0


_QUALITY: Final = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?")


def _quality(type_: str, ranges: Sequence[tuple[str, float]]) -> float:
    """By the most specific range that it is in."""
    names = (type_, type_.partition("/")[0] + "/*", "*/*")
    return next((q for name in names for range_, q in ranges if range_ == name), 0.0)
