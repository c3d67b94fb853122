from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasmflow.manifest.tree import Scalar
from wasmflow.manifest.variables import substitute
from wasmflow.problem import Place, Problem

VARIABLES = {"A": "x", "HOME_2": "/home", "EMPTY": "", "DOLLAR": "$A"}


def of(text: str, variables: Mapping[str, str] = VARIABLES) -> tuple[str | None, list[Problem]]:
    problems: list[Problem] = []
    return substitute(Scalar(text, Place("f", 1, 1), text), variables, problems), problems


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("plain", "plain"),
        ("$A", "x"),
        ("${A}b", "xb"),
        ("$A/$HOME_2/$A", "x//home/x"),
        ("$A.wasm", "x.wasm"),
        ("${NOPE:-default}", "default"),
        ("${NOPE:-}", ""),
        ("${EMPTY:-default}", "default"),
        ("${A:-default}", "x"),
        ("$EMPTY", ""),
        ("$$A", "$A"),
        ("$$$A", "$x"),
        ("$DOLLAR", "$A"),
        ("~/x", "~/x"),
    ],
)
def test_variables_are_substituted_as_a_shell_does(text: str, result: str) -> None:
    assert of(text) == (result, [])


def test_an_unset_variable_without_a_default_is_a_problem_at_its_place() -> None:
    value, (problem,) = of("ab/$NOPE/c")
    assert value is None
    assert str(problem).startswith("f:1:4: the variable 'NOPE' is not set. Hint: set it, or say")


def test_a_near_name_is_suggested() -> None:
    _, (problem,) = of("$HOME_1")
    assert problem.hint.startswith("did you mean 'HOME_2'?")


@pytest.mark.parametrize(
    "text", ["$", "a$", "$1", "${", "${A", "${A:default}", "${A:-$B}", "$-", "${}"]
)
def test_a_dollar_sign_that_begins_nothing_is_a_problem(text: str) -> None:
    value, (problem, *_) = of(text)
    assert value is None
    assert problem.message == "this '$' does not begin the name of a variable"


def test_all_problems_of_a_text_are_told() -> None:
    _, problems = of("$NOPE $ ${NEITHER}")
    assert [problem.place.column for problem in problems] == [1, 7, 9]


def test_a_text_with_very_many_problems_has_some_of_them_told() -> None:
    value, problems = of("$ " * 30_000)
    assert value is None
    assert len(problems) == 10


def test_what_variables_hold_cannot_become_larger_and_larger() -> None:
    long = {"LONG": "x" * 10_000}
    value, problems = of("$LONG" * 6, long)
    assert (len(value or ""), problems) == (60_000, [])
    value, problems = of("$LONG" * 7, long)
    assert value is None
    assert [problem.message for problem in problems] == [
        "this has more than 65,536 characters, with what its variables hold"
    ]


@given(st.text(alphabet="$ {}:-AB", max_size=30))
def test_any_text_is_substituted_or_has_problems(text: str) -> None:
    value, problems = of(text)
    assert (value is None) == bool(problems)
