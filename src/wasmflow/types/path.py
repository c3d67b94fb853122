"""Paths into values: `a.output.user."first name".0` after the port, resolved once against the type.

`resolve` turns names into steps, which stand in graphs and plans; `follow` turns steps into a
function. What is not there follows one rule: where a value may be absent by its type (`none`, another
case, null in `any`) the path sends nothing; where something should have been found, it is a `Misfit`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final, TypeAlias

from wasmflow.naming import lookup, same, suggestion
from wasmflow.packet import EMPTY, Empty
from wasmflow.problem import Problem
from wasmflow.types import model as wit
from wasmflow.types.parts import cases
from wasmflow.types.scalars import quoted, shown, step
from wasmflow.types.wit import describe


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


@dataclass(frozen=True, slots=True)
class Resolved:
    """A path that fits a type: its steps, and the type of what it leads to."""

    steps: tuple[Step, ...]
    type: wit.Type | None


#: An index of more digits than this is in no list.
_DIGITS: Final = 9


def resolve(type_: wit.Type | None, names: Sequence[str]) -> Resolved | Problem:
    """The steps of a path into values of a type, or what is wrong with it.

    In a record a name is a field, in a variant or result a case, in a tuple or list a number, in a
    list of pairs (`list<tuple<string, T>>`) a key, even if it is a number; in `any` a key of an
    object or the number of an element. An option on the way is opened, one at the end is not.
    """
    steps: list[Step] = []
    for name in names:
        while isinstance(type_, wit.Option):
            steps.append(Unwrap())
            type_ = type_.payload
        found = _part(type_, name)
        if isinstance(found, Problem):
            return found
        step_, type_ = found
        steps.append(step_)
    return Resolved(tuple(steps), type_)


def _part(type_: wit.Type | None, name: str) -> tuple[Step, wit.Type] | Problem:
    match type_:
        case None:
            return Problem(
                f"{step(name)} leads into a value whose type nothing determines",
                "state the type of the flow's port under 'inputs:'",
            )
        case wit.Anything():
            return Member(name), wit.ANY
        case wit.Record():
            return _field(type_, name)
        case wit.Variant() | wit.Result():
            return _case(type_, name)
        case wit.Tuple():
            return _element(type_, name)
        case wit.List(wit.Tuple((wit.STRING, value))):
            return Key(name), value
        case wit.List():
            return _item(type_, name)
    return Problem(f"{step(name)} leads into a value of type {describe(type_)}, which has no parts")


def _field(type_: wit.Record, name: str) -> tuple[Step, wit.Type] | Problem:
    for field in type_.fields:
        if same(field.name, name) and field.type is not None:
            return Field(field.name), field.type
    known = [field.name for field in type_.fields]
    return Problem(f"{describe(type_)} has no field {quoted(name)}", suggestion(name, known))


def _case(type_: wit.Variant | wit.Result, name: str) -> tuple[Step, wit.Type] | Problem:
    for case in cases(type_):
        if same(case.name, name):
            return CaseOf(case.name, bare=case.type is None), case.type or wit.BOOL
    known = [case.name for case in cases(type_)]
    return Problem(f"{describe(type_)} has no case {quoted(name)}", suggestion(name, known))


def _element(type_: wit.Tuple, name: str) -> tuple[Step, wit.Type] | Problem:
    index = _index(name)
    if index is not None and index < len(type_.elements):
        return Index(index), type_.elements[index]
    return Problem(
        f"{describe(type_)} has no element {quoted(name)}",
        f"its elements are numbered 0 to {len(type_.elements) - 1}",
    )


def _item(type_: wit.List, name: str) -> tuple[Step, wit.Type] | Problem:
    index = _index(name)
    if index is not None:
        return Index(index), type_.element
    return Problem(
        f"{describe(type_)} has no part {quoted(name)}", "elements of a list are numbered from 0"
    )


def _index(name: str) -> int | None:
    digits = name.isascii() and name.isdigit() and len(name) <= _DIGITS
    return int(name) if digits else None


#: What a path leads to, or `EMPTY`.
Walk: TypeAlias = Callable[[Any], Any]


def follow(steps: Sequence[Step]) -> Walk:
    """Makes of a value what stands at the end of a path into it.

    Gives `EMPTY` where the path comes to nothing. Raises `Misfit` for an element or key that is missing.
    """
    if len(steps) == 1:
        return _walk(steps[0])
    walks = tuple(map(_walk, steps))

    def walk(value: Any) -> Any:
        for each in walks:
            value = each(value)
            if value is EMPTY:
                break
        return value

    return walk


def _walk(step_: Step) -> Walk:
    match step_:
        case Field(name):
            return itemgetter(name)
        case CaseOf(name, bare):
            return _to_case(name, bare)
        case Index(index):
            return _to_element(index)
        case Key(name):
            return _to_entry(name)
        case Unwrap():
            return _unwrap
        case Member(name):
            return _to_member(name)


def _unwrap(value: Any) -> Any:
    if value is None:
        return EMPTY
    return value.value if isinstance(value, wit.Some) else value


def _to_case(name: str, bare: bool) -> Walk:
    def walk(value: wit.Case) -> Any:
        if value.name != name:
            return EMPTY
        return True if bare else value.payload

    return walk


def _to_element(index: int) -> Walk:
    def walk(value: Sequence[Any]) -> Any:
        try:
            return value[index]
        except IndexError:
            raise wit.Misfit(f"there is no element {index} in a list of {len(value)}") from None

    return walk


def _to_entry(name: str) -> Walk:
    def walk(value: Sequence[tuple[str, Any]]) -> Any:
        for key, found in value:
            if key == name:
                return found
        raise _missing(name, [key for key, _ in value])

    return walk


def _to_member(name: str) -> Walk:
    index = _index(name)

    def walk(value: wit.Json) -> wit.Json | Empty:
        match value:
            case None:
                return EMPTY
            case dict():
                return _member(value, name)
            case list() if index is not None:
                return at_index(value)
        raise wit.Misfit(f"{step(name)} leads into {shown(value)}, which has no such part")

    at_index = _to_element(index or 0)
    return walk


def _member(value: dict[str, wit.Json], name: str) -> wit.Json:
    """By the key as it is; else, since records are among what `any` holds, in another spelling."""
    if name in value:
        return value[name]
    spelling = lookup(name, {key: key for key in value})
    if spelling is None:
        raise _missing(name, list(value))
    return value[spelling]


def _missing(name: str, keys: list[str]) -> wit.Misfit:
    return wit.Misfit(f"there is no key {quoted(name)}; {suggestion(name, keys)}")
