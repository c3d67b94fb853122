"""Work on the parts of a value, which says in which of them something did not fit.

Each function makes a function, once per type. `json`, `python` and `convert` build on these.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from operator import call
from typing import Any, Final, TypeAlias

from wasmflow.naming import canonical, suggestion
from wasmflow.packet import EMPTY, Empty
from wasmflow.types import model as wit
from wasmflow.types.scalars import quoted, step

#: Makes one value of another, or raises `Misfit`.
Convert: TypeAlias = Callable[[Any], Any]
#: Makes the function for a type.
Compile: TypeAlias = Callable[[wit.Type], Convert]


def unchanged(value: Any) -> Any:
    """The conversion of what stays as it is. Compilers compare with it to leave work out."""
    return value


def at(name: str, convert: Convert, value: Any) -> Any:
    """Converts what stands under a name."""
    try:
        return convert(value)
    except wit.Misfit as misfit:
        raise misfit.inside(step(name)) from None


def each(convert: Convert) -> Callable[[Iterable[Any]], list[Any]]:
    """Converts every element."""

    def convert_all(values: Iterable[Any]) -> list[Any]:
        done: list[Any] = []
        try:
            done.extend(map(convert, values))  # keeps, on failure, what came before it
        except wit.Misfit as misfit:
            raise misfit.inside(f"[{len(done)}]") from None
        return done

    return convert_all


def aligned(converts: Sequence[Convert]) -> Callable[[Sequence[Any]], list[Any]]:
    """Converts every element by the function in its place. There are as many as functions."""

    def convert_all(values: Sequence[Any]) -> list[Any]:
        done: list[Any] = []
        try:
            done.extend(map(call, converts, values))
        except wit.Misfit as misfit:
            raise misfit.inside(f"[{len(done)}]") from None
        return done

    return convert_all


def members(changes: Mapping[str, Convert]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Converts, in a copy of a dict, the entries that have a function."""
    steps = tuple(changes.items())

    def convert_some(values: dict[str, Any]) -> dict[str, Any]:
        done = values.copy()
        name = ""
        try:
            for name, convert in steps:
                done[name] = convert(done[name])
        except wit.Misfit as misfit:
            raise misfit.inside(step(name)) from None
        return done

    return convert_some


def entries(convert: Convert) -> Callable[[Mapping[Any, Any]], list[tuple[Any, Any]]]:
    """Makes pairs of a mapping, converting what stands under each key."""

    def convert_all(values: Mapping[Any, Any]) -> list[tuple[Any, Any]]:
        done: list[tuple[Any, Any]] = []
        key: Any = ""
        try:
            for key, value in values.items():
                done.append((key, convert(value)))
        except wit.Misfit as misfit:
            raise misfit.inside(step(str(key))) from None
        return done

    return convert_all


class Names:
    """Declared names, found in any spelling."""

    def __init__(self, declared: Iterable[str]) -> None:
        self.declared: Final = tuple(declared)
        self._spellings = {canonical(name): name for name in self.declared}
        self._spellings |= {name: name for name in self.declared}

    def find(self, name: object) -> str | None:
        """The declared spelling; ``None`` if there is none."""
        if not isinstance(name, str):
            return None
        return self._spellings.get(name) or self._spellings.get(canonical(name))

    def expect(self, name: str, noun: str) -> str:
        """The declared spelling; a `Misfit` with a hint if there is none."""
        found = self.find(name)
        if found is not None:
            return found
        hint = suggestion(name, self.declared, noun="the type")
        raise wit.Misfit(f"there is no {noun} {quoted(name)} ({hint})")


def record_of(
    type_: wit.Record, compile_: Compile
) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Makes a record of a mapping from field names, in any spelling, to values.

    Refuses unknown, doubled and missing fields, and those that do not fit, all in one `Misfit`. A
    field of type option may be missing and is none.
    """
    names = Names(field.name for field in type_.fields)
    declared = frozenset(names.declared)
    optional = {field.name for field in type_.fields if isinstance(field.type, wit.Option)}
    blank = dict.fromkeys(names.declared)
    converts = {
        field.name: compile_(field.type) for field in type_.fields if field.type is not None
    }

    def make(given: Mapping[str, Any]) -> dict[str, Any]:
        misfits: list[wit.Misfit] = []
        if not given.keys() <= declared:
            given = _respelled(given, names, misfits)
        if len(given) < len(declared) and (missing := declared - optional - given.keys()):
            misfits.append(_missing(missing, names.declared))
        record: dict[str, Any] = blank.copy()
        for name, value in given.items():
            try:
                record[name] = converts[name](value)
            except wit.Misfit as misfit:
                misfits += misfit.inside(step(name)).parts
                if len(misfits) > wit.Misfits.MOST:
                    break
        if misfits:
            raise misfits[0] if len(misfits) == 1 else wit.Misfits(misfits)
        return record

    return make


def _respelled(given: Mapping[str, Any], names: Names, misfits: list[wit.Misfit]) -> dict[str, Any]:
    """The fields under their declared names, without those that are told in `misfits`."""
    fields: dict[str, Any] = {}
    for name, value in given.items():
        try:
            declared = names.expect(str(name), "field")
        except wit.Misfit as misfit:
            misfits.append(misfit)
        else:
            if declared in fields:
                misfits.append(wit.Misfit(f"field {quoted(declared)} is given twice"))
            fields[declared] = value
        if len(misfits) > wit.Misfits.MOST:
            break
    return fields


def _missing(missing: Collection[str], declared: Sequence[str]) -> wit.Misfit:
    listed = ", ".join(f"'{name}'" for name in declared if name in missing)
    return wit.Misfit(f"missing {'fields' if len(missing) > 1 else 'field'} {listed}")


def cases(type_: wit.Variant | wit.Result) -> tuple[wit.Part, ...]:
    """The cases of a variant, or those that a result stands for."""
    if isinstance(type_, wit.Variant):
        return type_.cases
    return (wit.Part("ok", type_.ok), wit.Part("err", type_.err))


def children(type_: wit.Type) -> Iterable[wit.Part]:
    """The types that a type is made of, by the names of fields and cases; elements have none."""
    match type_:
        case wit.List():
            return (wit.Part("", type_.element),)
        case wit.Option():
            return (wit.Part("", type_.payload),)
        case wit.Tuple():
            return [wit.Part("", element) for element in type_.elements]
        case wit.Record():
            return type_.fields
        case wit.Variant() | wit.Result():
            return cases(type_)
    return ()


def case_of(type_: wit.Variant | wit.Result, compile_: Compile) -> Callable[[str, Any], wit.Case]:
    """Makes a case of its name, in any spelling, and what it carries, `EMPTY` if that is not given.

    For a case that carries nothing, ``None`` may stand there as well.
    """
    names = Names(case.name for case in cases(type_))
    converts = {
        case.name: None if case.type is None else compile_(case.type) for case in cases(type_)
    }

    def make(name: str, payload: Any | Empty) -> wit.Case:
        declared = names.expect(name, "case")
        convert = converts[declared]
        if convert is None:
            if payload is not EMPTY and payload is not None:
                raise wit.Misfit(f"case '{declared}' carries no value")
            return wit.Case(declared)
        if payload is EMPTY:
            raise wit.Misfit(f"case '{declared}' carries a value, which is missing")
        return wit.Case(declared, at(declared, convert, payload))

    return make
