from __future__ import annotations

import pytest
from hypothesis import given

from tests.strategies import types
from wasmflow.types import model as wit
from wasmflow.types.json import decoder, dumps, encoder, loads
from wasmflow.types.samples import sample
from wasmflow.types.wit import parse_type


@given(types())
def test_every_type_has_a_sample_that_is_a_value_of_it(type_: wit.Type) -> None:
    value = sample(type_)
    assert decoder(type_)(loads(dumps(encoder(type_)(value)))) == value


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        ("list<u8>", b"text"),
        ("option<string>", "text"),
        ("option<option<u8>>", None),
        ("enum {red, green}", "red"),
        ("variant {none, some(u8)}", wit.Case("none")),
        ("result<u8, string>", wit.Case("ok", 1)),
    ],
)
def test_a_sample_is_the_first_that_somebody_would_think_of(type_: str, expected: object) -> None:
    assert sample(parse_type(type_)) == expected
