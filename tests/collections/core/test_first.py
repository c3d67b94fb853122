from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.collections.core.uses import called, problems, signed, types, use
from wasmflow.collections.core.first import common_type
from wasmflow.packet import EMPTY
from wasmflow.types import model as wit

TWO = use({"a": wit.U8, "b": wit.U8})


def test_it_sends_the_first_that_has_something() -> None:
    assert called("first", TWO, a=1, b=2) == (1,)
    assert called("first", TWO, b=2) == (2,)
    assert called("first", TWO) == (EMPTY,)


def test_falsehood_and_null_are_something() -> None:
    anything = use({"a": wit.ANY, "b": wit.ANY})
    assert called("first", anything, a=False, b=2) == (False,)
    assert called("first", anything, a=None, b=2) == (None,)


def test_none_of_an_option_inside_an_option_is_nothing() -> None:
    options = use({"a": wit.Option(wit.Option(wit.U8)), "b": wit.Option(wit.Option(wit.U8))})
    assert called("first", options, a=None, b=2) == (2,)


def test_its_inputs_are_those_of_the_connections_all_optional() -> None:
    signature = signed("first", use({"z": wit.U8, "a": wit.U32}))
    assert [port.name for port in signature.inputs] == ["z", "a"]
    assert all(port.optional for port in signature.inputs)
    assert types(signature)[1] == {"output": wit.U32}


def test_nothing_to_choose_from_is_a_problem() -> None:
    (problem,) = problems("first", use())
    assert "no inputs" in problem.message


@pytest.mark.parametrize(
    ("types", "common"),
    [
        ([wit.U8], wit.U8),
        ([wit.U8, wit.U32, wit.U16], wit.U32),
        ([wit.U8, wit.S8], wit.ANY),
        ([wit.STRING, wit.U8], wit.ANY),
        ([wit.ANY, wit.U8], wit.ANY),
        ([wit.CHAR, wit.STRING], wit.STRING),
        ([wit.Option(wit.U8), wit.U8], wit.U8),
        ([wit.Option(wit.U8)], wit.U8),
        ([wit.U8, None], None),
    ],
)
def test_the_type_is_the_narrowest_that_all_widen_to(
    types: Sequence[wit.Type | None], common: wit.Type | None
) -> None:
    assert common_type(types) == common
