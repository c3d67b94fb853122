from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from tests.collections.core.uses import called, signed, types, use
from tests.strategies import exactly, types_and_values
from wasmflow.packet import Failure, Kind
from wasmflow.types import model as wit
from wasmflow.types.wit import format_type


def formatted(type_: wit.Type | None, value: Any) -> Any:
    return called("format", use({"input": type_}), input=value)


@pytest.mark.parametrize(
    ("type_", "value", "text"),
    [
        (wit.STRING, "hi", "hi"),
        (wit.STRING, '"hi"', '"hi"'),
        (wit.BYTES, b"hi", "hi"),
        (wit.Enum(("low", "high")), "low", "low"),
        (wit.BOOL, True, "true"),
        (wit.U64, 2**64 - 1, "18446744073709551615"),
        (wit.F64, 1.5, "1.5"),
        (wit.List(wit.STRING), ["a"], '["a"]'),
        (wit.ANY, "hi", "hi"),
        (wit.ANY, None, "null"),
        (None, {"a": 1}, '{"a":1}'),
    ],
)
def test_it_makes_a_text_of_a_value(type_: wit.Type | None, value: Any, text: str) -> None:
    assert formatted(type_, value) == (text,)


@pytest.mark.parametrize(("type_", "value"), [(wit.BYTES, b"\xff"), (wit.F64, float("nan"))])
def test_what_has_no_text_is_an_exception(type_: wit.Type, value: Any) -> None:
    failure = formatted(type_, value)
    assert isinstance(failure, Failure)
    assert failure.kind is Kind.EXCEPTION


def test_none_is_nothing_to_write() -> None:
    signature = signed("format", use({"input": wit.Option(wit.U8)}))
    assert types(signature) == ({"input": wit.U8}, {"output": wit.STRING})
    nested = wit.Option(wit.Option(wit.U8))
    assert formatted(nested, wit.Some(None)) == ('{"some":null}',)


@given(types_and_values())
def test_parse_reads_what_it_makes_of_all_but_texts(pair: tuple[wit.Type, Any]) -> None:
    type_, value = pair
    if isinstance(value, str | bytes) or value is None:
        return
    (text,) = formatted(type_, value)
    read = called("parse", use({"input": wit.STRING}, type=format_type(type_)), input=text)
    assert exactly(read) == exactly((value,))
