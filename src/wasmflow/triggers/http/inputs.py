"""From a request to the inputs of a component: by the plan of its route, all mistakes at once.

Text (of paths, queries, headers, cookies, forms) is read as on the command line, JSON as everywhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from wasmflow.codec.texts import shown_element, text_of
from wasmflow.component import Port, Signature
from wasmflow.naming import canonical, suggestion
from wasmflow.packet import EMPTY
from wasmflow.triggers.http.forms import form_fields
from wasmflow.triggers.http.operation import Part, Source
from wasmflow.triggers.http.problems import MOST_TOLD, Refused, Unfit
from wasmflow.triggers.http.request import Request, parameters
from wasmflow.types import model as wit
from wasmflow.types.json import input_decoder, loads
from wasmflow.types.model import Json
from wasmflow.types.text import is_plain, reader

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
    #: Whether a parameter of the query that is no input is a mistake.
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
        self._facts = [(_Slot.of(ports[n]), FACTS[fact]) for n, fact in binding.facts.items()]
        by_part: dict[Part, dict[str, _Slot]] = {part: {} for part in Part}
        for name, source in binding.sources.items():
            by_part[source.part][source.name] = _Slot.of(ports[name])
        self._parts = by_part
        self._fields = by_part[Part.FIELD]
        self._parameters = {**self._fields, **by_part[Part.QUERY]}
        self._body = by_part[Part.BODY].get("")
        self._only = _only(binding.signature, binding.sources)

    async def read(self, request: Request) -> dict[str, Any]:
        """Input port to value, `EMPTY` ones left out.

        Raises `Unfit` for what is missing, unknown or mistyped, `Refused` for what cannot be read.
        """
        taking = _Taking(dict(self._constants))
        for slot, fact in self._facts:
            taking.json(slot, fact(request))
        for name, slot in self._parts[Part.PATH].items():
            taking.text(slot, request.params[name])
        if request.query_string:
            self._take_query(request, taking)
        for name, slot in self._parts[Part.HEADER].items():
            taking.optional_text(slot, request.header(name.lower().encode("latin-1", "replace")))
        if cookies := self._parts[Part.COOKIE]:
            given = request.cookies()
            for name, slot in cookies.items():
                taking.optional_text(slot, given.get(name))
        if self._body is not None or self._fields:
            await self._take_body(request, taking)
        return taking.finish(self._required)

    def _take_query(self, request: Request, taking: _Taking) -> None:
        self._take_texts(request.query(), self._parameters, taking, strict=self._strict)

    def _take_texts(
        self,
        given: Iterable[tuple[str, str]],
        slots: Mapping[str, _Slot],
        taking: _Taking,
        *,
        strict: bool,
    ) -> None:
        """Named texts, of which several of one name are the elements of a list."""
        gathered: dict[str, list[str]] = {}
        for name, text in given:
            gathered.setdefault(name, []).append(text)
        for name, texts in gathered.items():
            slot = find(name, slots)
            if slot is not None:
                taking.texts(slot, texts)
            elif strict:
                taking.unknown(name, slots)

    async def _take_body(self, request: Request, taking: _Taking) -> None:
        body = await request.body(self._most)
        if body:
            check_coding(request)
        if len(body) <= _QUICK:
            self._take_whole(body, request, taking)
        else:
            await asyncio.to_thread(self._take_whole, body, request, taking)

    def _take_whole(self, body: bytes, request: Request, taking: _Taking) -> None:
        media_type = request.media_type
        if self._body is not None:
            if body or self._body.raw:
                taking.body(self._body, body, media_type)
        elif not body and not self._may_be_empty(media_type):
            return
        elif media_type == "application/x-www-form-urlencoded":
            self._take_texts(self._form(body), self._fields, taking, strict=True)
        elif media_type == "multipart/form-data":
            content_type = request.header(b"content-type") or ""
            for name, content in form_fields(body, content_type):
                self._take_field(name, content, taking)
        elif is_json(media_type) or (not media_type and self._only is None):
            self._take_object(_json(body), taking)
        elif self._only is not None:
            taking.body(self._only, body, media_type)
        else:
            raise unsupported(media_type)

    def _may_be_empty(self, media_type: str) -> bool:
        """Whether nothing is the empty text or bytes: where it is said to be of a type of these."""
        of_parts = is_json(media_type) or media_type in _FORMS
        return self._only is not None and bool(media_type) and not of_parts

    def _form(self, body: bytes) -> list[tuple[str, str]]:
        if body.lstrip()[:1] == b"{" and not self._fields.keys() & {body.decode("latin-1")}:
            raise Refused(
                415,
                "the body looks like JSON, but its content type is application/x-www-form-urlencoded. "
                "Hint: send content-type: application/json (with curl: --json)",
            )
        return parameters(body, "the form")

    def _take_field(self, name: str, content: str | bytes, taking: _Taking) -> None:
        slot = find(name, self._fields)
        if slot is None:
            taking.unknown(name, self._fields)
        elif isinstance(content, str):
            taking.text(slot, content)
        else:
            taking.body(slot, content, "")

    def _take_object(self, value: Json, taking: _Taking) -> None:
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
_FORMS: Final = frozenset(("application/x-www-form-urlencoded", "multipart/form-data"))


def check_coding(request: Request) -> None:
    """Raises `Refused` for a body that is compressed."""
    coding = request.header(b"content-encoding")
    if coding is not None and coding.strip().lower() != "identity":
        detail = f"the body is in the coding '{coding[:40]}'; send it without"
        raise Refused(415, detail, headers=[(b"accept-encoding", b"identity")])


def is_json(media_type: str) -> bool:
    """Whether a body of that type is JSON."""
    return media_type == "application/json" or media_type.endswith("+json")


def _json(body: bytes) -> Json:
    try:
        return loads(body)
    except wit.Misfit as misfit:
        raise Refused(400, f"the body: {misfit}") from None


def unsupported(media_type: str, *more: str) -> Refused:
    """A body of a type that cannot be the inputs of this component; it can be one of `more`, too."""
    forms = ("application/x-www-form-urlencoded", "multipart/form-data")
    types = ", ".join(("application/json", *more, *forms))
    sent = f"'{media_type}'" if media_type else "no type"
    return Refused(
        415,
        f"the body has {sent}; it can be {types}",
        headers=[(b"accept-post", types.encode())],
    )


class _Slot(NamedTuple):
    """An input, with how it is read."""

    port: Port
    decode: Callable[[Json], Any]
    read: Callable[[str], Any]
    #: Reads an element of a list; ``None`` where it is none.
    read_element: Callable[[str], Any] | None
    #: Whether its value can be bytes or text as they are.
    raw: bool

    @classmethod
    def of(cls, port: Port) -> _Slot:
        type_ = port.type
        is_list = isinstance(type_, wit.List) and type_ != wit.BYTES
        element = reader(type_.element) if is_list and isinstance(type_, wit.List) else None
        decode = input_decoder(type_, optional=port.optional)
        return cls(port, decode, reader(type_ or wit.ANY), element, is_raw(type_))


def is_raw(type_: wit.Type | None) -> bool:
    """Whether a value of the type can be bytes or text as they are."""
    return type_ in (wit.BYTES, wit.STRING)


def _only(signature: Signature, sources: Mapping[str, Source]) -> _Slot | None:
    """The only open input, if a body as it is can be its value."""
    open_ = [
        port
        for port in signature.inputs
        if port.name in sources and sources[port.name].part is Part.FIELD
    ]
    required = [port for port in open_ if not port.optional]
    found = required if required else open_
    return _Slot.of(found[0]) if len(found) == 1 and is_raw(found[0].type) else None


def find(name: str, slots: Mapping[str, _Slot]) -> _Slot | None:
    """The input of that name in any spelling."""
    slot = slots.get(name)
    if slot is None:
        wanted = canonical(name)
        slot = next((each for key, each in slots.items() if canonical(key) == wanted), None)
    return slot


class _Taking:
    """What one request has given so far, and what was wrong with it."""

    def __init__(self, given: dict[str, Any]) -> None:
        self._given = given
        self._errors: list[tuple[str, str]] = []
        self._wrong: set[str] = set()

    def json(self, slot: _Slot, value: Json) -> None:
        self._take(slot, slot.decode, value)

    def text(self, slot: _Slot, text: str) -> None:
        """What a parameter or field says. One that is left empty, as forms send it, gives nothing to an
        optional input whose values are no texts."""
        if text or not slot.port.optional or is_plain(slot.port.type or wit.ANY):
            self._take(slot, slot.read, text)

    def optional_text(self, slot: _Slot, text: str | None) -> None:
        if text is not None:
            self.text(slot, text)

    def texts(self, slot: _Slot, texts: list[str]) -> None:
        """What parameters of one name say."""
        if slot.read_element is not None and not (len(texts) == 1 and texts[0].startswith("[")):
            read = slot.read_element
            self._take(slot, lambda each: [read(text) for text in each], texts)
        elif len(texts) > 1:
            self._wrong_with(slot.port, "it is given more than once, and is no list")
        else:
            self.text(slot, texts[0])

    def body(self, slot: _Slot, body: bytes, media_type: str) -> None:
        """A body, or a file in a form, as the value of one input."""
        if slot.port.type == wit.BYTES and not is_json(media_type):
            self._put(slot.port, body)
        elif slot.port.type == wit.STRING and not is_json(media_type):
            self._take(slot, text_of, body)
        else:
            self._take(slot, slot.decode, _json(body))

    def _take(self, slot: _Slot, convert: Callable[[Any], Any], given: Any) -> None:
        try:
            value = convert(given)
        except wit.Misfit as misfit:
            self._wrong_with(slot.port, str(misfit))
        else:
            self._put(slot.port, value)

    def _put(self, port: Port, value: Any) -> None:
        if port.name in self._given:
            self._wrong_with(port, "it is given twice")
        elif value is not EMPTY:
            self._given[port.name] = value

    def _wrong_with(self, port: Port, reason: str) -> None:
        self._wrong.add(port.name)
        self._note(port.name, f"'{port.name}' ({shown_element(port)}): {reason}")

    def _note(self, name: str, reason: str) -> None:
        """Raises `Unfit` when there are more than anybody is told of."""
        self._errors.append((name, reason))
        if len(self._errors) > MOST_TOLD:
            raise Unfit(self._errors)

    def unknown(self, name: str, slots: Mapping[str, _Slot]) -> None:
        hint = ""
        if len(self._errors) < _MOST_HINTS:
            hint = "; " + suggestion(name, slots, noun="the component")
        self._note(name, f"there is no input '{name}'{hint}")

    def finish(self, required: Iterable[Port]) -> dict[str, Any]:
        for port in required:
            if port.name not in self._given and port.name not in self._wrong:
                self._errors.append(
                    (port.name, f"missing input: '{port.name}' ({shown_element(port)})")
                )
        if self._errors:
            raise Unfit(self._errors)
        return self._given


#: Unknown names for which a hint is looked for: a body can have a million.
_MOST_HINTS: Final = 12
