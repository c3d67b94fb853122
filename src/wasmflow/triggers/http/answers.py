"""From what a component sends to the response of its route."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from wasmflow.codec.outputs import Sent, outputs_encoder, port_encoder, unprintable
from wasmflow.component import Port, Signature, TransactionFailed
from wasmflow.packet import Failure, Kind
from wasmflow.triggers.http.response import Response
from wasmflow.types import model as wit
from wasmflow.types.json import dumps
from wasmflow.types.model import Json

_JSON: Final = b"application/json"
_TYPES: Final[Mapping[wit.Type | None, bytes]] = {
    wit.STRING: b"text/plain; charset=utf-8",
    wit.CHAR: b"text/plain; charset=utf-8",
    wit.BYTES: b"application/octet-stream",
}

#: What is between two programs only, or said by the server itself: no component decides on it.
OURS: Final = frozenset(
    (
        b"connection", b"content-length", b"date", b"keep-alive", b"proxy-connection", b"te", b"trailer",
        b"transfer-encoding", b"upgrade",
    )
)  # fmt: skip
_NAME: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9a-z-]+")
_VALUE: Final = re.compile(rb"[^\x00-\x08\x0a-\x1f\x7f]*")


@dataclass(frozen=True)
class ResponseForm:
    """Which outputs are which parts of a response. Names are those of the signature."""

    body: str | None = None
    #: An output, or the status itself.
    status: str | int = 200
    #: The output that is an object of headers.
    headers: str | None = None
    #: The output that is the content type.
    type: str | None = None
    #: The same for all responses.
    fixed: Mapping[str, str] = field(default_factory=dict)


def answers_with_stream(signature: Signature, form: ResponseForm) -> bool:
    """Whether what becomes the body is a stream."""
    ports = (*signature.outputs, *signature.parts)
    return any(port.stream for port in ports if form.body in (None, port.name))


class Writer:
    """Makes responses of what a component sends."""

    def __init__(self, signature: Signature, form: ResponseForm) -> None:
        ports = {port.name: port for port in (*signature.outputs, *signature.parts)}
        self._opened = bool(signature.parts) and "output" not in (form.body, form.status)
        self._status = form.status
        self._headers = ports[form.headers] if form.headers else None
        self._type = form.type
        self._fixed = [
            (name.lower().encode(), value.encode()) for name, value in form.fixed.items()
        ]
        self._body = ports[form.body] if form.body else None
        aside = {form.status, form.headers, form.type}
        self._encode = outputs_encoder(signature)
        self._aside = {name for name in aside if isinstance(name, str)}
        self._has_aside = bool(self._aside) or form.body is not None
        self._encode_headers = port_encoder(self._headers) if self._headers else None
        self._content = _content(self._body) if self._body else None

    def write(self, sent: Sent) -> Response:
        """The response. Raises `TransactionFailed` for what cannot be one."""
        if not self._has_aside:
            status = self._status if isinstance(self._status, int) else 200
            return Response(status, [(b"content-type", _JSON), *self._fixed], self._object(sent))
        return self._chosen(opened(sent) if self._opened else sent, sent)

    def _object(self, sent: Sent) -> bytes:
        try:
            return dumps(self._encode(sent)).encode()
        except wit.Misfit as misfit:
            raise unprintable(str(misfit)) from None

    def _chosen(self, parts: Sent, sent: Sent) -> Response:
        headers = [*self._fixed, *self._sent_headers(parts)]
        body, type_ = self._sent_body(parts, sent)
        if self._type is not None and self._type in parts:
            type_ = str(parts[self._type]).encode()
        if type_ and not any(name == b"content-type" for name, _ in headers):
            headers.insert(0, (b"content-type", type_))
        for name, value in headers:
            check_header(name, value)
        return Response(self._sent_status(parts, body), headers, body)

    def _sent_body(self, parts: Sent, sent: Sent) -> tuple[bytes, bytes]:
        if self._body is not None and self._content is not None:
            if self._body.name not in parts:
                return b"", b""
            return self._content(parts[self._body.name])
        shown = self._encode(sent)
        rest = {name: value for name, value in shown.items() if name not in self._aside}
        return dumps(rest).encode(), _JSON

    def _sent_status(self, parts: Sent, body: bytes) -> int:
        status = parts.get(self._status) if isinstance(self._status, str) else self._status
        if status is None:
            return 200
        if not isinstance(status, int) or not 200 <= status <= 599:
            raise impossible(f"the status {str(status)[:20]}, which is none from 200 to 599")
        return 204 if status == 200 and not body and self._body is not None else status

    def _sent_headers(self, parts: Sent) -> Iterator[tuple[bytes, bytes]]:
        if self._headers is None or self._encode_headers is None or self._headers.name not in parts:
            return iter(())
        return sent_headers(self._encode_headers(parts[self._headers.name]))


def opened(sent: Sent) -> Sent:
    """The fields or the case of the only output by themselves."""
    value = sent.get("output")
    if isinstance(value, wit.Case):
        return {value.name: True if value.payload is None else value.payload}
    return value if isinstance(value, dict) else {}


def _content(port: Port) -> Callable[[Any], tuple[bytes, bytes]]:
    """Makes a body and its content type of the values of one output."""
    type_ = port.type.payload if isinstance(port.type, wit.Option) else port.type
    encode = port_encoder(Port(port.name, port.type))

    def content(value: Any) -> tuple[bytes, bytes]:
        if type_ in _TYPES and value is not None:
            return value if isinstance(value, bytes) else str(value).encode(), _TYPES[type_]
        try:
            return dumps(encode(value)).encode(), _JSON
        except wit.Misfit as misfit:
            raise unprintable(str(misfit)) from None

    return content


def sent_headers(headers: Json) -> Iterator[tuple[bytes, bytes]]:
    """The headers that a component may say of those in an object. Raises `TransactionFailed`."""
    for name, value in header_pairs(headers):
        encoded = header_name(name)
        if encoded not in OURS:
            yield encoded, value.encode("utf-8", "replace")


def header_name(name: str) -> bytes:
    """As it is compared and sent: fields of records cannot have every character."""
    return name.lower().replace("_", "-").encode("latin-1", "replace")


def header_pairs(headers: Json) -> Iterator[tuple[str, str]]:
    """Names and values of an object, or of a list of pairs; a list of values is several headers."""
    entries = headers.items() if isinstance(headers, dict) else headers
    try:
        for name, value in entries or ():
            for each in value if isinstance(value, list) else (value,):
                if each is not None:
                    yield str(name), each if isinstance(each, str) else dumps(each)
    except (TypeError, ValueError):
        raise impossible("headers that are no object of texts") from None


def is_header(name: bytes, value: bytes) -> bool:
    """Whether there can be such a header; its name is in small letters."""
    return bool(_NAME.fullmatch(name) and _VALUE.fullmatch(value))


def check_header(name: bytes, value: bytes) -> None:
    """Raises `TransactionFailed` for what no header can be."""
    if not is_header(name, value):
        raise impossible(f"the header {name[:40]!r} with characters that none can have")


def impossible(what: str) -> TransactionFailed:
    """The failure of a component that sent what nothing can be made of."""
    return TransactionFailed(Failure(Kind.ERROR, f"the component sent {what}"))
