from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.strategies import json_values, related, types, types_and_values, values
from wasmflow.codec.schema import Form, Schemas
from wasmflow.types import model as wit
from wasmflow.types.json import decoder, encoder
from wasmflow.types.samples import sample
from wasmflow.types.wit import parse_type


def document(type_: wit.Type, form: Form) -> dict[str, Any]:
    schemas = Schemas()
    schema = schemas.of(type_, form)
    return {**schema, "$defs": schemas.definitions}


def validator(type_: wit.Type, form: Form) -> Draft202012Validator:
    schema = document(type_, form)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def reads(text: str, value: wit.Json) -> bool:
    return validator(parse_type(text), Form.READ).is_valid(value)


def written(text: str) -> dict[str, Any]:
    return Schemas().of(parse_type(text), Form.WRITTEN)


def has_huge(value: wit.Json) -> bool:
    """Whether a number in it is beyond f64, of which a schema of f64 says nothing."""
    if isinstance(value, dict | list):
        return any(map(has_huge, value.values() if isinstance(value, dict) else value))
    return isinstance(value, int) and abs(value) >= 2**1023


@given(types_and_values())
def test_what_is_written_of_any_type_fits_both_of_its_schemas(pair: tuple[wit.Type, Any]) -> None:
    type_, value = pair
    json = encoder(type_)(value)
    validator(type_, Form.WRITTEN).validate(json)
    validator(type_, Form.READ).validate(json)


@st.composite
def types_and_strange_json(draw: st.DrawFn) -> tuple[wit.Type, wit.Json]:
    """A type and the JSON of a value of a type that is much like it, or any JSON at all."""
    type_ = draw(types())
    other = draw(related(type_))
    return type_, draw(values(other).map(encoder(other)) | json_values)


@given(types_and_strange_json())
def test_what_a_schema_accepts_can_be_read(pair: tuple[wit.Type, wit.Json]) -> None:
    type_, json = pair
    if validator(type_, Form.READ).is_valid(json) and not has_huge(json):
        decoder(type_)(json)


@given(types())
def test_of_every_type_a_sample_fits(type_: wit.Type) -> None:
    json = encoder(type_)(sample(type_))
    validator(type_, Form.WRITTEN).validate(json)


@pytest.mark.parametrize("type_", ["s64", "u64"])
@given(st.integers(-(2**66), 2**66))
def test_digits_are_accepted_exactly_where_the_integer_is_in_range(type_: str, number: int) -> None:
    low, high = wit.INTEGERS[wit.Scalar(type_)]
    assert reads(type_, str(number)) == (low <= number <= high)
    assert reads(type_, number) == (low <= number <= high)


@pytest.mark.parametrize("number", [2**64 - 1, 2**64, 10**19, 10**20, -1, 0])
def test_digits_of_u64_end_where_it_ends(number: int) -> None:
    assert reads("u64", str(number)) == (0 <= number < 2**64)


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("u8", 256),
        ("u8", 1.5),
        ("u8", True),
        ("f32", 1e300),
        ("char", "ab"),
        ("list<u8>", "no base64!"),
        ("list<u8>", [1, 2]),
        ("tuple<u8, u8>", [1]),
        ("tuple<u8, u8>", [1, 2, 3]),
        ("record {a: u8}", {}),
        ("record {a: u8}", {"a": 1, "b": 2}),
        ("variant {a(u8), b}", {"a": 1, "b": 2}),
        ("variant {a(u8), b}", "a"),
        ("result<u8, string>", {"ok": "x"}),
        ("enum {a, b}", "c"),
        ("flags {a, b}", ["c"]),
        ("option<option<u8>>", 1),
    ],
)
def test_what_does_not_fit_is_refused_by_schema_and_decoder(type_: str, value: wit.Json) -> None:
    assert not reads(type_, value)
    with pytest.raises(wit.Misfit):
        decoder(parse_type(type_))(value)


def test_an_option_may_be_missing_from_what_is_read_and_never_is_from_what_is_written() -> None:
    type_ = parse_type("record {a: option<u8>}")
    assert validator(type_, Form.READ).is_valid({})
    assert not validator(type_, Form.WRITTEN).is_valid({})
    assert validator(type_, Form.WRITTEN).is_valid({"a": None})


def test_pairs_are_read_from_an_object_and_written_as_a_list() -> None:
    assert reads("list<tuple<string, u8>>", {"a": 1})
    assert written("list<tuple<string, u8>>")["type"] == "array"


def test_cases_without_payload_are_one_choice() -> None:
    schema = written("variant {red, green, other(string)}")
    assert schema["anyOf"][0] == {"type": "string", "enum": ["red", "green"]}
    assert schema["anyOf"][1]["required"] == ["other"]


def test_a_named_type_is_defined_once_and_referred_to() -> None:
    schemas = Schemas("#/components/schemas/")
    point = wit.Record((wit.Part("x", wit.U8),), "point")
    expected = {"$ref": "#/components/schemas/point"}
    assert schemas.of(point, Form.READ) == schemas.of(point, Form.WRITTEN) == expected
    assert schemas.of(wit.List(point), Form.READ)["items"] == expected
    assert schemas.definitions.keys() == {"point"}


def test_types_of_one_name_and_forms_that_differ_are_told_apart() -> None:
    schemas = Schemas()
    for part in (wit.U8, wit.STRING, wit.Option(wit.U8)):
        for form in Form:
            schemas.of(wit.Record((wit.Part("x", part),), "point"), form)
    assert list(schemas.definitions) == ["point", "point-2", "point-3", "point-output"]


def test_a_definition_of_ours_gives_way_to_an_authors_of_its_name() -> None:
    schemas = Schemas()
    schemas.of(wit.Enum(("a",), "bytes"), Form.READ)
    assert schemas.of(wit.BYTES, Form.READ) == {"$ref": "#/$defs/bytes-2"}


def test_what_nothing_determines_is_any_json() -> None:
    assert Schemas().of(None, Form.READ) == Schemas().of(wit.ANY, Form.WRITTEN) == {}
