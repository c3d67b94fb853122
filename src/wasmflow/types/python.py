"""Values as Python programs give them, made values of a type: for callers of the Python API.

More is taken than the one form that each type has inside (dataclasses, enums, any sequence), and
nothing is guessed: a number keeps its value, a string is a string. Whatever comes out is exactly of
the type, which what runs WebAssembly relies on.
"""

from __future__ import annotations

import enum
import keyword
import math
import operator
import reprlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from numbers import Real
from typing import Any, Final, NoReturn

from wasmflow.naming import canonical
from wasmflow.packet import EMPTY
from wasmflow.types import model as wit
from wasmflow.types.jsontext import DEPTH
from wasmflow.types.parts import Convert, Names, aligned, case_of, each, entries, record_of
from wasmflow.types.scalars import exact, in_range, is_char, is_text, rounding, shown
from wasmflow.types.wit import describe

#: Integers of more bits have more digits than Python writes and reads (4,300).
_JSON_BITS: Final = 14_000


def accepter(type_: wit.Type | None) -> Callable[[object], Any]:
    """Makes a value of the type of an ordinary Python value. Raises `Misfit`."""
    match type_:
        case wit.BOOL:
            return _accept_bool
        case wit.F32 | wit.F64:
            return _accepter_of_float(type_)
        case wit.CHAR:
            return _accept_char
        case wit.STRING:
            return _accept_string
        case wit.Scalar():
            return _accepter_of_integer(type_)
        case wit.List():
            return _accepter_of_list(type_)
        case wit.Tuple():
            return _accepter_of_tuple(type_)
        case wit.Option():
            return _accepter_of_option(type_)
        case wit.Record():
            return _accepter_of_record(type_)
        case wit.Variant() | wit.Result():
            return _accepter_of_case(type_)
        case wit.Enum():
            return _accepter_of_enum(type_, type_.cases)
        case wit.Flags():
            return _accepter_of_flags(type_)
    return _accept_json


def _refuse(type_: wit.Type, value: object, form: str = "") -> NoReturn:
    raise wit.Misfit(f"expected {describe(type_)}{form}, got {_shown(value)}")


def _shown(value: object) -> str:
    if value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        return shown(int(value))
    if type(value).__repr__ is object.__repr__:
        return f"an object of class {type(value).__name__}"
    return f"{reprlib.repr(value)} ({type(value).__name__})"


# --- scalars ----------------------------------------------------------------------------------


def _accept_bool(value: object) -> bool:
    return value if isinstance(value, bool) else _refuse(wit.BOOL, value)


def _accepter_of_integer(type_: wit.Scalar) -> Convert:
    check = in_range(type_)

    def accept(value: object) -> int:
        if type(value) is int:
            return check(value)
        if isinstance(value, bool) or not hasattr(value, "__index__"):
            _refuse(type_, value)
        return check(int(operator.index(value)))

    return accept


def _accepter_of_float(type_: wit.Scalar) -> Convert:
    """Floats are rounded to f32; other numbers must be exactly what they become."""
    rounded, exactly = rounding(type_), exact(type_)

    def accept(value: Any) -> float:
        if type(value) is float:
            return rounded(value)
        if not _is_number(value):
            _refuse(type_, value)
        is_float = isinstance(value, float) or value != value  # or NaN of another class
        return rounded(value) if is_float else exactly(value)

    return accept


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _accept_char(value: object) -> str:
    if isinstance(value, str) and is_char(value):
        return str.__str__(value)
    _refuse(wit.CHAR, value, " (a str of one character)")


def _accept_string(value: object) -> str:
    if not isinstance(value, str):
        _refuse(wit.STRING, value)
    if not is_text(value):
        _refuse(wit.STRING, value, " (text without lone surrogates)")
    return str.__str__(value)  # plain, where it is of a subclass


# --- lists and tuples -------------------------------------------------------------------------


def _accepter_of_list(type_: wit.List) -> Convert:
    if type_ == wit.BYTES:
        return _accept_bytes
    accept_all = each(accepter(type_.element))
    from_mapping = _accepter_of_mapping(type_.element)

    def accept(value: object) -> list[Any]:
        if from_mapping is not None and isinstance(value, Mapping):
            return from_mapping(value)
        items = _items(value)
        return _refuse(type_, value) if items is None else accept_all(items)

    return accept


def _accept_bytes(value: object) -> bytes:
    try:
        view = memoryview(value)  # type: ignore[arg-type]
    except TypeError:
        pass
    else:
        if view.format == "B" and view.ndim == 1:
            return view.tobytes()
    items = _items(value)
    if items is None:
        _refuse(wit.BYTES, value)
    return bytes(_accept_octets(items))


_accept_octets: Final = each(_accepter_of_integer(wit.U8))


def _accepter_of_mapping(element: wit.Type) -> Callable[[Mapping[Any, Any]], list[Any]] | None:
    """For a list of key and value: reads it from a mapping."""
    match element:
        case wit.Tuple((key, value)):
            accept_pairs, accept_key = entries(accepter(value)), accepter(key)
            return lambda given: [(accept_key(name), each) for name, each in accept_pairs(given)]
    return None


def _items(value: object) -> Sequence[Any] | None:
    """The elements of a sequence or an array, but not the characters of a string."""
    if isinstance(value, list | tuple):
        return value
    if isinstance(value, str):
        return None
    try:
        view = memoryview(value)  # type: ignore[arg-type]
        return view.tolist() if view.ndim else None
    except (TypeError, NotImplementedError):
        return value if isinstance(value, Sequence) else None


def _accepter_of_tuple(type_: wit.Tuple) -> Convert:
    accept_all = aligned([accepter(element) for element in type_.elements])
    length = len(type_.elements)

    def accept(value: object) -> tuple[Any, ...]:
        items = _items(value)
        if items is None:
            _refuse(type_, value)
        if len(items) != length:
            _refuse(type_, value, f" ({length} of them)")
        return tuple(accept_all(items))

    return accept


# --- options, records and cases ---------------------------------------------------------------


def _accepter_of_option(type_: wit.Option) -> Convert:
    accept = accepter(type_.payload)
    if not isinstance(type_.payload, wit.Option):
        return lambda value: None if value is None else accept(value)

    def accept_some(value: object) -> wit.Some | None:
        if value is None:
            return None
        return wit.Some(accept(value.value if isinstance(value, wit.Some) else value))

    return accept_some


def _accepter_of_record(type_: wit.Record) -> Convert:
    make = record_of(type_, accepter)

    def accept(value: object) -> dict[str, Any]:
        members = _members(value)
        return _refuse(type_, value) if members is None else make(members)

    return accept


def _members(value: object) -> Mapping[str, Any] | None:
    """What a mapping, a dataclass or a named tuple holds, by name."""
    if isinstance(value, Mapping):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return {_plain(each.name): getattr(value, each.name) for each in fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return dict(zip(map(_plain, value._fields), value, strict=True))
    return None


def _plain(attribute: str) -> str:
    """An attribute without the underscore that keeps it apart from a word of Python: `from_`."""
    name = attribute.removesuffix("_")
    return name if keyword.iskeyword(name) else attribute


def _accepter_of_case(type_: wit.Variant | wit.Result) -> Convert:
    """A `Case` or other pair of name and payload, a mapping of one to the other, or a name alone."""
    make = case_of(type_, accepter)

    def accept(value: object) -> wit.Case:
        match value:
            case str():
                return make(value, EMPTY)
            case (str(name), payload):
                return make(name, payload)
            case Mapping() if len(value) == 1:
                return make(*next(iter(value.items())))
        _refuse(type_, value, " (Case(name, payload), or the name where it carries nothing)")

    return accept


# --- enums and flags --------------------------------------------------------------------------


def _accepter_of_enum(type_: wit.Enum | wit.Flags, declared: Iterable[str]) -> Convert:
    """One of the declared names; for a member of an Enum its value, if it is a string, or its name."""
    names = Names(declared)
    members = {canonical(name).lower(): name for name in names.declared}

    def accept(value: object) -> str:
        if isinstance(value, enum.Enum):
            found = names.find(value.value) or members.get(canonical(value.name).lower())
            return found or _refuse(type_, value)
        return names.expect(value, "case") if isinstance(value, str) else _refuse(type_, value)

    return accept


def _accepter_of_flags(type_: wit.Flags) -> Convert:
    accept_all = each(_accepter_of_enum(type_, type_.names))

    def accept(value: object) -> frozenset[str]:
        if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
            _refuse(type_, value, " (a set of names)")
        if isinstance(value, enum.Flag) and sum(bit.value for bit in value) != value.value:
            _refuse(type_, value, ", each bit with a name")
        return frozenset(accept_all(value))

    return accept


# --- any --------------------------------------------------------------------------------------


def _accept_json(value: object) -> wit.Json:
    return _json(value, DEPTH)


def _json(value: object, depth: int) -> wit.Json:
    """A copy that shares nothing that the caller could still change."""
    match value:
        case None | bool():
            return value
        case str():
            return _accept_string(value)
        case int():
            return _json_integer(value)
        case float() if math.isfinite(value):
            return float(value)
        case list() | tuple() | Mapping() if depth == 0:
            raise wit.Misfit(f"nested more than {DEPTH} levels deep")
        case list() | tuple():
            return each(lambda item: _json(item, depth - 1))(value)
        case Mapping():
            return dict(entries(lambda item: _json(item, depth - 1))(_keyed(value)))
    _refuse(wit.ANY, value, " (what JSON can hold)")


def _json_integer(value: int) -> int:
    if value.bit_length() > _JSON_BITS:
        _refuse(wit.ANY, value, " (a number of fewer digits)")
    return int(value)


def _keyed(value: Mapping[Any, Any]) -> Mapping[str, Any]:
    for key in value:
        if not isinstance(key, str) or not is_text(key):
            _refuse(wit.ANY, key, " (with strings as keys)")
    return value
