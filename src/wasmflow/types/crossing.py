"""The rules of connecting two types: what widens, what is checked, what is kept apart.

`across` is for whole packets, `inside` for values and their parts; the difference is that a packet
can come to nothing and a part cannot. Widening changes no value and never fails. Numbers of other
types and `any` connect too: there each value is checked as it crosses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from wasmflow.naming import canonical
from wasmflow.packet import EMPTY
from wasmflow.types import model as wit
from wasmflow.types.json import decoder, encoder, has_null
from wasmflow.types.parts import Convert, aligned, at, children, each, members, unchanged
from wasmflow.types.scalars import exact, holds, in_range, rounding, step, whole
from wasmflow.types.wit import describe, spell_out

T = TypeVar("T")


class Apart(ValueError):
    """Two types cannot be connected. The message says why, and where inside them."""

    def __init__(self, reason: str, where: str = "") -> None:
        super().__init__(f"{reason} (at {where})" if where else reason)
        self.reason = reason
        self.where = where


def _apart(source: wit.Type, target: wit.Type, because: str = "") -> Apart:
    return Apart(f"{describe(source)} cannot become {describe(target)}{because}")


@dataclass(frozen=True, slots=True)
class Crossing:
    """What happens to values on the way from one type to another."""

    convert: Convert = unchanged
    #: Whether `convert` may raise `Misfit`.
    checked: bool = False


_UNCHANGED: Final = Crossing()


def across(source: wit.Type | None, target: wit.Type | None) -> Crossing:
    """The way of a whole packet. Raises `Apart` if there is none.

    An option opens until no more options are left than the target has; `none` sends nothing.
    `any` takes an option as it is: it has null for `none`.
    """
    if source is None or target is None:
        return _UNCHANGED
    if isinstance(source, wit.Option) and target != wit.ANY and _depth(source) > _depth(target):
        return _opened(source.payload, target)
    return inside(source, target)


def into_optional(source: wit.Type | None, target: wit.Type | None) -> Crossing:
    """The way to an optional input, whose parameter is an option of `target`: none leaves it out.

    So does the null of `any`, unless the target has a null of its own.
    """
    if isinstance(source, wit.Option) and target == wit.ANY:
        return _opened(source.payload, target)
    if source == wit.ANY and target is not None and not has_null(target):
        return _opened(source, target)
    return across(source, target)


def _opened(payload: wit.Type, target: wit.Type) -> Crossing:
    inner = across(payload, target)
    return Crossing(_opening(inner.convert), inner.checked)


def _depth(type_: wit.Type) -> int:
    """How many options stand directly inside each other."""
    depth = 0
    while isinstance(type_, wit.Option):
        depth, type_ = depth + 1, type_.payload
    return depth


def _opening(convert: Convert) -> Convert:
    def open_(value: Any) -> Any:
        if value is None:
            return EMPTY
        return convert(value.value if type(value) is wit.Some else value)

    return open_


def inside(source: wit.Type, target: wit.Type) -> Crossing:
    """The way of a value or of a part of one. Raises `Apart` if there is none."""
    if source == target:
        return _UNCHANGED
    if isinstance(target, wit.Anything):
        return Crossing(encoder(source), _holds_float(source))
    if isinstance(source, wit.Anything):
        convert = decoder(target)
        return Crossing(convert, checked=convert is not unchanged)
    if isinstance(target, wit.Option):
        return _to_option(source, target)
    if isinstance(source, wit.Option):
        raise _apart(source, target, " inside a value, where none cannot be left out")
    return _structure(source, target)


def _holds_float(type_: wit.Type) -> bool:
    """Whether values may hold a NaN or infinity, which JSON does not have."""
    if type_ in (wit.F32, wit.F64):
        return True
    return any(part is not None and _holds_float(part) for _, part in children(type_))


def _structure(source: wit.Type, target: wit.Type) -> Crossing:
    match source, target:
        case wit.Scalar(), wit.Scalar():
            return _scalar(source, target)
        case wit.Enum(), wit.STRING:
            return _UNCHANGED
        case wit.List(), wit.List():
            return _list(source, target)
        case wit.Tuple(), wit.Tuple():
            return _tuple(source, target)
        case wit.Record(), wit.Record():
            return _record(source, target)
        case wit.Result(), wit.Result():
            return _result(source, target)
        case wit.Variant(), wit.Variant():
            return _variant(source, target)
        case wit.Enum(), wit.Enum():
            return _enum(source, target)
        case wit.Flags(), wit.Flags():
            return _flags(source, target)
    raise _apart(source, target)


def _part(where: str, source: wit.Type | None, target: wit.Type | None) -> Crossing:
    """The way of what the types have at one place; both or neither may have nothing there."""
    if source is None and target is None:
        return _UNCHANGED
    if source is None or target is None:
        left, right = ("nothing" if each is None else describe(each) for each in (source, target))
        raise Apart(f"{left} cannot become {right}", where)
    try:
        return inside(source, target)
    except Apart as apart:
        raise Apart(apart.reason, where + apart.where) from None


# --- scalars and options ----------------------------------------------------------------------

_FLOATS: Final = (wit.F32, wit.F64)


def _scalar(source: wit.Scalar, target: wit.Scalar) -> Crossing:
    match source in wit.INTEGERS, target in wit.INTEGERS:
        case True, True:
            return _UNCHANGED if holds(target, source) else Crossing(in_range(target), checked=True)
        case True, False if target in _FLOATS:
            return (
                Crossing(float) if holds(target, source) else Crossing(exact(target), checked=True)
            )
        case False, True if source in _FLOATS:
            return Crossing(whole(target), checked=True)
    match source, target:
        case (wit.F32, wit.F64) | (wit.CHAR, wit.STRING):
            return _UNCHANGED
        case (wit.F64, wit.F32):
            return Crossing(rounding(target), checked=True)
    raise _apart(source, target)


def _to_option(source: wit.Type, target: wit.Option) -> Crossing:
    """A value with fewer options around it is put into one more; others stay at their depth."""
    nested = isinstance(target.payload, wit.Option)
    if isinstance(source, wit.Option) and _depth(source) >= _depth(target):
        inner = inside(source.payload, target.payload)
        convert = _within_option(inner.convert, isinstance(source.payload, wit.Option), nested)
        return Crossing(convert, inner.checked)
    inner = inside(source, target.payload)
    return Crossing(_wrapping(inner.convert) if nested else inner.convert, inner.checked)


def _wrapping(convert: Convert) -> Convert:
    return lambda value: wit.Some(convert(value))


def _within_option(convert: Convert, opens: bool, wraps: bool) -> Convert:
    if convert is unchanged and opens == wraps:
        return unchanged

    def convert_some(value: Any) -> Any:
        if value is None:
            return None
        done = convert(value.value if opens else value)
        return wit.Some(done) if wraps else done

    return convert_some


# --- lists, tuples, records -------------------------------------------------------------------


def _list(source: wit.List, target: wit.List) -> Crossing:
    """A `list<u8>` is bytes, so its elements become a list even where each stays as it is."""
    inner = _part("[]", source.element, target.element)
    convert_all = each(inner.convert)
    if target == wit.BYTES:
        return Crossing(lambda values: bytes(convert_all(values)), inner.checked)
    if inner.convert is unchanged:
        return Crossing(list) if source == wit.BYTES else _UNCHANGED
    return Crossing(convert_all, inner.checked)


def _tuple(source: wit.Tuple, target: wit.Tuple) -> Crossing:
    if len(source.elements) != len(target.elements):
        raise _apart(source, target, ", which has another length")
    pairs = zip(source.elements, target.elements, strict=True)
    parts = [_part(f"[{index}]", *pair) for index, pair in enumerate(pairs)]
    if _all_unchanged(parts):
        return _UNCHANGED
    convert_all = aligned([part.convert for part in parts])
    return Crossing(lambda values: tuple(convert_all(values)), _any_checked(parts))


def _record(source: wit.Record, target: wit.Record) -> Crossing:
    """Fields that the target does not have are left out, optional ones of its own are none."""
    sources = {field.name: field for field in source.fields}
    found = _matched((name for name, _ in target.fields), sources)
    for name, part in target.fields:
        if found[name] is None and not isinstance(part, wit.Option):
            raise _apart(source, target, f", which needs a field '{name}'")
    parts = {
        name: _part(step(name), field.type, part)
        for name, part in target.fields
        if (field := found[name]) is not None
    }
    names = {name: field.name for name, field in found.items() if field is not None}
    if _all_unchanged(parts.values()) and list(sources) == [*names.values()] == list(found):
        return _UNCHANGED
    changes = {name: each.convert for name, each in parts.items() if each.convert is not unchanged}
    return Crossing(_projection(list(found), names, changes), _any_checked(parts.values()))


def _projection(fields: list[str], sources: dict[str, str], changes: dict[str, Convert]) -> Convert:
    """Makes a record of `fields`: taken from those of the source, or none, then converted."""
    blank: dict[str, Any] = dict.fromkeys(fields)
    pairs = tuple(sources.items())
    change = members(changes)

    def project(record: dict[str, Any]) -> dict[str, Any]:
        return change(blank | {name: record[source] for name, source in pairs})

    return project


def _all_unchanged(parts: Iterable[Crossing]) -> bool:
    return all(part.convert is unchanged for part in parts)


def _any_checked(parts: Iterable[Crossing]) -> bool:
    return any(part.checked for part in parts)


# --- choices ----------------------------------------------------------------------------------


def _result(source: wit.Result, target: wit.Result) -> Crossing:
    parts = {
        "ok": _part(".ok", source.ok, target.ok),
        "err": _part(".err", source.err, target.err),
    }
    if _all_unchanged(parts.values()):
        return _UNCHANGED
    converts = {name: part.convert for name, part in parts.items()}

    def convert(case: wit.Case) -> wit.Case:
        return wit.Case(case.name, at(case.name, converts[case.name], case.payload))

    return Crossing(convert, _any_checked(parts.values()))


def _variant(source: wit.Variant, target: wit.Variant) -> Crossing:
    """Cases may be added; what a case carries stays of its type, but for the spelling of names."""
    payloads = dict(target.cases)
    names = _counterparts(source, target, [case.name for case in source.cases], payloads)
    parts = {name: _carried(name, part, payloads[names[name]]) for name, part in source.cases}
    if _same_spelling(names) and _all_unchanged(parts.values()):
        return _UNCHANGED
    ways = {name: (names[name], part.convert) for name, part in parts.items()}

    def convert(case: wit.Case) -> wit.Case:
        name, convert_payload = ways[case.name]
        return wit.Case(name, convert_payload(case.payload))

    return Crossing(convert)


def _carried(name: str, source: wit.Type | None, target: wit.Type | None) -> Crossing:
    left, right = ("" if each is None else canonical(spell_out(each)) for each in (source, target))
    if left != right:
        carried = " and ".join("nothing" if t is None else describe(t) for t in (source, target))
        raise Apart(f"case '{name}' carries {carried}, which are not the same")
    return _part(step(name), source, target)


def _enum(source: wit.Enum, target: wit.Enum) -> Crossing:
    names = _counterparts(source, target, source.cases, target.cases)
    return _UNCHANGED if _same_spelling(names) else Crossing(names.__getitem__)


def _flags(source: wit.Flags, target: wit.Flags) -> Crossing:
    names = _counterparts(source, target, source.names, target.names)
    if _same_spelling(names):
        return _UNCHANGED
    return Crossing(lambda flags: frozenset(map(names.__getitem__, flags)))


def _counterparts(
    source: wit.Type, target: wit.Type, names: Iterable[str], targets: Iterable[str]
) -> dict[str, str]:
    """Each name of the source with the target's spelling of it."""
    found = _matched(names, {name: name for name in targets})
    for name, spelling in found.items():
        if spelling is None:
            raise _apart(source, target, f", which has no case '{name}'")
    return {name: spelling for name, spelling in found.items() if spelling is not None}


def _matched(names: Iterable[str], known: Mapping[str, T]) -> dict[str, T | None]:
    """What is known under each name in any spelling; for thousands of names."""
    spellings = {canonical(name): value for name, value in known.items()}
    return {name: known.get(name, spellings.get(canonical(name))) for name in names}


def _same_spelling(names: dict[str, str]) -> bool:
    return all(name == spelling for name, spelling in names.items())
