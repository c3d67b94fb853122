"""From a request to the inputs of a component: by the plan of its route, all mistakes at once.

Which part of a request is for which input stands here; `taking` reads it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from wasmflow.component import Signature
from wasmflow.triggers.http.forms import FORMS, MULTIPART, URLENCODED, form_fields
from wasmflow.triggers.http.operation import Part, Source
from wasmflow.triggers.http.problems import Refused
from wasmflow.triggers.http.request import Request, parameters
from wasmflow.triggers.http.taking import Slot, Taking, find, is_json, is_raw, read_json
from wasmflow.types.model import Json

#: Facts of a request that an input can be given, by the name that a route has for them.
FACTS: Final[Mapping[str, Callable[[Request], Json]]] = {
    "method": lambda request: request.method,
    "path": lambda request: request.path,
    "url": lambda request: _url(request),
    "query": lambda request: _grouped(request.query()),
    "headers": lambda request: _grouped(_texts(request.headers)),
    "cookies": lambda request: request.cookies(),
    "client": lambda request: request.client,
    "user": lambda request: request.user,
}


def _url(request: Request) -> str:
    host = request.header(b"host") or ""
    query = b"?" + request.query_string if request.query_string else b""
    return f"{request.scheme}://{host}{request.path}{query.decode('latin-1')}"


def _texts(headers: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[str, str]]:
    return ((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The last value of each name."""
    return dict(pairs)


@dataclass(frozen=True)
class Binding:
    """How the inputs of a component come from a request."""

    signature: Signature
    #: Of the inputs that stand in a part of the request. A field may come as a parameter of the query.
    sources: Mapping[str, Source] = field(default_factory=dict)
    #: Inputs that are given a fact, by its name in `FACTS`.
    facts: Mapping[str, str] = field(default_factory=dict)
    #: Inputs that are the same for all requests.
    constants: Mapping[str, Any] = field(default_factory=dict)
    #: Whether a parameter of the query, or a field of a form, that is no input is a mistake.
    strict: bool = True


class Reader:
    """Reads what requests give to a component."""

    def __init__(self, binding: Binding, most: int) -> None:
        """`most`: bytes that a body may have."""
        self._most = most
        self._strict = binding.strict
        self._constants = dict(binding.constants)
        ports = {port.name: port for port in binding.signature.inputs}
        self._required = [port for port in ports.values() if not port.optional]
        self._facts = [(Slot.of(ports[n]), FACTS[fact]) for n, fact in binding.facts.items()]
        by_part: dict[Part, dict[str, Slot]] = {part: {} for part in Part}
        for name, source in binding.sources.items():
            by_part[source.part][source.name] = Slot.of(ports[name])
        self._path, self._cookies = by_part[Part.PATH], by_part[Part.COOKIE]
        self._headers = [
            (name.lower().encode("latin-1", "replace"), slot)
            for name, slot in by_part[Part.HEADER].items()
        ]
        self._fields = by_part[Part.FIELD]
        self._parameters = {**self._fields, **by_part[Part.QUERY]}
        self._body = by_part[Part.BODY].get("")
        self._only = _only(binding.signature, binding.sources)

    async def read(self, request: Request) -> dict[str, Any]:
        """Input port to value, `EMPTY` ones left out.

        Raises `Unfit` for what is missing, unknown or mistyped, `Refused` for what cannot be read.
        """
        taking = Taking(dict(self._constants))
        for slot, fact in self._facts:
            taking.json(slot, fact(request))
        for name, slot in self._path.items():
            taking.text(slot, request.params[name])
        if request.query_string:
            self._take_texts(request.query(), self._parameters, taking)
        for header, slot in self._headers:
            taking.optional_text(slot, request.header(header))
        if self._cookies:
            given = request.cookies()
            for name, slot in self._cookies.items():
                taking.state(slot, given.get(name))
        if self._body is not None or self._fields:
            await self._take_body(request, taking)
        return taking.finish(self._required)

    def _take_texts(
        self, given: Iterable[tuple[str, str | bytes]], slots: Mapping[str, Slot], taking: Taking
    ) -> None:
        """Named texts and files, of which several of one name are the elements of a list."""
        gathered: dict[str, list[str | bytes]] = {}
        for name, content in given:
            gathered.setdefault(name, []).append(content)
        for name, contents in gathered.items():
            slot = find(name, slots)
            if slot is not None:
                taking.contents(slot, contents)
            elif self._strict:
                taking.unknown(name, slots)

    async def _take_body(self, request: Request, taking: Taking) -> None:
        body = await request.body(self._most)
        if body:
            check_coding(request)
        if len(body) <= _QUICK:
            self._take_whole(body, request, taking)
        else:
            await asyncio.to_thread(self._take_whole, body, request, taking)

    def _take_whole(self, body: bytes, request: Request, taking: Taking) -> None:
        media_type = request.media_type
        if self._body is not None:
            if body or self._body.raw:
                taking.body(self._body, body, media_type)
        elif not body and not self._may_be_empty(media_type):
            return
        elif media_type == URLENCODED:
            self._take_texts(self._form(body), self._fields, taking)
        elif media_type == MULTIPART:
            content_type = request.header(b"content-type") or ""
            self._take_texts(form_fields(body, content_type), self._fields, taking)
        elif is_json(media_type) or (not media_type and self._only is None):
            self._take_object(read_json(body), taking)
        elif self._only is not None:
            taking.body(self._only, body, media_type)
        else:
            raise unsupported(media_type)

    def _may_be_empty(self, media_type: str) -> bool:
        """Whether nothing is the empty text or bytes: where it is said to be of a type of these."""
        of_parts = is_json(media_type) or media_type in FORMS
        return self._only is not None and bool(media_type) and not of_parts

    def _form(self, body: bytes) -> list[tuple[str, str]]:
        if body.lstrip()[:1] == b"{" and not self._fields.keys() & {body.decode("latin-1")}:
            raise Refused(
                415,
                "the body looks like JSON, but its content type is application/x-www-form-urlencoded. "
                "Hint: send content-type: application/json (with curl: --json)",
            )
        return parameters(body, "the form")

    def _take_object(self, value: Json, taking: Taking) -> None:
        if not isinstance(value, dict):
            form = ", ".join(f'"{name}": …' for name in self._fields)
            raise Refused(422, f"the body must be an object of inputs: {{{form}}}")
        for name, part in value.items():
            slot = self._fields.get(name) or find(name, self._fields)
            if slot is None:
                taking.unknown(name, self._fields)
            else:
                taking.json(slot, part)


#: Bytes of a body that are read in no time worth mentioning; others wait meanwhile.
_QUICK: Final = 1 << 16


def check_coding(request: Request) -> None:
    """Raises `Refused` for a body that is compressed."""
    coding = request.header(b"content-encoding")
    if coding is not None and coding.strip().lower() != "identity":
        detail = f"the body is in the coding '{coding[:40]}'; send it without"
        raise Refused(415, detail, headers=[(b"accept-encoding", b"identity")])


def unsupported(media_type: str, *more: str) -> Refused:
    """A body of a type that cannot be the inputs of this component; it can be one of `more`, too."""
    types = ", ".join(("application/json", *more, *FORMS))
    sent = f"'{media_type}'" if media_type else "no type"
    return Refused(
        415,
        f"the body has {sent}; it can be {types}",
        headers=[(b"accept-post", types.encode())],
    )


def _only(signature: Signature, sources: Mapping[str, Source]) -> Slot | None:
    """The only open input, if a body as it is can be its value."""
    open_ = [
        port
        for port in signature.inputs
        if port.name in sources and sources[port.name].part is Part.FIELD
    ]
    required = [port for port in open_ if not port.optional]
    found = required if required else open_
    return Slot.of(found[0]) if len(found) == 1 and is_raw(found[0].type) else None
