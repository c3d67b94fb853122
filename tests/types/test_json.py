from __future__ import annotations

import math
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import exactly, json_values, types, types_and_values
from wasmflow.types import model as wit
from wasmflow.types.json import decoder, dumps, encoder, has_objects, loads
from wasmflow.types.parts import unchanged
from wasmflow.types.wit import parse_type

USER = parse_type("record {first-name: string, age: option<u8>}")
SHAPE = parse_type("variant {circle(f64), no-shape}")


def decode(text: str, value: wit.Json) -> Any:
    return decoder(parse_type(text))(value)


def refusal(text: str, value: wit.Json) -> str:
    with pytest.raises(wit.Misfit) as caught:
        decode(text, value)
    return str(caught.value)


@given(types_and_values())
def test_every_value_comes_back_from_its_json_text(pair: tuple[wit.Type, Any]) -> None:
    type_, value = pair
    text = dumps(encoder(type_)(value))
    assert exactly(decoder(type_)(loads(text))) == exactly(value)


@given(types(), st.dictionaries(st.text(max_size=5), json_values, max_size=3))
def test_of_a_type_without_objects_none_is_a_value(type_: wit.Type, json: wit.Json) -> None:
    if not has_objects(type_):
        with pytest.raises(wit.Misfit):
            decoder(type_)(json)


@given(types_and_values())
def test_a_type_has_objects_if_a_value_is_written_as_one(pair: tuple[wit.Type, Any]) -> None:
    type_, value = pair
    assert has_objects(type_) or not isinstance(encoder(type_)(value), dict)


@given(types(), json_values)
def test_any_json_is_a_value_or_refused(type_: wit.Type, json: wit.Json) -> None:
    with suppress(wit.Misfit):
        value = decoder(type_)(json)
        assert decoder(type_)(encoder(type_)(value)) == value


@pytest.mark.parametrize(
    ("type_", "value", "json"),
    [
        ("u8", 7, 7),
        ("s64", 2**53 - 1, 2**53 - 1),
        ("s64", -(2**53), "-9007199254740992"),
        ("u64", 2**64 - 1, "18446744073709551615"),
        ("bytes", b"\xff\x00", "/wA="),
        ("list<s64>", [1, 2**60], [1, "1152921504606846976"]),
        ("tuple<u8, string>", (1, "a"), [1, "a"]),
        ("flags {r, w, x}", frozenset({"x", "r"}), ["r", "x"]),
        ("option<u8>", None, None),
        ("option<option<u8>>", None, None),
        ("option<option<u8>>", wit.Some(None), {"some": None}),
        ("option<option<u8>>", wit.Some(3), {"some": 3}),
        ("option<option<option<u8>>>", wit.Some(wit.Some(3)), {"some": {"some": 3}}),
        ("variant {a, b(u8)}", wit.Case("a"), "a"),
        ("variant {a, b(bytes)}", wit.Case("b", b""), {"b": ""}),
        ("result<_, string>", wit.Case("ok"), "ok"),
        ("result<_, string>", wit.Case("err", "no"), {"err": "no"}),
        ("record {a: option<u8>}", {"a": None}, {"a": None}),
        ("list<tuple<string, u8>>", [("a", 1)], [["a", 1]]),
        ("any", {"a": [None, 2**70]}, {"a": [None, 2**70]}),
    ],
)
def test_each_type_has_its_form(type_: str, value: Any, json: wit.Json) -> None:
    parsed = parse_type(type_)
    assert encoder(parsed)(value) == json
    assert decoder(parsed)(json) == value


@pytest.mark.parametrize("type_", ["string", "list<u32>", "record {a: option<char>}", "any"])
def test_values_that_are_their_own_form_cost_nothing(type_: str) -> None:
    assert encoder(parse_type(type_)) is unchanged


def test_a_generic_type_is_any() -> None:
    assert encoder(None) is unchanged
    assert decoder(None) is unchanged


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_lacks_are_refused_with_their_place(value: float) -> None:
    type_ = parse_type("list<variant {a(record {x: f32})}>")
    with pytest.raises(wit.Misfit, match=r"^\[0\]\.a\.x: .* cannot be written as JSON"):
        encoder(type_)([wit.Case("a", {"x": value})])


def test_integers_are_read_from_whole_floats_and_not_from_others() -> None:
    assert repr(decode("u8", 3.0)) == "3"
    assert refusal("u8", 3.5) == "3.5 is not a whole number, as u8 must be"
    assert refusal("u8", 300) == "300 is out of the range of u8 (0 to 255)"
    assert refusal("u8", 10**4400).startswith("a number of about 4401 digits is out of the range")
    assert refusal("u8", True) == "expected u8, got true"


def test_digits_are_read_for_types_that_need_them_only() -> None:
    assert decode("s64", "-5") == -5
    assert refusal("u32", "5") == 'expected u32, got "5"'
    assert refusal("u64", "18446744073709551616").endswith("(0 to 18446744073709551615)")
    for text in ("", "-", "+5", " 5", "5.0", "٣", "1_0", "9" * 5000):
        assert refusal("u64", text).startswith("expected u64, got")


def test_floats_round_as_json_numbers_do() -> None:
    assert decode("f64", 18446744073709552000) == 2.0**64
    assert repr(decode("f64", 3)) == "3.0"
    assert decode("f32", 0.1) == 0.10000000149011612
    assert refusal("f32", 1e39) == "1e+39 is beyond the range of f32"
    assert refusal("f64", math.nan) == "expected f64, got nan"
    assert refusal("f64", False) == "expected f64, got false"


@pytest.mark.parametrize("text", ["/wA", "/wA==", "_wA=", "/w A=", "/wA=\n", "é", "====", "A"])
def test_bytes_are_base64_and_nothing_like_it(text: str) -> None:
    assert refusal("bytes", text).startswith("expected list<u8> (a string in base64), got")


def test_fields_are_read_in_any_spelling_and_printed_as_declared() -> None:
    assert decoder(USER)({"first_name": "A"}) == {"first-name": "A", "age": None}
    assert list(decoder(USER)({"age": 1, "first-name": "A"})) == ["first-name", "age"]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "missing field 'first-name'"),
        ({"first-name": 1}, ".first-name: expected string, got 1"),
        ({"first-name": "", "aeg": 1}, "there is no field 'aeg' (did you mean 'age'?)"),
        ({"first-name": "", "first_name": ""}, "field 'first-name' is given twice"),
        ([], "expected record {first-name: string, age: option<u8>} (an object), got a list"),
    ],
)
def test_a_record_says_what_is_wrong_with_its_fields(given: wit.Json, reason: str) -> None:
    with pytest.raises(wit.Misfit) as caught:
        decoder(USER)(given)
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("circle", "case 'circle' carries a value, which is missing"),
        ({"no-shape": 1}, "case 'no-shape' carries no value"),
        ("square", "there is no case 'square' (the type has: 'circle', 'no-shape')"),
        ({"circle": "1"}, '.circle: expected f64, got "1"'),
        ({"circle": 1, "no-shape": None}, "expected variant {circle(f64), no-shape}"),
        (3, "expected variant {circle(f64), no-shape}"),
    ],
)
def test_a_variant_says_what_is_wrong_with_its_case(given: wit.Json, reason: str) -> None:
    with pytest.raises(wit.Misfit) as caught:
        decoder(SHAPE)(given)
    assert str(caught.value).startswith(reason)


def test_cases_are_read_in_any_spelling_and_null_is_no_payload() -> None:
    assert decoder(SHAPE)("no_shape") == wit.Case("no-shape")
    assert decoder(SHAPE)({"no-shape": None}) == wit.Case("no-shape")
    assert decode("enum {dark-red}", "dark_red") == "dark-red"
    assert decode("flags {can-write}", ["can_write", "can-write"]) == {"can-write"}


def test_a_list_of_pairs_is_read_from_an_object_too() -> None:
    assert decode("list<tuple<string, u8>>", {"b c": 1, "a": 2}) == [("b c", 1), ("a", 2)]
    assert refusal("list<tuple<string, u8>>", {"b c": -1}).startswith('."b c": -1 is out of')
    assert refusal("list<tuple<char, u8>>", {"a": 1}).endswith("got an object")


def test_a_misfit_says_where_it_is() -> None:
    type_ = "record {users: list<tuple<string, option<record {age: u8}>>>}"
    given = {"users": [["a", None], ["b", {"age": -1}]]}
    assert refusal(type_, given).startswith(".users[1][1].age: -1 is out of the range")


@pytest.mark.parametrize(
    ("type_", "json"),
    [
        ("bool", 1),
        ("char", "ab"),
        ("char", "\ud800"),
        ("string", "\ud800"),
        ("string", None),
        ("tuple<u8, u8>", [1]),
        ("tuple<u8>", {"0": 1}),
        ("list<u8>", [1]),
        ("enum {a}", "b"),
        ("enum {a}", 1),
        ("flags {a}", "a"),
        ("flags {a}", [["a"]]),
        ("option<option<u8>>", 3),
        ("option<option<u8>>", {"some": 3, "more": 3}),
        ("result", {}),
    ],
)
def test_what_does_not_fit_is_refused(type_: str, json: wit.Json) -> None:
    assert refusal(type_, json).isprintable()


@given(st.integers(-(2**64), 2**64))
def test_integers_are_read_exactly_or_refused(number: int) -> None:
    if -(2**63) <= number < 2**63:
        assert decode("s64", number) == decode("s64", str(number)) == number
    else:
        refusal("s64", number)
