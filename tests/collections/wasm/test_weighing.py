from __future__ import annotations

from typing import Any

from hypothesis import given, settings

from tests.strategies import types_and_values
from wasmflow.collections.wasm.marshal import compile_marshaller
from wasmflow.packet import EMPTY
from wasmflow.types import model as wit


def elements(type_: wit.Type | None, value: Any) -> int:
    """How many list elements a value holds, counted in the plainest way."""
    match type_:
        case wit.List():
            return len(value) + sum(elements(type_.element, each) for each in value)
        case wit.Option() if value is not None:
            nested = isinstance(type_.payload, wit.Option)
            return elements(type_.payload, value.value if nested else value)
        case wit.Tuple():
            return sum(map(elements, type_.elements, value))
        case wit.Record():
            return sum(elements(part.type, value[part.name]) for part in type_.fields)
        case wit.Variant():
            return elements(dict(type_.cases)[value.name], value.payload)
        case wit.Result():
            return elements({"ok": type_.ok, "err": type_.err}[value.name], value.payload)
    return 0


def has_lists(type_: wit.Type | None) -> bool:
    match type_:
        case wit.List():
            return True
        case wit.Option():
            return has_lists(type_.payload)
        case wit.Tuple():
            return any(map(has_lists, type_.elements))
        case wit.Record():
            return any(has_lists(part.type) for part in type_.fields)
        case wit.Variant():
            return any(has_lists(part.type) for part in type_.cases)
        case wit.Result():
            return has_lists(type_.ok) or has_lists(type_.err)
    return False


@settings(deadline=None)
@given(types_and_values(), types_and_values())
def test_all_list_elements_are_counted_at_every_depth(
    first: tuple[wit.Type, Any], second: tuple[wit.Type, Any]
) -> None:
    # Inside tuples, since a parameter that is an option has no `none`.
    types = [wit.Tuple((type_,)) for type_, _ in (first, second)]
    weigh = compile_marshaller(tuple(wit.Part("x", type_) for type_ in types), None).weigh
    assert (weigh is not None) == any(map(has_lists, types))
    if weigh is not None:
        expected = elements(*first) + elements(*second)
        assert weigh(((first[1],), (second[1],))) == expected


def test_an_optional_input_without_a_value_weighs_nothing() -> None:
    type_ = wit.Option(wit.List(wit.List(wit.U8)))
    weigh = compile_marshaller((wit.Part("x", type_),), None).weigh
    assert weigh is not None
    assert [weigh((value,)) for value in (EMPTY, [], [b"ab", b"c"])] == [0, 0, 5]
