"""From a request to the inputs of a component with streams: values, and what feeds its streams.

A body of lines or chunks is read as the component takes it; of any other body, each input is a stream
of one. What a line means, `wasmflow.codec.lines` says.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Final, TypeAlias

from wasmflow.codec import cutting
from wasmflow.codec.cutting import Lines
from wasmflow.codec.failures import Places, Where
from wasmflow.codec.lines import (
    Element,
    Elements,
    Meaning,
    Wanted,
    Words,
    json_meaning,
    raw_meaning,
    wanted,
)
from wasmflow.component import Port
from wasmflow.errors import UsageError
from wasmflow.triggers.http.forms import FORMS
from wasmflow.triggers.http.inbox import Inbox
from wasmflow.triggers.http.inputs import Binding, Reader, unsupported
from wasmflow.triggers.http.limits import ServerLimits
from wasmflow.triggers.http.operation import Part
from wasmflow.triggers.http.request import Request
from wasmflow.triggers.http.taking import is_json
from wasmflow.types import model as wit

#: Types of bodies of which each line is JSON.
LINES: Final = ("application/x-ndjson", "application/ndjson", "application/jsonl")

#: The header in which a client that asks for events again says which it has had last.
LAST_EVENT: Final = b"last-event-id"
#: The inputs that a message gives. Raises `UsageError`.
Meant: TypeAlias = Callable[[str | bytes], dict[str, Any]]
#: Input ports that are fed together to what they are given.
Feeds: TypeAlias = Mapping[tuple[str, ...], AsyncIterator[Sequence[Element]]]


class Units(Enum):
    """What of a body is an element."""

    JSON = "line"
    LINES = "line of text"
    CHUNKS = "chunk"
    MESSAGES = "message"

    @property
    def noun(self) -> str:
        """What people count."""
        return "line" if self is Units.LINES else self.value


@dataclass(frozen=True, slots=True)
class Given:
    """What a request gives to a component with streams."""

    inputs: Mapping[str, Any]
    feeds: Feeds = field(default_factory=dict)
    #: Output port to where its packets belong to, of those where that is known.
    known: Mapping[str, Places] = field(default_factory=dict)
    #: What feeds; ``None`` if all has come.
    inbox: Inbox[Any] | None = None


class StreamReader:
    """Reads what requests give to a component with streams."""

    def __init__(self, binding: Binding, limits: ServerLimits) -> None:
        self._signature = binding.signature
        named = {each.name.lower() for each in binding.sources.values() if each.part is Part.HEADER}
        #: Whether the component is told of the last event that its client has had, to go on behind it.
        self.resumes = LAST_EVENT.decode() in named
        self._longest = limits.line
        self._words = Words(
            besides="'{0}' is given with the request, for all",
            once="'{0}' is one value for all; give it in the query: ?{0}=VALUE",
            text="a text stands in quotes",
            raw="a body that is no JSON",
            source="the body",
            longest=limits.line,
        )
        streaming = self._signature.streaming
        # A message gives what the query of its handshake could have given, and did not.
        parts = (Part.FIELD, Part.BODY) if streaming else (Part.FIELD, Part.BODY, Part.QUERY)
        in_body = {name for name, each in binding.sources.items() if each.part in parts}
        #: What a body, or messages, can feed: streams, or the inputs of a transaction for each message.
        self._fed = [
            p for p in self._signature.inputs if p.name in in_body and (p.stream or not streaming)
        ]
        self._as_body = any(each.part is Part.BODY for each in binding.sources.values())
        self._whole = Reader(binding, limits.body)
        self._besides = Reader(_besides(binding, self._fed), limits.body)

    async def read(self, request: Request) -> Given:
        """Raises `Unfit` for what is missing, unknown or mistyped, `Refused` for what cannot be read.

        Of what feeds streams nothing is read yet.
        """
        units = self._units(request.media_type) if _has_body(request) else None
        if units is None:
            return Given(await self._whole.read(request))
        given = await self._besides.read(request)
        inbox = request.inbox()
        return self._given(given, inbox, units)

    async def besides(self, request: Request) -> dict[str, Any]:
        """What a request gives besides its body, which feeds streams. Raises as `read` does."""
        return await self._besides.read(request)

    def messages(self, given: dict[str, Any], inbox: Inbox[str | bytes]) -> Given:
        """What the messages of a socket give besides what its request did."""
        if not self._fed:
            inbox.ignore()
            return Given(given, inbox=inbox)
        needed = self._wanted(given)
        text = Elements(self._signature, needed, given, json_meaning(needed))
        binary = Elements(self._signature, needed, given, _binary_meaning(needed))
        known = self._known(text, Units.MESSAGES)
        feed = _messages(inbox, text, binary, set(known.values()))
        return Given(text.inputs, {text.ports: feed}, known, inbox)

    def meaning(self, given: Mapping[str, Any]) -> Meant:
        """The inputs that a message of a socket gives, with those that its request gave."""
        needed = self._wanted(given)
        text, binary = json_meaning(needed), _binary_meaning(needed)

        def inputs(message: str | bytes) -> dict[str, Any]:
            try:
                meant = text(message.encode()) if isinstance(message, str) else binary(message)
                return {**given, **meant}
            except wit.Misfit as misfit:
                raise UsageError(str(misfit)) from None

        return inputs

    def _units(self, media_type: str) -> Units | None:
        """How a body feeds streams; ``None`` if it is read as a whole. Raises `Refused`."""
        if not self._fed or is_json(media_type) or media_type in FORMS:
            return None
        if media_type in LINES:
            return Units.JSON
        only = _only(self._fed)
        if only is not None and only.type == wit.BYTES:
            return Units.CHUNKS
        if only is not None and only.type in _TEXTS:
            if media_type == "application/octet-stream":
                return Units.CHUNKS
            if not media_type or media_type.startswith("text/"):
                return Units.LINES
        if media_type:
            raise unsupported(media_type, LINES[0])
        return Units.JSON if self._as_body else None

    def _given(self, given: dict[str, Any], inbox: Inbox[bytes], units: Units) -> Given:
        needed = self._wanted(given)
        meaning = _meaning(needed, units)
        elements = Elements(self._signature, needed, given, meaning)
        known = self._known(elements, units)
        lines = self._cut(inbox, units, needed)
        feed = _feed(lines, elements, units, set(known.values()))
        return Given(elements.inputs, {elements.ports: feed}, known, inbox)

    def _wanted(self, given: Mapping[str, Any]) -> Wanted:
        """What lines are to give: of those that are fed, what is required, or all."""
        open_ = [port for port in self._fed if port.name not in given]
        others = {p.name for p in self._signature.inputs if p not in self._fed}
        required = [port.name for port in open_ if not port.optional]
        names = required or [port.name for port in open_]
        streams = {p.name for p in self._signature.inputs if p.stream}
        return wanted(self._signature, {*given, *(others & streams)}, names, self._words)

    def _cut(self, inbox: Inbox[bytes], units: Units, needed: Wanted) -> AsyncIterator[Lines]:
        if units is not Units.CHUNKS:
            return cutting.lines(inbox, self._longest)
        only = needed.only
        is_text = only is not None and only.type != wit.BYTES
        chunks = cutting.characters(inbox) if is_text else inbox
        return cutting.numbered(_pieces(chunks, self._longest))

    def _known(self, elements: Elements, units: Units) -> dict[str, Places]:
        """Of the outputs that are in step with what is fed."""
        fed = {port.step for port in self._signature.inputs if port.name in elements.ports}
        places = {step: Places(units.noun) for step in fed}
        return {p.name: places[p.step] for p in self._signature.outputs if p.step in fed}


_TEXTS: Final = (None, wit.ANY, wit.STRING, wit.CHAR)


def _has_body(request: Request) -> bool:
    """Whether one is announced, which may be empty."""
    return any(request.header(name) is not None for name in _ANNOUNCING)


_ANNOUNCING: Final = (b"content-type", b"content-length", b"transfer-encoding")


def _besides(binding: Binding, fed: Sequence[Port]) -> Binding:
    """What is given besides a body, or messages."""
    inputs = tuple(
        replace(port, optional=True) if port in fed else port for port in binding.signature.inputs
    )
    sources = {
        name: source._replace(part=Part.QUERY) if source.part is Part.FIELD else source
        for name, source in binding.sources.items()
        if source.part is not Part.BODY
    }
    return replace(binding, signature=replace(binding.signature, inputs=inputs), sources=sources)


def _only(ports: Sequence[Port]) -> Port | None:
    """The only one that has to be given, or that can be."""
    found = [port for port in ports if not port.optional] or ports
    return found[0] if len(found) == 1 else None


def _meaning(needed: Wanted, units: Units) -> Meaning:
    if units is Units.JSON:
        return json_meaning(needed)
    try:
        return raw_meaning(needed)
    except UsageError as error:
        raise unsupported("text", LINES[0]) from error


async def _feed(
    lines: AsyncIterator[Lines], elements: Elements, units: Units, places: Collection[Places]
) -> AsyncIterator[list[Element]]:
    async with aclosing(lines) as cut:  # type: ignore[type-var]
        async for number, some in cut:
            given = list(enumerate(some, number))
            if units is Units.JSON:
                given = [(at, line) for at, line in given if line is None or line.strip()]
            for each in places:
                each.give(at for at, _ in given)
            yield [elements(Where(units.noun, at), line) for at, line in given]


async def _pieces(chunks: AsyncIterator[bytes], longest: int) -> AsyncIterator[bytes]:
    """The same bytes, in pieces that are not longer."""
    async for chunk in chunks:
        for at in range(0, len(chunk), longest):
            yield chunk[at : at + longest]


# --- messages ---------------------------------------------------------------------------------


def _binary_meaning(needed: Wanted) -> Meaning:
    only = needed.only
    return raw_meaning(needed) if only is not None and only.type == wit.BYTES else _refused


def _refused(message: bytes) -> dict[str, Any]:
    raise wit.Misfit("it is bytes, and the component takes JSON. Hint: send text")


async def _messages(
    inbox: Inbox[str | bytes], text: Elements, binary: Elements, places: Collection[Places]
) -> AsyncIterator[list[Element]]:
    number = 0
    async for message in inbox:
        number += 1
        where = Where(Units.MESSAGES.noun, number)
        for each in places:
            each.give((number,))
        if isinstance(message, str):
            yield [text(where, message.encode())]
        else:
            yield [binary(where, message)]
