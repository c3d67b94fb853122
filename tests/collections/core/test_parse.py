from __future__ import annotations

from typing import Any

import pytest

from tests.collections.core.uses import called, problems, signed, types, use
from wasmflow.packet import Failure, Kind
from wasmflow.types import model as wit


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        ("s64", "42", 42),
        ("list<u8>", "hi", b"hi"),
        ("string", "hi", "hi"),
        ("option<f64>", "null", None),
        ("record {a: bool}", '{"a": true}', {"a": True}),
    ],
)
def test_it_reads_a_text_as_a_value_of_its_type(type_: str, text: str, value: Any) -> None:
    assert called("parse", use({"input": wit.STRING}, type=type_), input=text) == (value,)


def test_its_output_has_the_type_that_is_stated() -> None:
    stated = signed("parse", use({"input": wit.STRING}, type="option<u8>"))
    assert types(stated) == ({"input": wit.STRING}, {"output": wit.Option(wit.U8)})


def test_without_a_type_it_reads_json() -> None:
    assert types(signed("parse", use({"input": wit.STRING}))) == (
        {"input": wit.STRING},
        {"output": wit.ANY},
    )
    assert called("parse", use({"input": wit.STRING}), input="[1, {}]") == ([1, {}],)


def test_what_does_not_fit_is_an_exception_that_says_why() -> None:
    failure = called("parse", use({"input": wit.STRING}, type="s64"), input="many")
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.message) == (Kind.EXCEPTION, 'expected s64, got "many"')


@pytest.mark.parametrize("type_", [64, None, "s6", "list<", ["s64"]])
def test_what_is_no_type_is_a_problem(type_: wit.Json) -> None:
    (problem,) = problems("parse", use({"input": wit.STRING}, type=type_))
    assert problem.port == "type"
