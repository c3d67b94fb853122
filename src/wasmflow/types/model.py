"""The types of ports: those of WIT, and one of ours, `ANY`.

Types are compared by structure; the name that a record, variant, enum or flags was declared under is
kept for printing only. Values of a type are ordinary Python values:

    =======================  ==========================================================
    bool, s8 … u64, f32/f64  ``bool``, ``int``, ``float``
    char, string             ``str`` (a char is one Unicode scalar value)
    list<u8>                 ``bytes``
    list<T>, tuple<…>        ``list``, ``tuple``
    record                   ``dict`` from every declared field name to its value
    variant, result          `Case` (cases of a result are "ok" and "err")
    enum, flags              ``str``, ``frozenset`` of ``str``
    option<T>                ``None`` or the value; directly inside another option, `Some`
    any                      a JSON value: ``None``, ``bool``, ``int``, ``float``, ``str``, ``list``, ``dict``
    =======================  ==========================================================

Modules import this one as ``wit``, so that the terms of the specification can be used as they are.
Source: https://component-model.bytecodealliance.org/design/wit.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum as _Enum
from typing import Any, Final, NamedTuple, TypeAlias

Json: TypeAlias = Any
"""A JSON value as Python has it."""


class Scalar(_Enum):
    """A type without parts. The value is its name in WIT."""

    BOOL = "bool"
    S8 = "s8"
    U8 = "u8"
    S16 = "s16"
    U16 = "u16"
    S32 = "s32"
    U32 = "u32"
    S64 = "s64"
    U64 = "u64"
    F32 = "f32"
    F64 = "f64"
    CHAR = "char"
    STRING = "string"

    def __repr__(self) -> str:
        return self.name


BOOL: Final = Scalar.BOOL
S8: Final = Scalar.S8
U8: Final = Scalar.U8
S16: Final = Scalar.S16
U16: Final = Scalar.U16
S32: Final = Scalar.S32
U32: Final = Scalar.U32
S64: Final = Scalar.S64
U64: Final = Scalar.U64
F32: Final = Scalar.F32
F64: Final = Scalar.F64
CHAR: Final = Scalar.CHAR
STRING: Final = Scalar.STRING

#: Lowest and highest value of each integer type.
INTEGERS: Final[dict[Scalar, tuple[int, int]]] = {
    S8: (-(2**7), 2**7 - 1),
    U8: (0, 2**8 - 1),
    S16: (-(2**15), 2**15 - 1),
    U16: (0, 2**16 - 1),
    S32: (-(2**31), 2**31 - 1),
    U32: (0, 2**32 - 1),
    S64: (-(2**63), 2**63 - 1),
    U64: (0, 2**64 - 1),
}


@dataclass(frozen=True, slots=True)
class Anything:
    """`any`: a JSON value whose type is known only when it is there."""

    def __repr__(self) -> str:
        return "ANY"


ANY: Final = Anything()


@dataclass(frozen=True, slots=True)
class List:
    element: Type


@dataclass(frozen=True, slots=True)
class Tuple:
    elements: tuple[Type, ...]


@dataclass(frozen=True, slots=True)
class Option:
    payload: Type


@dataclass(frozen=True, slots=True)
class Result:
    ok: Type | None
    err: Type | None


class Part(NamedTuple):
    """A field of a record or a case of a variant. Only a case may be without a type."""

    name: str
    type: Type | None


@dataclass(frozen=True, slots=True)
class Record:
    fields: tuple[Part, ...]
    name: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Variant:
    cases: tuple[Part, ...]
    name: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Enum:
    cases: tuple[str, ...]
    name: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Flags:
    names: tuple[str, ...]
    name: str | None = field(default=None, compare=False)


Type: TypeAlias = (
    Scalar | Anything | List | Tuple | Option | Result | Record | Variant | Enum | Flags
)

BYTES: Final = List(U8)


class Case(NamedTuple):
    """The value of a variant or result: the chosen case and what it carries (``None`` if nothing)."""

    name: str
    payload: Any = None


class Some(NamedTuple):
    """A value that is there, of an option directly inside another option."""

    value: Any


class Misfit(Exception):
    """A value is not of the type wanted. The message says what, and where inside the value."""

    def __init__(self, reason: str, where: str = "") -> None:
        super().__init__(f"{where}: {reason}" if where else reason)
        self.reason = reason
        #: The part that does not fit, such as ``.users[3].age``; empty for the value as a whole.
        self.where = where

    def inside(self, step: str) -> Misfit:
        """The same, told of the value that holds this one at `step`."""
        return Misfit(self.reason, step + self.where)

    @property
    def parts(self) -> tuple[Misfit, ...]:
        """Each part that does not fit."""
        return (self,)


class Misfits(Misfit):
    """Several parts of a value do not fit. The message tells the first `MOST` of them."""

    MOST: Final = 8

    def __init__(self, parts: Iterable[Misfit]) -> None:
        self._parts = tuple(parts)
        told = [str(part) for part in self._parts[: self.MOST]]
        super().__init__("; ".join(told + ["…"] * (len(self._parts) > self.MOST)))

    def inside(self, step: str) -> Misfits:
        return Misfits(part.inside(step) for part in self._parts)

    @property
    def parts(self) -> tuple[Misfit, ...]:
        return self._parts
