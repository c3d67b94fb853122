"""What one request has given to the inputs of a component, and what was wrong with it.

`inputs` says which part of a request is for which input; how that is read stands here: text as on the
command line, JSON as everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

from wasmflow.codec.texts import shown_element, text_of
from wasmflow.component import Port
from wasmflow.naming import canonical, suggestion
from wasmflow.packet import EMPTY
from wasmflow.triggers.http.problems import MOST_TOLD, Refused, Unfit
from wasmflow.types import model as wit
from wasmflow.types.json import decoder, input_decoder, loads
from wasmflow.types.model import Json
from wasmflow.types.text import is_plain, reader


class Slot(NamedTuple):
    """An input, with how it is read."""

    port: Port
    decode: Callable[[Json], Any]
    read: Callable[[str], Any]
    #: Reads an element of a list; ``None`` where it is none.
    read_element: Callable[[str | bytes], Any] | None
    #: Whether its value can be bytes or text as they are.
    raw: bool

    @classmethod
    def of(cls, port: Port) -> Slot:
        type_ = port.type
        decode = input_decoder(type_, optional=port.optional)
        element = _element(type_)
        read_element = None if element is None else _content_reader(element)
        return cls(port, decode, reader(type_ or wit.ANY), read_element, is_raw(type_))

    def is_whole(self, contents: Sequence[str | bytes]) -> bool:
        """Whether the only one of its name is the value: a list may stand there as JSON."""
        element, first = _element(self.port.type), contents[0]
        if element is None or len(contents) > 1:
            return len(contents) == 1
        return first.startswith("[") if isinstance(first, str) else not is_raw(element)


def _element(type_: wit.Type | None) -> wit.Type | None:
    """What a list has elements of, which bytes are not."""
    return type_.element if isinstance(type_, wit.List) and type_ != wit.BYTES else None


def _content_reader(type_: wit.Type) -> Callable[[str | bytes], Any]:
    """Makes a value of what a parameter, field or file says."""
    read, decode = reader(type_), decoder(type_)

    def read_content(content: str | bytes) -> Any:
        return read(content) if isinstance(content, str) else _from_file(type_, content, decode)

    return read_content


def _from_file(type_: wit.Type | None, content: bytes, decode: Callable[[Json], Any]) -> Any:
    """Bytes and text as they are, all else from JSON."""
    if type_ == wit.BYTES:
        return content
    return text_of(content) if type_ == wit.STRING else decode(read_json(content))


def is_raw(type_: wit.Type | None) -> bool:
    """Whether a value of the type can be bytes or text as they are."""
    return type_ in (wit.BYTES, wit.STRING)


def find(name: str, slots: Mapping[str, Slot]) -> Slot | None:
    """The input of that name in any spelling."""
    slot = slots.get(name)
    if slot is None:
        wanted = canonical(name)
        slot = next((each for key, each in slots.items() if canonical(key) == wanted), None)
    return slot


class Taking:
    """What one request has given so far, and what was wrong with it."""

    def __init__(self, given: dict[str, Any]) -> None:
        self._given = given
        self._errors: list[tuple[str, str]] = []
        self._wrong: set[str] = set()

    def json(self, slot: Slot, value: Json) -> None:
        self._take(slot, slot.decode, value)

    def text(self, slot: Slot, text: str) -> None:
        """What a parameter or field says. One that is left empty, as forms send it, gives nothing to an
        optional input whose values are no texts."""
        if text or not slot.port.optional or is_plain(slot.port.type or wit.ANY):
            self._take(slot, slot.read, text)

    def optional_text(self, slot: Slot, text: str | None) -> None:
        if text is not None:
            self.text(slot, text)

    def state(self, slot: Slot, text: str | None) -> None:
        """What a cookie says. Nobody who asks has written it, or could mend it: one that does not fit,
        as it may be from before a change of the component, gives nothing to an optional input."""
        if text is None:
            return
        if not slot.port.optional:
            self.text(slot, text)
            return
        with suppress(wit.Misfit):
            self._put(slot.port, slot.read(text))

    def contents(self, slot: Slot, contents: Sequence[str | bytes]) -> None:
        """What parameters, or fields and files of a form, of one name say."""
        if not slot.is_whole(contents):
            self._elements(slot, contents)
        elif isinstance(contents[0], str):
            self.text(slot, contents[0])
        else:
            self.body(slot, contents[0], "")

    def _elements(self, slot: Slot, contents: Sequence[str | bytes]) -> None:
        read = slot.read_element
        if read is None:
            self._wrong_with(slot.port, "it is given more than once, and is no list")
        else:
            self._take(slot, lambda each: [read(content) for content in each], contents)

    def body(self, slot: Slot, body: bytes, media_type: str) -> None:
        """A body, or a file in a form, as the value of one input."""
        type_ = None if is_json(media_type) else slot.port.type
        self._take(slot, lambda content: _from_file(type_, content, slot.decode), body)

    def _take(self, slot: Slot, convert: Callable[[Any], Any], given: Any) -> None:
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

    def unknown(self, name: str, slots: Mapping[str, Slot]) -> None:
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


def is_json(media_type: str) -> bool:
    """Whether a body of that type is JSON."""
    return media_type == "application/json" or media_type.endswith("+json")


def read_json(body: bytes) -> Json:
    """Raises `Refused` for what is none."""
    try:
        return loads(body)
    except wit.Misfit as misfit:
        raise Refused(400, f"the body: {misfit}") from None
