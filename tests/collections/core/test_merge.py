from __future__ import annotations

import pytest

from tests.collections.core.uses import called, problems, signed, types, use
from wasmflow.types import model as wit

TWO = {"name": wit.STRING, "age": wit.U8}


def test_it_makes_an_object_of_its_inputs() -> None:
    assert called("merge", use(TWO), name="Jane", age=7) == ({"name": "Jane", "age": 7},)


def test_its_output_is_a_record_in_the_order_of_the_connections() -> None:
    record = wit.Record((wit.Part("name", wit.STRING), wit.Part("age", wit.U8)))
    assert types(signed("merge", use(TWO))) == (TWO, {"output": record})
    assert [part.name for part in signed("merge", use(TWO)).parts] == ["name", "age"]


def test_a_field_whose_type_is_undetermined_is_any() -> None:
    signature = signed("merge", use({"a": None}))
    assert types(signature) == ({"a": None}, {"output": wit.Record((wit.Part("a", wit.ANY),))})


def test_an_option_stays_one() -> None:
    option = wit.Option(wit.U8)
    (output,) = signed("merge", use({"a": option})).outputs
    assert output.type == wit.Record((wit.Part("a", option),))
    assert called("merge", use({"a": option}), a=None) == ({"a": None},)


def test_every_input_is_required() -> None:
    assert not any(port.optional for port in signed("merge", use(TWO)).inputs)


def test_a_constant_may_fix_the_inputs_and_their_order() -> None:
    signature = signed("merge", use(TWO, inputs=["age", "name"]))
    assert types(signature)[0] == {"age": wit.U8, "name": wit.STRING}
    assert list(types(signature)[0]) == ["age", "name"]


def test_a_constant_may_fix_types() -> None:
    signature = signed("merge", use({"age": wit.U8}, inputs={"age": "u32", "name": None}))
    assert types(signature)[0] == {"age": wit.U32, "name": None}


def test_names_are_compared_in_any_spelling() -> None:
    signature = signed("merge", use({"first_name": wit.STRING}, inputs=["first-name"]))
    assert types(signature)[0] == {"first-name": wit.STRING}


def test_an_input_that_the_constant_does_not_have_is_a_problem() -> None:
    (problem,) = problems("merge", use({"nam": wit.STRING}, inputs=["name"]))
    assert (problem.port, problem.hint) == ("nam", "did you mean 'name'?")


@pytest.mark.parametrize("inputs", [5, "name", [1], {"a": 5}, {"a": "u9"}, ["a-b", "a_b"]])
def test_a_constant_that_makes_no_sense_is_a_problem(inputs: wit.Json) -> None:
    (problem,) = problems("merge", use(inputs=inputs))
    assert problem.port == "inputs"


def test_nothing_to_merge_is_a_problem() -> None:
    (problem,) = problems("merge", use())
    assert "no inputs" in problem.message


def test_what_is_declared_an_option_need_not_come() -> None:
    declared = use({"b": wit.U8}, inputs={"a": "option<string>", "b": "option<option<u8>>"})
    signature = signed("merge", declared)
    assert [port.optional for port in signature.inputs] == [True, True]
    assert types(signature)[0] == {"a": wit.STRING, "b": wit.Option(wit.U8)}
    assert called("merge", declared) == ({"a": None, "b": None},)
    assert called("merge", declared, a="x", b=None) == ({"a": "x", "b": wit.Some(None)},)
