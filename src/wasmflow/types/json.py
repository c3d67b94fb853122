"""The JSON form of every type: what the command line, HTTP and tests read and write.

`encoder` and `decoder` compile a type once, to functions that are quick per value; the text of JSON
is read and written by `jsontext`. What does not fit is a `Misfit`.
"""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from collections.abc import Callable
from math import isfinite
from re import ASCII
from re import compile as pattern
from typing import Any, Final, NoReturn

from wasmflow.packet import EMPTY
from wasmflow.types import model as wit
from wasmflow.types.jsontext import dumps, loads
from wasmflow.types.model import Json
from wasmflow.types.parts import (
    Convert,
    Names,
    aligned,
    at,
    case_of,
    cases,
    each,
    entries,
    members,
    record_of,
    unchanged,
)
from wasmflow.types.scalars import SAFE, in_range, is_char, is_text, rounding, shown, whole
from wasmflow.types.wit import describe

__all__ = ["decoder", "dumps", "encoder", "loads"]

# --- values to JSON ---------------------------------------------------------------------------


def encoder(type_: wit.Type | None) -> Callable[[Any], Json]:
    """Makes the JSON form of a value of the type. Fails only for NaN and the infinities.

    Returns `unchanged` itself where values are their own JSON form.
    """
    match type_:
        case wit.S64 | wit.U64:
            return _encode_long
        case wit.F32 | wit.F64:
            return _encode_float
        case wit.List():
            return _encoder_of_list(type_)
        case wit.Tuple():
            return aligned([encoder(element) for element in type_.elements])
        case wit.Option():
            return _encoder_of_option(type_)
        case wit.Record():
            changes = {name: encoder(part) for name, part in type_.fields}
            changes = {name: encode for name, encode in changes.items() if encode is not unchanged}
            return members(changes) if changes else unchanged
        case wit.Variant() | wit.Result():
            return _encoder_of_case(type_)
        case wit.Flags():
            names = type_.names
            return lambda value: [name for name in names if name in value]
    return unchanged


def _encode_long(value: int) -> int | str:
    return value if -SAFE <= value <= SAFE else str(value)


def _encode_float(value: float) -> float:
    if isfinite(value):
        return value
    raise wit.Misfit(f"{_NAMES.get(value, 'NaN')} cannot be written as JSON")


_NAMES: Final = {float("inf"): "infinity", float("-inf"): "minus infinity"}


def _encode_bytes(value: bytes) -> str:
    return b2a_base64(value, newline=False).decode("ascii")


def _encoder_of_list(type_: wit.List) -> Convert:
    if type_ == wit.BYTES:
        return _encode_bytes
    encode = encoder(type_.element)
    return unchanged if encode is unchanged else each(encode)


def _encoder_of_option(type_: wit.Option) -> Convert:
    encode = encoder(type_.payload)
    if isinstance(type_.payload, wit.Option):
        return lambda value: None if value is None else {"some": encode(value.value)}
    if encode is unchanged:
        return unchanged
    return lambda value: None if value is None else encode(value)


def _encoder_of_case(type_: wit.Variant | wit.Result) -> Convert:
    payloads = {case.name: encoder(case.type) for case in cases(type_) if case.type is not None}

    def encode(value: wit.Case) -> Json:
        name, payload = value
        return {name: at(name, payloads[name], payload)} if name in payloads else name

    return encode


# --- JSON to values ---------------------------------------------------------------------------


def decoder(type_: wit.Type | None) -> Callable[[Json], Any]:
    """Makes a value of the type of a JSON value. Returns `unchanged` itself for `any`."""
    match type_:
        case wit.BOOL:
            return _decode_bool
        case wit.F32 | wit.F64:
            return _decoder_of_float(type_)
        case wit.CHAR:
            return _decode_char
        case wit.STRING:
            return _decode_string
        case wit.Scalar():
            return _decoder_of_integer(type_)
        case wit.List():
            return _decoder_of_list(type_)
        case wit.Tuple():
            return _decoder_of_tuple(type_)
        case wit.Option():
            return _decoder_of_option(type_)
        case wit.Record():
            return _decoder_of_record(type_)
        case wit.Variant() | wit.Result():
            return _decoder_of_case(type_)
        case wit.Enum():
            return _decoder_of_enum(type_)
        case wit.Flags():
            return _decoder_of_flags(type_)
    return unchanged


def has_null(type_: wit.Type | None) -> bool:
    """Whether null stands for a value of the type."""
    return type_ is None or isinstance(type_, wit.Anything | wit.Option)


def has_objects(type_: wit.Type | None) -> bool:
    """Whether an object may stand for a value of the type."""
    match type_:
        case None | wit.Anything() | wit.Record() | wit.Variant() | wit.Result():
            return True
        case wit.Option(payload):
            return isinstance(payload, wit.Option) or has_objects(payload)
        case wit.List(element):
            return _decoder_of_pairs(element) is not None
    return False


def input_decoder(type_: wit.Type | None, *, optional: bool) -> Callable[[Json], Any]:
    """The same for an input, which if `optional` is an option of its type: null leaves it out.

    That is `EMPTY`. Null for `any` is a value.
    """
    if not optional or type_ is None or type_ == wit.ANY:
        return decoder(type_)
    decode = decoder(wit.Option(type_))
    nested = isinstance(type_, wit.Option)

    def decode_input(value: Json) -> Any:
        decoded = decode(value)
        if decoded is None:
            return EMPTY
        return decoded.value if nested else decoded

    return decode_input


def _refuse(type_: wit.Type, value: Json, form: str = "") -> NoReturn:
    raise wit.Misfit(f"expected {describe(type_)}{form}, got {shown(value)}")


def _decode_bool(value: Json) -> bool:
    return value if isinstance(value, bool) else _refuse(wit.BOOL, value, " (true or false)")


def _decode_char(value: Json) -> str:
    if isinstance(value, str) and is_char(value):
        return value
    _refuse(wit.CHAR, value, " (a string of one character)")


def _decode_string(value: Json) -> str:
    if isinstance(value, str) and is_text(value):
        return value
    _refuse(wit.STRING, value)


_DIGITS: Final = pattern(r"-?[0-9]{1,20}", ASCII)


def _decoder_of_integer(type_: wit.Scalar) -> Convert:
    """Whole floats are read since JSON has one type of number, digits where encoders write them."""
    low, high = wit.INTEGERS[type_]
    check, from_float = in_range(type_), whole(type_)
    digits = high > SAFE

    def decode(value: Json) -> int:
        if type(value) is int and low <= value <= high:
            return value
        if isinstance(value, float):
            return from_float(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return check(int(value))
        if digits and isinstance(value, str) and _DIGITS.fullmatch(value):
            return check(int(value))
        _refuse(type_, value)

    return decode


def _decoder_of_float(type_: wit.Scalar) -> Convert:
    """Rounds, as readers of JSON do, and integers too: JavaScript writes 2^64 in digits, rounded."""
    rounded = rounding(type_)

    def decode(value: Json) -> float:
        if isinstance(value, float) and isfinite(value):
            return rounded(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return rounded(value)
        _refuse(type_, value)

    return decode


def _decode_bytes(value: Json) -> bytes:
    if isinstance(value, str):
        try:
            return a2b_base64(value, strict_mode=True)
        except ValueError:
            pass
    _refuse(wit.BYTES, value, " (a string in base64)")


def _decoder_of_list(type_: wit.List) -> Convert:
    if type_ == wit.BYTES:
        return _decode_bytes
    decode_all = each(decoder(type_.element))
    from_object = _decoder_of_pairs(type_.element)

    def decode(value: Json) -> list[Any]:
        if isinstance(value, list):
            return decode_all(value)
        if from_object is not None and isinstance(value, dict):
            return from_object(value)
        _refuse(type_, value)

    return decode


def _decoder_of_pairs(element: wit.Type) -> Callable[[dict[str, Any]], list[Any]] | None:
    """For a list of key and value: reads it from an object."""
    match element:
        case wit.Tuple((wit.STRING, value)):
            return entries(decoder(value))
    return None


def _decoder_of_tuple(type_: wit.Tuple) -> Convert:
    decode_all = aligned([decoder(element) for element in type_.elements])
    length = len(type_.elements)

    def decode(value: Json) -> tuple[Any, ...]:
        if not isinstance(value, list):
            _refuse(type_, value)
        if len(value) != length:
            _refuse(type_, value, f" (a list of {length})")
        return tuple(decode_all(value))

    return decode


def _decoder_of_option(type_: wit.Option) -> Convert:
    decode = decoder(type_.payload)
    if isinstance(type_.payload, wit.Option):
        return _decoder_of_some(type_, decode)
    if decode is unchanged:
        return unchanged
    return lambda value: None if value is None else decode(value)


def _decoder_of_some(type_: wit.Option, decode_payload: Convert) -> Convert:
    def decode(value: Json) -> wit.Some | None:
        match value:
            case None:
                return None
            case {"some": payload} if len(value) == 1:
                return wit.Some(at("some", decode_payload, payload))
        _refuse(type_, value, ' (null or {"some": …})')

    return decode


def _decoder_of_record(type_: wit.Record) -> Convert:
    make = record_of(type_, decoder)

    def decode(value: Json) -> dict[str, Any]:
        return make(value) if isinstance(value, dict) else _refuse(type_, value, " (an object)")

    return decode


def _decoder_of_case(type_: wit.Variant | wit.Result) -> Convert:
    make = case_of(type_, decoder)

    def decode(value: Json) -> wit.Case:
        if isinstance(value, str):
            return make(value, EMPTY)
        if isinstance(value, dict) and len(value) == 1:
            return make(*next(iter(value.items())))
        _refuse(type_, value, ' ({"case": value}, or "case" where it carries nothing)')

    return decode


def _decoder_of_enum(type_: wit.Enum) -> Convert:
    names = Names(type_.cases)

    def decode(value: Json) -> str:
        return names.expect(value, "case") if isinstance(value, str) else _refuse(type_, value)

    return decode


def _decoder_of_flags(type_: wit.Flags) -> Convert:
    decode_all = each(_decoder_of_enum(wit.Enum(type_.names)))

    def decode(value: Json) -> frozenset[str]:
        if isinstance(value, list):
            return frozenset(decode_all(value))
        _refuse(type_, value, " (a list of names)")

    return decode
