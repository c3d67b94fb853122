from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.collections.core.uses import called, problems, signed, types, use
from wasmflow.collections.core.pluck import path_names
from wasmflow.packet import EMPTY, Failure, Kind
from wasmflow.types import model as wit

USER = wit.Record((wit.Part("first-name", wit.STRING), wit.Part("tags", wit.List(wit.U8))))


def test_it_takes_a_part_out_of_a_value() -> None:
    value = {"first-name": "Jane", "tags": [1, 2]}
    assert called("pluck", use({"input": USER}, path="tags.1"), input=value) == (2,)
    assert called("pluck", use({"input": USER}, path="first_name"), input=value) == ("Jane",)


def test_its_output_has_the_type_of_the_part() -> None:
    assert types(signed("pluck", use({"input": USER}, path="tags"))) == (
        {"input": USER},
        {"output": wit.List(wit.U8)},
    )


def test_what_it_does_not_know_it_does_not_refuse() -> None:
    signature = signed("pluck", use({"input": None}, path="anything"))
    assert types(signature) == ({"input": None}, {"output": None})


def test_a_missing_element_is_an_exception() -> None:
    failure = called("pluck", use({"input": wit.List(wit.U8)}, path=[2]), input=[1])
    assert isinstance(failure, Failure)
    assert failure.kind is Kind.EXCEPTION


def test_a_path_into_nothing_sends_nothing() -> None:
    its = use({"input": wit.Option(USER)}, path="tags")
    assert called("pluck", its, input=None) == (EMPTY,)


def test_a_path_that_the_type_does_not_have_is_a_problem() -> None:
    (problem,) = problems("pluck", use({"input": USER}, path="tag"))
    assert (problem.port, problem.hint) == ("path", "did you mean 'tags'?")


def test_it_needs_a_path() -> None:
    (problem,) = problems("pluck", use({"input": USER}))
    assert problem.port == "path"


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("a", ("a",)),
        ("a.b.0", ("a", "b", "0")),
        ('user."first name".0', ("user", "first name", "0")),
        (r'"a \"b\" .c"', ('a "b" .c',)),
        ("first name", ("first name",)),
        (["a b", 0], ("a b", "0")),
        (0, ("0",)),
    ],
)
def test_paths_are_text_or_lists(path: wit.Json, names: tuple[str, ...]) -> None:
    assert path_names(path) == names


@pytest.mark.parametrize("path", ["", ".", "a.", ".a", "a..b", '"a', r'"\q"', [], [True], None, {}])
def test_what_is_no_path_is_a_problem(path: wit.Json) -> None:
    assert path_names(path) is None
    (problem,) = problems("pluck", use({"input": None}, path=path))
    assert problem.port == "path"


@given(st.text())
def test_any_text_is_a_path_or_is_not(path: str) -> None:
    names = path_names(path)
    assert names is None or all(isinstance(name, str) for name in names)
