"""What single numbers and texts must satisfy wherever they come from, and how messages show them.

`json`, `python` and `convert` agree on these rules by sharing them.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from struct import Struct
from typing import Any, Final

from wasmflow.types import model as wit

#: Integers up to here, of either sign, survive every JSON reader.
SAFE: Final = 2**53 - 1

_F32: Final = Struct("<f")
_SHOWN_CHARACTERS: Final = 40
_SHOWN_BITS: Final = 128
#: Integer types of which every value is a value of the float type.
_EXACT: Final = {
    wit.F32: frozenset({wit.S8, wit.U8, wit.S16, wit.U16}),
    wit.F64: frozenset({wit.S8, wit.U8, wit.S16, wit.U16, wit.S32, wit.U32}),
}


def holds(wide: wit.Scalar, narrow: wit.Scalar) -> bool:
    """Whether every number of type `narrow`, an integer type, is one of type `wide`."""
    if wide in _EXACT:
        return narrow in _EXACT[wide]
    (low, high), (lowest, highest) = wit.INTEGERS[wide], wit.INTEGERS[narrow]
    return low <= lowest and highest <= high


def in_range(type_: wit.Scalar) -> Callable[[int], int]:
    """Lets an integer pass that is within the range of an integer type."""
    low, high = wit.INTEGERS[type_]

    def check(value: int) -> int:
        if low <= value <= high:
            return value
        raise wit.Misfit(f"{shown(value)} is out of the range of {type_.value} ({low} to {high})")

    return check


def whole(type_: wit.Scalar) -> Callable[[float], int]:
    """Makes a float that is a whole number within its range a value of an integer type."""
    check = in_range(type_)

    def convert(value: float) -> int:
        if value.is_integer():
            return check(int(value))
        raise wit.Misfit(f"{shown(value)} is not a whole number, as {type_.value} must be")

    return convert


def exact(type_: wit.Scalar) -> Callable[[Any], float]:
    """Makes a number a value of a float type if that changes nothing about it."""
    rounded = rounding(type_)

    def convert(value: Any) -> float:
        number = rounded(value)
        if number == value:
            return number
        raise wit.Misfit(f"{type_.value} cannot hold {shown(value)} exactly")

    return convert


def rounding(type_: wit.Scalar) -> Callable[[float], float]:
    """Makes a number the nearest value of a float type; only what is beyond its range fails."""
    return to_f32 if type_ is wit.F32 else to_f64


def to_f64(value: float) -> float:
    """The nearest f64 of an integer or float."""
    try:
        return float(value)
    except OverflowError:
        raise wit.Misfit(f"{shown(value)} is beyond the range of f64") from None


def to_f32(value: float) -> float:
    """The nearest f32 of an integer or float. NaN and the infinities stay what they are."""
    try:
        return float(_F32.unpack(_F32.pack(float(value)))[0])
    except OverflowError:
        raise wit.Misfit(f"{shown(value)} is beyond the range of f32") from None


def is_text(value: str) -> bool:
    """Whether a string is Unicode text. One with a lone surrogate is not; it has no UTF-8."""
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_char(value: str) -> bool:
    """Whether a string is one Unicode scalar value."""
    return len(value) == 1 and not "\ud800" <= value <= "\udfff"


def shown(value: Any) -> str:
    """A JSON value as messages show it: short, printable, and never itself a cause of failure."""
    match value:
        case str():
            return _shown_text(value)
        case bool() | None:
            return json.dumps(value)
        case int() if value.bit_length() > _SHOWN_BITS:
            return f"a number of about {int(value.bit_length() * math.log10(2)) + 1} digits"
        case list():
            return "a list"
        case dict():
            return "an object"
    return str(value)


def _shown_text(value: str) -> str:
    cut = value[:_SHOWN_CHARACTERS]
    text = json.dumps(cut, ensure_ascii=not cut.isprintable())
    return text if len(cut) == len(value) else f'{text[:-1]}…"'


def quoted(text: str) -> str:
    """A name or word of an author as messages quote it."""
    return f"'{_shown_text(text)[1:-1]}'"


def step(name: str) -> str:
    """How a message names a field, key or case on the way to a part: as paths in a flow do."""
    return f".{name}" if re.fullmatch(r"[\w-]{1,80}", name, re.ASCII) else f".{_shown_text(name)}"
