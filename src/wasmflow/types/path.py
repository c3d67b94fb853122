"""Paths into values: `a.output.user."first name".0` after the port, resolved once against the type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record, by its declared name."""

    name: str


@dataclass(frozen=True, slots=True)
class CaseOf:
    """What a case of a variant or result carries; another case sends nothing."""

    name: str
    #: Whether the case carries nothing: then it sends ``true``.
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Index:
    """An element of a tuple or list; missing from a list it is an exception."""

    index: int


@dataclass(frozen=True, slots=True)
class Key:
    """An entry of a `list<tuple<string, T>>`; missing it is an exception."""

    name: str


@dataclass(frozen=True, slots=True)
class Unwrap:
    """The value in an option; `none` sends nothing."""


@dataclass(frozen=True, slots=True)
class Member:
    """A key of an object or an index of an array, of a value of type `any`; missing it is an exception."""

    name: str


Step: TypeAlias = Field | CaseOf | Index | Key | Unwrap | Member
