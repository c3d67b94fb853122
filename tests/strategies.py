"""Any type and any value of it, for tests that hold for all of them."""

from __future__ import annotations

from functools import cache, partial
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from wasmflow.types import model as wit
from wasmflow.types.parts import cases

#: Text without surrogates, which is what a string can be.
texts: Final = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
chars: Final = st.characters(exclude_categories=["Cs"])

_numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
#: Any JSON value.
json_values: Final[SearchStrategy[wit.Json]] = st.recursive(
    st.none() | st.booleans() | _numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)

#: Few, so that names meet again; keywords of WIT and names of several words are among them.
NAMES: Final = ("a", "b", "c", "list", "record", "first-name", "http-2", "x1", "ok", "some", "json")
_names: Final = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True).map(tuple)

_LEAVES: Final = (*wit.Scalar, wit.ANY, wit.BYTES, wit.Enum, wit.Flags)
_BRANCHES: Final = (wit.List, wit.Option, wit.Tuple, wit.Result, wit.Record, wit.Variant)


@st.composite
def types(draw: st.DrawFn, *, depth: int = 3) -> wit.Type:
    """Any type of a port, nested no deeper than `depth`."""
    kind: Any = draw(st.sampled_from((*_LEAVES, *_BRANCHES, *_BRANCHES) if depth else _LEAVES))
    inner = types(depth=depth - 1)
    perhaps = st.none() | inner
    if kind in (wit.Enum, wit.Flags):
        return kind(draw(_names))  # type: ignore[no-any-return]
    if kind in (wit.List, wit.Option):
        return kind(draw(inner))  # type: ignore[no-any-return]
    if kind is wit.Tuple:
        return wit.Tuple(tuple(draw(st.lists(inner, min_size=1, max_size=3))))
    if kind is wit.Result:
        return wit.Result(draw(perhaps), draw(perhaps))
    if kind is wit.Record:
        return wit.Record(tuple(wit.Part(name, draw(inner)) for name in draw(_names)))
    if kind is wit.Variant:
        return wit.Variant(tuple(wit.Part(name, draw(perhaps)) for name in draw(_names)))
    return kind  # type: ignore[no-any-return]


@cache
def values(type_: wit.Type, *, finite: bool = True) -> SearchStrategy[Any]:
    """Any value of a type; with NaN and the infinities only if not `finite`."""
    inner = partial(values, finite=finite)
    match type_:
        case wit.Scalar():
            return _scalars(type_, finite)
        case wit.Anything():
            return json_values
        case wit.List():
            if type_ == wit.BYTES:
                return st.binary(max_size=8)
            return st.lists(inner(type_.element), max_size=3)
        case wit.Tuple():
            return st.tuples(*map(inner, type_.elements))
        case wit.Option():
            nested = isinstance(type_.payload, wit.Option)
            payload = inner(type_.payload)
            return st.none() | (payload.map(wit.Some) if nested else payload)
        case wit.Record():
            fields = [field.name for field in type_.fields]
            parts = st.tuples(*(inner(field.type) for field in type_.fields if field.type))
            return parts.map(lambda given: dict(zip(fields, given, strict=True)))
        case wit.Variant() | wit.Result():
            return st.one_of([_case(case, finite) for case in cases(type_)])
        case wit.Enum():
            return st.sampled_from(type_.cases)
        case wit.Flags():
            return st.frozensets(st.sampled_from(type_.names))


def _case(case: wit.Part, finite: bool) -> SearchStrategy[wit.Case]:
    payload = st.none() if case.type is None else values(case.type, finite=finite)
    return st.builds(wit.Case, st.just(case.name), payload)


def _scalars(type_: wit.Scalar, finite: bool) -> SearchStrategy[Any]:
    match type_:
        case wit.BOOL:
            return st.booleans()
        case wit.F32:
            return st.floats(width=32, allow_nan=not finite, allow_infinity=not finite)
        case wit.F64:
            return st.floats(allow_nan=not finite, allow_infinity=not finite)
        case wit.CHAR:
            return chars
        case wit.STRING:
            return texts
    return st.integers(*wit.INTEGERS[type_])


@st.composite
def types_and_values(draw: st.DrawFn, *, finite: bool = True) -> tuple[wit.Type, Any]:
    """A type and a value of it."""
    type_ = draw(types())
    return type_, draw(values(type_, finite=finite))


@st.composite
def related(draw: st.DrawFn, type_: wit.Type) -> wit.Type:
    """A type that may well connect to `type_`, or from it: other numbers, more options, …"""
    match draw(st.sampled_from(["alike", "alike", "alike", "option", "any", "other"])):
        case "option":
            return wit.Option(draw(related(type_)))
        case "any":
            return wit.ANY
        case "other":
            return draw(types(depth=1))
    return _alike(draw, type_)


def _alike(draw: st.DrawFn, type_: wit.Type) -> wit.Type:
    match type_:
        case wit.Scalar():
            return draw(st.sampled_from([*wit.INTEGERS, wit.F32, wit.F64, type_]))
        case wit.List():
            return wit.List(draw(related(type_.element)))
        case wit.Option():
            return draw(related(type_.payload))
        case wit.Tuple():
            return wit.Tuple(tuple(draw(related(element)) for element in type_.elements))
        case wit.Result():
            ok, err = (part and draw(related(part)) for part in (type_.ok, type_.err))
            return wit.Result(ok, err)
        case wit.Record():
            kept = [wit.Part(name, draw(related(part))) for name, part in type_.fields if part]
            added = [wit.Part(name, wit.Option(wit.U8)) for name in draw(_names)]
            fields = {field.name: field for field in (*added, *kept)}
            return wit.Record(tuple(draw(st.permutations([*fields.values()]))))
        case wit.Variant():
            return wit.Variant(tuple(draw(st.permutations(type_.cases))))
        case wit.Enum():
            return wit.Enum(tuple(draw(st.permutations(type_.cases))))
    return type_


def exactly(value: Any) -> str:
    """A text that tells 1 from 1.0 and True and the order of fields, and is one for equal sets."""
    match value:
        case frozenset():
            return f"set {sorted(value)}"
        case dict():
            return f"{[(key, exactly(each)) for key, each in value.items()]}"
        case list() | tuple():
            return f"{type(value).__name__} {list(map(exactly, value))}"
    return repr(value)
