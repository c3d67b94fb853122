"""What a line that is read gives to the inputs of a component, by whatever door it comes. Pure.

As JSON: a line whose keys are all inputs gives these; any other line, or what its only key ``output``
holds, is the value of the only input that is wanted. So what one `invoke` prints another can read.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from wasmflow.codec.failures import Unfit, Where
from wasmflow.codec.texts import shown_element, shown_type, text_of
from wasmflow.component import Port, Signature
from wasmflow.errors import UsageError
from wasmflow.naming import canonical, listing, nearest, suggestion
from wasmflow.packet import EMPTY, Kind, Slot
from wasmflow.types import model as wit
from wasmflow.types.json import decoder, dumps, encoder, has_objects, input_decoder, loads
from wasmflow.types.jsontext import NotJson
from wasmflow.types.samples import sample

#: Input port to value, of what a line gives. What does not fit is a `Misfit`.
Meaning: TypeAlias = Callable[[bytes], dict[str, Any]]
#: One slot per port that is fed.
Element: TypeAlias = tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """What a door calls things where it tells what does not fit."""

    #: Of an input that is given besides the lines. ``{0}`` is its name, here and below.
    besides: str
    #: Of an input that is no stream, where each line is an element.
    once: str
    #: What to do with lines that are no JSON.
    text: str
    #: What takes lines or bytes as they are.
    raw: str
    #: All that is read.
    source: str
    #: Bytes of the longest line.
    longest: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What lines are to give."""

    #: All that a line may give.
    open: tuple[Port, ...]
    #: What is missing, or is said to be there by ``-``.
    wanted: tuple[Port, ...]
    #: Canonical names of inputs that no line may give, with the reason.
    closed: Mapping[str, str]
    words: Words

    @property
    def only(self) -> Port | None:
        """The input that a whole line can be the value of."""
        return self.wanted[0] if len(self.wanted) == 1 else None


def wanted(
    signature: Signature, given: Container[str], names: Container[str], words: Words
) -> Wanted:
    """What lines are to give of what is not `given` besides; those with these names are missing.

    Where there are streams to feed, only these: each line is a packet then.
    """
    streams = any(port.stream for port in signature.inputs)
    open_, closed = [], {}
    for port in signature.inputs:
        if port.name in given:
            closed[canonical(port.name)] = words.besides.format(port.name)
        elif streams and not port.stream:
            closed[canonical(port.name)] = words.once.format(port.name)
        else:
            open_.append(port)
    missing = tuple(port for port in open_ if port.name in names)
    return Wanted(tuple(open_), missing, closed, words)


# --- lines of JSON ----------------------------------------------------------------------------


def json_meaning(wanted: Wanted) -> Meaning:
    """How lines of JSON are read."""
    return _JsonLines(wanted).read


class _JsonLines:
    def __init__(self, wanted: Wanted) -> None:
        self._ports = {canonical(port.name): port.name for port in wanted.open}
        self._decode = {
            port.name: input_decoder(port.type, optional=port.optional) for port in wanted.open
        }
        self._required = frozenset(port.name for port in wanted.open if not port.optional)
        #: All inputs that a line may name, if only to be told that it may not.
        self._named = {*self._ports, *wanted.closed}
        self._wanted = wanted
        self._only = wanted.only

    def read(self, line: bytes) -> dict[str, Any]:
        value = self._json(line)
        if not isinstance(value, dict):
            return self._whole(value)
        if (names := self._names(value)) is not None:
            return self._given(names, value)
        if value.keys() == {"output"}:
            return self._whole(value["output"])
        try:
            return self._whole(value)
        except wit.Misfit as misfit:
            raise wit.Misfit(self._strangers(value) or str(misfit)) from None

    def _json(self, line: bytes) -> wit.Json:
        try:
            return loads(line)
        except NotJson as misfit:
            reason = str(misfit).replace(" at line 1, column ", " at column ")
            raise wit.Misfit(f"{reason}. Hint: {_advice(self._wanted)}") from None

    def _names(self, value: dict[str, Any]) -> list[str] | None:
        """The inputs that the keys name; ``None`` if one names none."""
        names, reasons = [], []
        for key in value:
            name = key if key in self._decode else self._ports.get(canonical(key))
            if name is not None:
                names.append(name)
            elif reason := self._wanted.closed.get(canonical(key)):
                reasons.append(reason)
            else:
                return None
        if reasons:
            raise wit.Misfit("; ".join(reasons))
        return names

    def _given(self, names: list[str], value: dict[str, Any]) -> dict[str, Any]:
        given: dict[str, Any] = {}
        for name, part in zip(names, value.values(), strict=True):
            if name in given:
                raise wit.Misfit(f"'{name}' is given twice")
            given[name] = self._decoded(name, part)
        missing = self._required.difference(names)
        if missing and len(missing) < len(self._required):
            raise wit.Misfit(f"it gives {listing(names)}, but not {listing(sorted(missing))}")
        return {name: part for name, part in given.items() if part is not EMPTY}

    def _whole(self, value: wit.Json) -> dict[str, Any]:
        if self._only is None:
            raise wit.Misfit(_not_one(self._wanted))
        decoded = self._decoded(self._only.name, value)
        return {} if decoded is EMPTY else {self._only.name: decoded}

    def _decoded(self, name: str, value: wit.Json) -> Any:
        try:
            return self._decode[name](value)
        except wit.Misfit as misfit:
            port = next(port for port in self._wanted.open if port.name == name)
            raise wit.Misfit(f"'{name}' ({shown_element(port)}): {misfit}") from None

    def _strangers(self, keys: Mapping[str, Any]) -> str:
        """That an object has keys which are no inputs; empty if it was meant as the value of one."""
        known = self._ports.values()
        strange = [key for key in keys if canonical(key) not in self._named]
        value = self._only is not None and has_objects(self._only.type)
        some = strange[:_MOST_HINTS]
        if value and len(strange) == len(keys) and not any(nearest(key, known) for key in some):
            return ""
        hints = dict.fromkeys(suggestion(key, known, noun="the component") for key in some)
        return f"there is no input {listing(strange)}. Hint: {' '.join(hints)}"


#: Keys of a line for which a hint is looked for; a line of any size can have a million.
_MOST_HINTS: Final = 12


def _advice(wanted: Wanted) -> str:
    """What a line can be."""
    port = wanted.only
    if port is not None and port.type in (wit.STRING, wit.BYTES):
        return wanted.words.text
    ports = wanted.wanted or wanted.open
    names = ", ".join(f"{dumps(port.name)}: {_sample(port)}" for port in ports)
    return f"a line is {_sample(port)} or {{{names}}}" if port else f"a line is {{{names}}}"


def _sample(port: Port) -> str:
    """Some value as JSON, if that is short."""
    type_ = port.type or wit.ANY
    text = dumps(encoder(type_)(sample(type_)))
    return text if len(text) <= _LONGEST_SAMPLE else "…"


_LONGEST_SAMPLE: Final = 60


def _not_one(wanted: Wanted) -> str:
    names = listing(port.name for port in wanted.wanted)
    form = ", ".join(f'"{port.name}": …' for port in wanted.wanted)
    return f"expected inputs: {{{form}}}, got a value; that could be any of {names}"


# --- raw --------------------------------------------------------------------------------------

_TEXTS: Final = (None, wit.ANY, wit.STRING, wit.CHAR)


def raw_meaning(wanted: Wanted) -> Meaning:
    """How text or bytes are read that are taken as they are.

    Raises `UsageError` if there is no input to give them to.
    """
    port = wanted.only
    if port is None:
        names = listing(port.name for port in wanted.wanted)
        raise UsageError(f"{wanted.words.raw} gives one input, and these are missing: {names}")
    name = port.name
    if port.type == wit.BYTES:
        return lambda content: {name: content}
    if port.type not in _TEXTS and not isinstance(port.type, wit.Enum):
        raise UsageError(
            f"{wanted.words.raw} gives text or bytes, and '{name}' is {shown_type(port)}"
        )
    decode = decoder(port.type)
    return lambda content: {name: decode(text_of(content))}


# --- elements of streams ----------------------------------------------------------------------


class Elements:
    """Makes an element of the streams that are fed of each line.

    The value that is given to a stream besides the lines is held beside those that it is in step with;
    elsewhere it is a stream of one.
    """

    def __init__(
        self, signature: Signature, wanted: Wanted, given: Mapping[str, Any], meaning: Meaning
    ) -> None:
        steps = {port.step for port in wanted.open}
        self._held = {
            port.name: given[port.name]
            for port in signature.inputs
            if port.stream and port.name in given and port.step in steps
        }
        #: The streams that are fed.
        self.ports = (*(port.name for port in wanted.open), *self._held)
        #: What is given once.
        self.inputs = {name: value for name, value in given.items() if name not in self._held}
        self._meaning = meaning
        self._words = wanted.words

    def __call__(self, where: Where | None, line: bytes | None) -> Element:
        """A slot per port: what does not fit is a failure that says where.

        All that is read is nowhere in particular.
        """
        try:
            given = {**self._held, **meant(self._meaning, line, self._words)}
        except wit.Misfit as misfit:
            message = f"{where or self._words.source}: {misfit}"
            reason = str(misfit) if where else message
            too_long = line is None
            failure = Unfit(Kind.EXCEPTION, message, where=where, reason=reason, too_long=too_long)
            return (failure,) * len(self.ports)
        return tuple([given.get(name, EMPTY) for name in self.ports])


def meant(meaning: Meaning, line: bytes | None, words: Words) -> dict[str, Any]:
    """What a line gives. Raises `Misfit`, as for one that is too long (``None``)."""
    if line is None:
        raise wit.Misfit(f"longer than {_size(words.longest)}")
    return meaning(line)


def _size(size: int) -> str:
    return f"{size >> 20} MiB" if size >= 1 << 20 else f"{size:,} bytes"
