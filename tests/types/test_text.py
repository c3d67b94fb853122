from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from tests.strategies import exactly, texts, types_and_values
from wasmflow.types import model as wit
from wasmflow.types.json import dumps, encoder
from wasmflow.types.text import from_text
from wasmflow.types.wit import parse_type


def read(type_: str, text: str) -> Any:
    return from_text(parse_type(type_), text)


@given(types_and_values())
def test_the_json_of_every_value_is_a_text_for_it(pair: tuple[wit.Type, Any]) -> None:
    type_, value = pair
    assert exactly(from_text(type_, dumps(encoder(type_)(value)))) == exactly(value)


@given(texts)
def test_text_that_is_not_in_quotes_is_taken_as_it_is(text: str) -> None:
    if not text.startswith('"'):
        assert from_text(wit.STRING, text) == text
        assert from_text(wit.BYTES, text) == text.encode()


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        ("string", "", ""),
        ("string", "null", "null"),
        ("string", '"null"', "null"),
        ("string", r'"\u00e9\n"', "é\n"),
        ("string", '"', '"'),
        ("string", '"a" and "b"', '"a" and "b"'),
        ("string", ' "a"', ' "a"'),
        ("string", "[1]", "[1]"),
        ("char", "é", "é"),
        ("char", '"', '"'),
        ("char", '"x"', "x"),
        ("enum {dark-red}", "dark_red", "dark-red"),
        ("enum {dark-red}", '"dark-red"', "dark-red"),
        ("bytes", "aGk=", b"aGk="),
        ("bytes", '"aGk="', b"hi"),
        ("bytes", "\udcff", b"\xff"),
        ("bool", "true", True),
        ("u8", " 3 ", 3),
        ("u8", "03", 3),
        ("s64", "-00", 0),
        ("f64", "-.5e1", -5.0),
        ("option<f64>", ".5", 0.5),
        ("u64", "18446744073709551615", 2**64 - 1),
        ("list<string>", '["a"]', ["a"]),
        ("option<string>", "null", None),
        ("option<string>", '"null"', "null"),
        ("option<string>", "text", "text"),
        ("option<u8>", "3", 3),
        ("option<option<string>>", '{"some":"a"}', wit.Some("a")),
        ("variant {a, b(u8)}", '"a"', wit.Case("a")),
        ("any", '{"a":1}', {"a": 1}),
    ],
)
def test_texts_stand_for_values_of_their_type(type_: str, text: str, value: Any) -> None:
    assert exactly(read(type_, text)) == exactly(value)


def test_a_generic_type_reads_json() -> None:
    assert from_text(None, "[null]") == [None]


@pytest.mark.parametrize(
    ("type_", "text", "reason"),
    [
        ("u8", "abc", 'expected u8, got "abc"'),
        ("u8", "", 'expected u8, got ""'),
        ("u8", '"5"', 'expected u8, got "5"'),
        ("bool", "yes", 'expected bool, got "yes"'),
        ("char", "ab", 'expected char (a string of one character), got "ab"'),
        ("string", "\udcff", 'expected string, got "\\udcff"'),
        ("bytes", "\ud800", 'expected list<u8>, got "\\ud800", which is no text'),
        ("bytes", '"é"', 'expected list<u8> (a string in base64), got "é"'),
        ("enum {red}", "rad", "there is no case 'rad' (did you mean 'red'?)"),
        (
            "tuple<u8>",
            "[1",
            'expected tuple<u8> as JSON, got "[1" '
            "(not JSON: expecting ',' delimiter at line 1, column 3)",
        ),
        ("tuple<u8>", "1,2", 'expected tuple<u8> as JSON, got "1,2"'),
        (
            "any",
            "abc",
            'expected any as JSON, got "abc". Hint: text is written in quotes: \'"abc"\'',
        ),
        (
            "any",
            "a" * 60,
            f'expected any as JSON, got "{"a" * 40}…". Hint: text is written in quotes',
        ),
        ("s64", "1_0", 'expected s64, got "1_0"'),
        (
            "variant {left, right}",
            "left",
            'expected variant {left, right} as JSON, got "left". '
            "Hint: text is written in quotes: '\"left\"'",
        ),
    ],
)
def test_texts_that_stand_for_nothing_say_what_was_expected(
    type_: str, text: str, reason: str
) -> None:
    with pytest.raises(wit.Misfit) as caught:
        read(type_, text)
    assert str(caught.value) == reason


def test_what_is_too_deep_is_refused() -> None:
    with pytest.raises(wit.Misfit, match="levels deep"):
        from_text(wit.ANY, "[" * 1000)
