from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import json_values
from wasmflow.types.jsontext import DEPTH, dumps, loads
from wasmflow.types.model import Json, Misfit


@given(json_values)
def test_what_is_written_is_read_back(value: Json) -> None:
    assert loads(dumps(value)) == value
    assert loads(dumps(value).encode()) == value
    assert loads(json.dumps(value)) == value


def test_text_is_compact_and_keeps_characters_as_they_are() -> None:
    assert dumps({"a": [1, "é😀"]}) == '{"a":[1,"é😀"]}'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not JSON: there is nothing"),
        ('{"a":\n}', "not JSON: expecting value at line 2, column 1"),
        ("1 2", "not JSON: extra data at line 1, column 3"),
        ("[NaN]", "NaN is not JSON"),
        ("-Infinity", "-Infinity is not JSON"),
        ("1e400", "1e400 is beyond the range of numbers"),
        ('{"a": {"b": 1, "b": 1}}', "key 'b' stands twice in one object"),
        ('"\\ud800"', "lone surrogate"),
        ('"\ud800"', "lone surrogate"),
        ('{"\\udfff": 1}', "lone surrogate"),
        (b'"\xff"', "byte 1 is not UTF-8"),
        (b'"\xed\xa0\x80"', "byte 1 is not UTF-8"),
        ('"\t"', "not JSON: invalid control character at line 1, column 2"),
        ("'a'", "expecting value"),
    ],
)
def test_what_is_not_json_is_refused_with_the_reason(text: str | bytes, reason: str) -> None:
    with pytest.raises(Misfit) as caught:
        loads(text)
    assert reason in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_number_too_long_to_convert_is_refused() -> None:
    with pytest.raises(Misfit, match="too many digits"):
        loads("1" * 5000)


def test_escaped_pairs_of_surrogates_are_characters() -> None:
    assert loads(r'"\ud83d\ude00 \\ud800"') == "😀 \\ud800"


def test_a_byte_order_mark_is_passed_over() -> None:
    assert loads(b"\xef\xbb\xbf[1]") == [1]


@pytest.mark.parametrize("form", ["[]", "{}"])
def test_nesting_has_the_same_end_on_every_stack(form: str) -> None:
    opening, closing = ("[", "]") if form == "[]" else ('{"a":', "}")
    deep = opening * (DEPTH - 1) + form + closing * (DEPTH - 1)
    assert dumps(loads(deep)) == deep
    with pytest.raises(Misfit, match="levels deep"):
        loads(opening + deep + closing)


def test_many_brackets_are_not_deep_where_they_stand_in_strings_or_side_by_side() -> None:
    text = json.dumps(["[" * 300, '\\"[{' * 300, {"[" * 300: []}, [[]] * 300])
    assert loads(text) == json.loads(text)


def test_a_bottomless_text_is_a_misfit_and_no_crash() -> None:
    for text in ("[" * 100_000, '{"a":' * 100_000, "[" * 100_000 + "]" * 100_000):
        with pytest.raises(Misfit, match="levels deep"):
            loads(text)


def test_what_json_cannot_hold_is_not_written() -> None:
    bottomless: list[object] = []
    bottomless.append(bottomless)
    for value in (float("nan"), [float("inf")], 10**5000, "\ud800", bottomless):
        with pytest.raises(Misfit):
            dumps(value)


@given(st.binary(max_size=40) | st.text('[]{}",:\\u d8001eE+-.ntf', max_size=30))
def test_any_text_is_read_or_refused(text: str | bytes) -> None:
    with suppress(Misfit):
        value = loads(text)
        assert loads(dumps(value)) == value
