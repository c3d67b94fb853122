from __future__ import annotations

from typing import Any

import pytest

from tests.collections.core.uses import called, problems, signed, types, use
from wasmflow.component import Use
from wasmflow.packet import EMPTY
from wasmflow.types import model as wit

CASES: wit.Json = {"small": [1, 2], "large": 300}


def of(type_: wit.Type | None, cases: wit.Json = CASES, **more: wit.Type | None) -> Use:
    return use({"input": type_, **more}, cases=cases)


def chosen(use: Use, **inputs: Any) -> str:
    """The name of the only output that got something."""
    outcome = called("switch", use, **inputs)
    names = [port.name for port in signed("switch", use).outputs]
    assert isinstance(outcome, tuple)
    ((name, value),) = [each for each in zip(names, outcome, strict=True) if each[1] is not EMPTY]
    assert value == inputs["input"] or value != value
    return name


@pytest.mark.parametrize(
    ("value", "name"), [(1, "small"), (2, "small"), (300, "large"), (3, "default")]
)
def test_the_chosen_output_gets_the_input_and_the_others_nothing(value: int, name: str) -> None:
    assert chosen(of(wit.U32), input=value) == name


def test_another_value_may_choose() -> None:
    its = of(wit.BYTES, match=wit.U32)
    assert chosen(its, input=b"data", match=300) == "large"
    assert chosen(its, input=b"data", match=0) == "default"


def test_a_connected_match_is_required() -> None:
    assert not signed("switch", of(wit.U8, match=wit.U32)).inputs[1].optional
    assert signed("switch", of(wit.U32)).inputs[1].optional


def test_its_outputs_are_the_cases_and_a_default() -> None:
    assert types(signed("switch", of(wit.U32))) == (
        {"input": wit.U32, "match": None},
        {"small": wit.U32, "large": wit.U32, "default": wit.U32},
    )


def test_cases_are_read_as_the_type_that_they_choose_from() -> None:
    enum = wit.Enum(("red", "green"))
    assert chosen(of(enum, {"stop": "red"}), input="red") == "stop"
    assert chosen(of(wit.BYTES, {"hi": "aGk="}), input=b"hi") == "hi"
    assert chosen(of(wit.U64, {"big": "18446744073709551615"}), input=2**64 - 1) == "big"
    variant = wit.Variant((wit.Part("some", wit.U8), wit.Part("other", None)))
    its = of(variant, {"seven": {"some": 7}, "other": "other"})
    assert chosen(its, input=wit.Case("some", 7)) == "seven"
    assert chosen(its, input=wit.Case("other")) == "other"


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (True, "yes"),
        (1, "one"),
        (1.0, "one"),
        ("1", "text"),
        (None, "null"),
        ([1], "list"),
        ([True], "default"),
        ({"a": [1]}, "object"),
        ({"a": [True]}, "default"),
        (float("nan"), "default"),
    ],
)
def test_json_is_compared_as_json_is(value: object, name: str) -> None:
    cases = {"yes": True, "one": 1, "text": "1", "null": None, "list": [[1]], "object": {"a": [1]}}
    assert chosen(of(wit.ANY, cases), input=value) == name


def test_what_is_undetermined_is_compared_as_json() -> None:
    assert chosen(of(None, {"a": 1}), input=1) == "a"


def test_a_case_that_cannot_be_chosen_is_a_problem() -> None:
    (problem,) = problems("switch", of(wit.U8))
    assert problem.port == "cases"
    assert "'large'" in problem.message


def test_cases_that_cannot_be_chosen_are_one_problem() -> None:
    (problem,) = problems("switch", of(wit.STRING, {"a": [1, 2, 3], "b": 4, "c": "x"}))
    assert problem.message.startswith("cases 'a', 'b' are never chosen: expected string, got 1; ")
    assert problem.message.endswith("; …")


def test_a_value_that_chooses_two_cases_is_a_problem() -> None:
    (problem,) = problems("switch", of(wit.U8, {"a": [1, 2], "b": 2}))
    assert "2 chooses both 'a' and 'b'" in problem.message


@pytest.mark.parametrize("cases", [{}, [], 5, "a", None, {"default": 1}, {"a-b": 1, "a_b": 2}])
def test_cases_that_make_no_sense_are_a_problem(cases: wit.Json) -> None:
    (problem,) = problems("switch", of(wit.U8, cases))
    assert problem.port == "cases"


def test_it_needs_cases() -> None:
    (problem,) = problems("switch", use({"input": wit.U8}))
    assert problem.port == "cases"
