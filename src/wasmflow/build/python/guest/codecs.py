"""How values cross between what an author's annotations say and what the bindings understand.

The bindings are those of componentize-py: numbers, text, bytes, lists and tuples as themselves,
classes of their own for records, variants, enums and flags. A `Codec` turns what comes in into what
the author expects, and checks and turns what goes out: a value that the bindings cannot take would
break the component, where a `Mismatch` becomes an exception with a message.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from enum import Enum, Flag
from typing import Any, TypeAlias, get_args

Convert: TypeAlias = Callable[[Any], Any]


class Mismatch(TypeError):
    """A value is not what an annotation says. `path` leads from the whole value to the part."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.path = path

    def inside(self, step: str) -> Mismatch:
        """The same, seen from the value that holds the part."""
        return Mismatch(self.message, step + self.path)

    def __str__(self) -> str:
        return f"{self.path.lstrip('.')}: {self.message}" if self.path else self.message


@dataclass(frozen=True)
class Codec:
    """One type's way in and out."""

    #: Checks and converts what goes out. Raises `Mismatch`.
    outgoing: Convert
    #: Converts what comes in; ``None`` if it is right as it comes.
    incoming: Convert | None = None
    #: The classes of its Python values, by which the members of a union are told apart.
    classes: tuple[type, ...] = ()


def _same(value: Any) -> Any:
    return value


def _incoming(codec: Codec) -> Convert:
    return codec.incoming or _same


def expected(what: str, value: object) -> Mismatch:
    """The mismatch of a value that is something else."""
    shown = repr(value)
    if len(shown) > 60:
        shown = shown[:57] + "..."
    return Mismatch(f"expected {what}, got {type(value).__name__} {shown}")


# Numbers and text


def _bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise expected("bool", value)


def _integer(name: str) -> Codec:
    bits = int(name[1:])
    low, high = (0, 2**bits - 1) if name[0] == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)

    def outgoing(value: Any) -> int:
        if not isinstance(value, int):
            raise expected("int", value)
        if low <= value <= high:
            return value
        raise Mismatch(f"the integer does not fit {name} ({low} to {high})")

    return Codec(outgoing, classes=(int,))


def _float(value: Any) -> float:
    if not isinstance(value, (float, int)) or isinstance(value, bool):
        raise expected("float", value)
    try:
        return float(value)
    except OverflowError:
        raise Mismatch("the integer is too large for a float") from None


def _single(value: Any) -> float:
    number = _float(value)
    try:
        struct.pack("<f", number)  # which, unlike "f", minds what does not fit
    except OverflowError:
        raise Mismatch(f"{number} does not fit f32") from None
    return number


def text(value: Any) -> str:
    """Text that can be encoded."""
    if not isinstance(value, str):
        raise expected("str", value)
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            where = f"character {error.start}"
            raise Mismatch(f"{where} of the text is half a surrogate pair") from None
    return value


def _char(value: Any) -> str:
    if isinstance(value, str) and len(value) == 1:
        return text(value)
    raise expected("a str of one character", value)


BOOL = Codec(_bool, classes=(bool,))
S8, S16, S32, S64 = map(_integer, ("s8", "s16", "s32", "s64"))
U8, U16, U32, U64 = map(_integer, ("u8", "u16", "u32", "u64"))
F32 = Codec(_single, classes=(float,))
F64 = Codec(_float, classes=(float,))
CHAR = Codec(_char, classes=(str,))
STRING = Codec(text, classes=(str,))


def _bytes(value: Any) -> bytes:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    raise expected("bytes", value)


BYTES = Codec(_bytes, classes=(bytes,))
BYTEARRAY = Codec(_bytes, bytearray, (bytearray,))
MEMORYVIEW = Codec(_bytes, memoryview, (memoryview,))


# What holds other values


def _each(values: Iterable[Any], convert: Convert) -> list[Any]:
    """Convert all; a `Mismatch` says which one it was."""
    done: list[Any] = []
    try:
        for value in values:
            done.append(convert(value))  # noqa: PERF401  # a comprehension would lose the place
    except Mismatch as mismatch:
        raise mismatch.inside(f"[{len(done)}]") from None
    return done


def list_of(element: Codec, make: type = list, *accepts: type) -> Codec:
    """A list, or another collection that `make` makes of one. Sets go out in order, if they have one."""
    classes = accepts or (make,)
    convert = element.incoming

    def outgoing(value: Any) -> list[Any]:
        if not isinstance(value, classes):
            raise expected(make.__name__, value)
        values: Any = _in_order(value) if isinstance(value, (set, frozenset)) else value
        return _each(values, element.outgoing)

    if convert is None:
        return Codec(outgoing, None if make is list else make, classes)
    return Codec(outgoing, lambda values: make(map(convert, values)), classes)


def iterated(element: Codec) -> Codec:
    """A list that goes out, of whatever can be iterated; also of a generator, which is run here."""

    def outgoing(values: Any) -> list[Any]:
        if not isinstance(values, Iterable):
            raise expected("what can be iterated", values)
        return _each(values, element.outgoing)

    return Codec(outgoing)


def _in_order(values: Iterable[Any]) -> Iterable[Any]:
    """The order of a set changes from one build to the next; packets should not."""
    try:
        return sorted(values)
    except TypeError:
        return values


def sequence_of(element: Codec) -> Codec:
    """What an annotation like `Sequence` allows: a list comes in, and any of these may go out."""
    return list_of(element, list, list, tuple, range, set, frozenset)


def small_integers(element: Codec, make: type = list) -> Codec:
    """A list of u8 or s8, which the bindings hold as bytes."""
    inner = list_of(element, make)
    signed = element is S8

    def outgoing(value: Any) -> bytes:
        numbers = inner.outgoing(value)
        return struct.pack(f"{len(numbers)}b", *numbers) if signed else bytes(numbers)

    def incoming(data: bytes) -> Any:
        return make(memoryview(data).cast("b") if signed else data)

    return Codec(outgoing, incoming, inner.classes)


def mapping_of(key: Codec, value: Codec) -> Codec:
    """A dict, as a list of pairs."""
    one_key, one_value = _incoming(key), _incoming(value)

    def pair(item: tuple[Any, Any]) -> tuple[Any, Any]:
        try:
            return key.outgoing(item[0]), value.outgoing(item[1])
        except Mismatch as mismatch:
            raise Mismatch(mismatch.message, f"[{item[0]!r}]{mismatch.path}") from None

    def outgoing(mapping: Any) -> list[Any]:
        if not isinstance(mapping, Mapping):
            raise expected("dict", mapping)
        return [pair(item) for item in mapping.items()]

    def incoming(pairs: list[Any]) -> dict[Any, Any]:
        return {one_key(left): one_value(right) for left, right in pairs}

    return Codec(outgoing, incoming, (dict,))


def tuple_of(*elements: Codec) -> Codec:
    """A tuple of as many values as there are types."""
    convert = [_incoming(element) for element in elements]
    numbered = list(enumerate(elements))

    def outgoing(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, (tuple, list)) or len(value) != len(elements):
            raise expected(f"a tuple of {len(elements)}", value)
        return tuple(_part(element, value[i], f"[{i}]") for i, element in numbered)

    if all(element.incoming is None for element in elements):
        return Codec(outgoing, classes=(tuple,))
    return Codec(
        outgoing,
        lambda values: tuple(each(value) for each, value in zip(convert, values, strict=True)),
        (tuple,),
    )


def _part(codec: Codec, value: Any, step: str) -> Any:
    try:
        return codec.outgoing(value)
    except Mismatch as mismatch:
        raise mismatch.inside(step) from None


def option(payload: Codec) -> Codec:
    """`T | None`."""
    convert = payload.incoming

    def outgoing(value: Any) -> Any:
        return None if value is None else payload.outgoing(value)

    if convert is None:
        return Codec(outgoing, classes=payload.classes)
    return Codec(outgoing, lambda value: None if value is None else convert(value), payload.classes)


# Classes of the author


def record(binding: Any, kind: type, /, **parts: Codec) -> Codec:
    """A dataclass or `NamedTuple`; `parts` are its fields, in the order of the record."""
    into = [
        (name, field.name, _incoming(part))
        for field, (name, part) in zip(fields(binding), parts.items(), strict=True)
    ]

    def outgoing(value: Any) -> Any:
        if not isinstance(value, kind):
            raise expected(kind.__name__, value)
        return binding(
            *(_part(part, getattr(value, name), f".{name}") for name, part in parts.items())
        )

    def incoming(value: Any) -> Any:
        return kind(**{name: convert(getattr(value, held)) for name, held, convert in into})

    return Codec(outgoing, incoming, (kind,))


@dataclass(frozen=True)
class Absent:
    """Marks a key of a `TypedDict` that may be missing."""

    payload: Codec


def typed_dict(binding: Any, /, **parts: Codec | Absent) -> Codec:
    """A `TypedDict`: a record outside, a dict inside."""
    held = [field.name for field in fields(binding)]

    def outgoing(value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise expected("dict", value)
        if unknown := [key for key in value if key not in parts]:
            raise Mismatch(f"the key {unknown[0]!r} is not declared")
        return binding(*(_entry(value, name, part) for name, part in parts.items()))

    def incoming(value: Any) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        for (name, part), attribute in zip(parts.items(), held, strict=True):
            there = getattr(value, attribute)
            if not isinstance(part, Absent):
                entries[name] = _incoming(part)(there)
            elif there is not None:
                entries[name] = _incoming(part.payload)(there)
        return entries

    return Codec(outgoing, incoming, (dict,))


def _entry(value: Mapping[str, Any], name: str, part: Codec | Absent) -> Any:
    if name in value:
        codec = part.payload if isinstance(part, Absent) else part
        return _part(codec, value[name], f".{name}")
    if isinstance(part, Absent):
        return None
    raise Mismatch(f"the key {name!r} is missing")


def choice(binding: type[Enum], *values: Any) -> Codec:
    """An `Enum` or a `Literal`; `values` are in the order of the cases."""
    held = list(binding)
    inward = dict(zip(held, values, strict=True))
    # Of two names for one value, the first is the member.
    outward = dict(zip(reversed(values), reversed(held), strict=True))

    def outgoing(value: Any) -> Any:
        try:
            return outward[value]
        except (KeyError, TypeError):
            raise expected("one of " + ", ".join(map(repr, values)), value) from None

    return Codec(outgoing, inward.__getitem__, (type(values[0]),))


def flags(binding: type[Flag], *members: Flag) -> Codec:
    """A `Flag`; `members` are in the order of the names."""
    pairs = list(zip(binding, members, strict=True))
    kind = type(members[0])

    def outgoing(value: Any) -> Any:
        if not isinstance(value, kind):
            raise expected(kind.__name__, value)
        chosen = binding(0)
        for held, member in pairs:
            if member in value:
                chosen |= held
        return chosen

    def incoming(value: Any) -> Any:
        chosen = kind(0)
        for held, member in pairs:
            if held in value:
                chosen |= member
        return chosen

    return Codec(outgoing, incoming, (kind,))


def union(binding: Any, *members: Codec) -> Codec:
    """A union; `members` are in the order of the cases, and told apart by the class of the value."""
    cases = list(zip(get_args(binding), members, strict=True))
    inward = {case: _incoming(member) for case, member in cases}
    outward = {kind: (case, member) for case, member in cases for kind in member.classes}
    if float in outward:
        outward.setdefault(int, outward[float])  # wherever Python asks for a float, an int will do

    def outgoing(value: Any) -> Any:
        for kind in type(value).__mro__:
            if kind in outward:
                case, member = outward[kind]
                return case(member.outgoing(value))
        raise expected("one of " + ", ".join(kind.__name__ for kind in outward), value)

    def incoming(value: Any) -> Any:
        return inward[type(value)](value.value)

    return Codec(outgoing, incoming, tuple(outward))
