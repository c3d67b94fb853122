from __future__ import annotations

import gc
import math
import struct
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.collections.wasm.guests import PADDING, echo, opened
from tests.strategies import types, types_and_values, values
from wasmflow.collections.wasm.lifting import MOST_JSON
from wasmflow.collections.wasm.marshal import (
    compile_lift,
    compile_lower,
    compile_marshaller,
    compile_method,
)
from wasmflow.packet import EMPTY, Failure, Kind
from wasmflow.types import model as wit

P = wit.Part


async def echoed(type_: wit.Type, *sent: Any) -> list[Any]:
    """What comes back of values that were sent through a guest."""
    with opened(echo(type_)) as guest:
        outcomes = [await guest.call("echo", value, PADDING) for value in sent]
    for outcome in outcomes:
        assert isinstance(outcome, tuple), outcome
    return [outcome[0][0] for outcome in outcomes if isinstance(outcome, tuple)]


async def opened_result(type_: wit.Type, value: Any) -> Any:
    """The outcome of a function with that result."""
    slot = EMPTY if isinstance(type_, wit.Option) and value is None else value
    if isinstance(value, wit.Some):
        slot = value.value
    with opened(echo(type_, wrapped=False)) as guest:
        return await guest.call("echo", slot, PADDING)


def same(left: Any, right: Any) -> bool:
    """Equal, with every NaN equal to every other, and of the same Python types."""
    if isinstance(left, float) and isinstance(right, float):
        return left == right or (math.isnan(left) and math.isnan(right))
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, (list, tuple)):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


def slot(type_: wit.Type, value: Any) -> Any:
    """The value as it stands on an input port: an optional one has no `none`."""
    if not isinstance(type_, wit.Option):
        return value
    if value is None:
        return EMPTY
    return value.value if isinstance(type_.payload, wit.Option) else value


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
async def test_every_value_of_every_type_comes_back_as_it_went(data: st.DataObject) -> None:
    type_ = data.draw(types())
    sent = data.draw(st.lists(values(type_, finite=False), min_size=1, max_size=4))
    with opened(echo(type_)) as guest:
        for value in sent:
            outcome = await guest.call("echo", slot(type_, value), PADDING)
            assert isinstance(outcome, tuple), outcome
            assert same(outcome[0][0], value)


@pytest.mark.parametrize("type_", wit.INTEGERS, ids=lambda type_: type_.value)
async def test_integers_cross_exactly_at_both_ends_of_their_range(type_: wit.Scalar) -> None:
    lowest, highest = wit.INTEGERS[type_]
    sent = [lowest, lowest + 1, 0, 1, highest - 1, highest]
    assert await echoed(type_, *sent) == sent
    assert await echoed(wit.List(type_), sent) == [bytes(sent) if type_ is wit.U8 else sent]


@pytest.mark.parametrize("type_", [wit.F32, wit.F64], ids=lambda type_: type_.value)
async def test_floats_cross_with_infinities_signed_zeros_and_nan(type_: wit.Scalar) -> None:
    sent = [0.0, -0.0, 1.5, -2.0, math.inf, -math.inf, struct.unpack("<f", b"\1\0\0\0")[0]]
    back = await echoed(type_, *sent, math.nan)
    assert back[:-1] == sent
    assert math.copysign(1, back[1]) == -1
    assert math.isnan(back[-1])
    [listed] = await echoed(wit.List(type_), [*sent, math.nan])
    assert same(listed, [*sent, math.nan])


async def test_empty_lists_and_texts_of_every_kind_stay_empty() -> None:
    for element in (*wit.Scalar, wit.ANY, wit.List(wit.U8), wit.Option(wit.STRING)):
        empty: Any = b"" if element is wit.U8 else []
        assert await echoed(wit.List(element), empty) == [empty]
    assert await echoed(wit.STRING, "") == [""]


async def test_all_of_unicode_crosses() -> None:
    text = "a\0ü€\ud7ff\ue000\U0001f600\U0010ffff" * 3
    assert await echoed(wit.STRING, text) == [text]
    assert await echoed(wit.List(wit.STRING), [text, "", "plain"]) == [[text, "", "plain"]]
    assert await echoed(wit.List(wit.CHAR), list(text)) == [list(text)]


async def test_options_inside_options_keep_their_depth() -> None:
    type_ = wit.Tuple((wit.Option(wit.Option(wit.Option(wit.U8))),))
    sent = [(None,), (wit.Some(None),), (wit.Some(wit.Some(None)),), (wit.Some(wit.Some(7)),)]
    assert await echoed(type_, *sent) == sent


async def test_strings_of_ten_megabytes_cross() -> None:
    for text in ("a" * 10_000_000, "ü" * 5_000_000):
        [back] = await echoed(wit.STRING, text)
        assert back == text


async def test_ten_megabytes_go_in_and_two_come_out() -> None:
    some = bytes(range(256)) * 7813
    with opened(echo(wit.BYTES)) as guest:
        outcome = await guest.call("echo", some[:2_000_000], PADDING)
    assert isinstance(outcome, tuple)
    assert outcome[0][0] == some[:2_000_000]
    with opened(SIZES) as guest:
        assert await guest.call("size", some * 5) == (len(some) * 5,)
        assert len(some) * 5 > 10_000_000


#: Says how long a list is; every list is written over the one before.
SIZES = """(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32) (param $size i32) (result i32)
      (drop (memory.grow (i32.shr_u (local.get $size) (i32.const 16))))
      (i32.const 8))
    (func (export "size") (param i32 i32) (result i32) (local.get 1)))
  (core instance $i (instantiate $m))
  (func (export "size") (param "x" (list u8)) (result u32)
    (canon lift (core func $i "size") (memory (core memory $i "memory"))
      (realloc (core func $i "realloc")))))"""


async def test_many_elements_cross() -> None:
    type_ = wit.List(wit.Record((P("id", wit.U32), P("name", wit.STRING), P("score", wit.F64))))
    sent = [{"id": i, "name": f"name {i}", "score": i / 3} for i in range(5_000)]
    assert await echoed(type_, sent) == [sent]


async def test_arguments_survive_the_garbage_collector() -> None:
    type_ = wit.List(wit.Tuple((wit.List(wit.STRING), wit.ANY, wit.Option(wit.BYTES))))
    sent = [([f"{i}", "x" * i], {"k": [i] * i}, bytes(i % 256)) for i in range(300)]
    gc.set_threshold(1)
    try:
        assert await echoed(type_, sent) == [sent]
    finally:
        gc.set_threshold(700, 10, 10)


async def test_an_optional_input_takes_none_where_nothing_was_sent() -> None:
    with opened(echo(wit.Option(wit.Option(wit.U8)))) as guest:
        assert await guest.call("echo", EMPTY, PADDING) == ((None, 0),)
        assert await guest.call("echo", None, PADDING) == ((wit.Some(None), 0),)
        assert await guest.call("echo", 7, PADDING) == ((wit.Some(7), 0),)


async def test_a_result_is_opened_and_then_an_option_and_nothing_else() -> None:
    type_ = wit.Result(wit.Option(wit.Result(wit.U8, None)), wit.STRING)
    inner = wit.Case("ok", 7)
    assert await opened_result(type_, wit.Case("ok", inner)) == (inner,)
    assert await opened_result(type_, wit.Case("ok", None)) == (EMPTY,)
    assert await opened_result(type_, wit.Case("err", "no")) == Failure(
        Kind.EXCEPTION, "no", payload="no"
    )


async def test_an_option_in_front_leaves_a_result_closed() -> None:
    type_ = wit.Option(wit.Result(wit.U8, wit.STRING))
    assert await opened_result(type_, wit.Case("err", "no")) == (wit.Case("err", "no"),)
    assert await opened_result(type_, None) == (EMPTY,)


async def test_a_result_without_a_value_has_no_output() -> None:
    type_ = wit.Result(None, wit.U32)
    assert await opened_result(type_, wit.Case("ok")) == ()
    assert await opened_result(type_, wit.Case("err", 5)) == Failure(Kind.EXCEPTION, "5", payload=5)


@pytest.mark.parametrize(
    ("type_", "payload", "message", "json"),
    [
        (wit.Enum(("full", "gone")), "gone", "gone", "gone"),
        (wit.Variant((P("gone", None), P("full", wit.U8))), wit.Case("gone"), "gone", "gone"),
        (
            wit.Variant((P("gone", None), P("full", wit.U8))),
            wit.Case("full", 3),
            '{"full":3}',
            {"full": 3},
        ),
        (
            wit.Record((P("code", wit.U8), P("message", wit.STRING))),
            {"code": 7, "message": "out of tea"},
            "out of tea",
            {"code": 7, "message": "out of tea"},
        ),
        (wit.Tuple((wit.U64, wit.BYTES)), (2**64 - 1, b"\0"), f'["{2**64 - 1}","AA=="]', None),
    ],
)
async def test_an_exception_carries_its_payload_and_says_it_in_words(
    type_: wit.Type, payload: Any, message: str, json: wit.Json
) -> None:
    outcome = await opened_result(wit.Result(wit.STRING, type_), wit.Case("err", payload))
    assert isinstance(outcome, Failure)
    assert (outcome.kind, outcome.message) == (Kind.EXCEPTION, message)
    assert json is None or outcome.payload == json


async def test_an_exception_that_is_no_json_is_an_exception_all_the_same() -> None:
    outcome = await opened_result(wit.Result(wit.STRING, wit.F64), wit.Case("err", math.nan))
    assert isinstance(outcome, Failure)
    assert outcome.kind is Kind.EXCEPTION
    assert outcome.payload is EMPTY
    assert "NaN" in outcome.message


async def test_an_error_without_a_payload_says_that_it_says_nothing() -> None:
    type_ = wit.Result(wit.STRING, None)
    outcome = await opened_result(type_, wit.Case("err"))
    assert outcome == Failure(Kind.EXCEPTION, "it failed without saying why")


async def test_text_that_is_no_json_where_json_was_promised_is_an_error() -> None:
    promised = wit.Record((P("json", wit.STRING),), "any")
    with opened(echo(promised, wrapped=False).replace('"value" $t0', '"value" string')) as guest:
        assert await guest.call("echo", '{"a": [1, "x"]}', PADDING) == ({"a": [1, "x"]},)
        for text in ("", "{", "nul", "[1,]", "{'a': 1}"):
            outcome = await guest.call("echo", text, PADDING)
            assert isinstance(outcome, Failure), text
            assert outcome.kind is Kind.ERROR
            assert "JSON" in outcome.message


async def test_more_json_than_is_read_is_an_error_that_says_so() -> None:
    """To read some hundred megabytes would keep the interpreter from everything else for seconds."""
    promised = wit.Record((P("json", wit.STRING),), "any")
    with opened(echo(promised, wrapped=False).replace('"value" $t0', '"value" string')) as guest:
        text = '"' + "x" * (MOST_JSON - 2) + '"'
        assert await guest.call("echo", text, PADDING) == (text[1:-1],)
        outcome = await guest.call("echo", text + " ", PADDING)
        assert "has 8,388,609 bytes, and at most 8,388,608 are read" in str(outcome)


LONE = "\ud800"


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (wit.STRING, LONE),
        (wit.STRING, "fine until \udfff here"),
        (wit.CHAR, LONE),
        (wit.List(wit.STRING), ["a", LONE]),
        (wit.List(wit.CHAR), ["a", LONE]),
        (wit.Option(wit.STRING), LONE),
        (wit.Record((P("a", wit.STRING),)), {"a": LONE}),
        (wit.Tuple((wit.U8, wit.CHAR)), (1, LONE)),
        (wit.Variant((P("a", wit.STRING),)), wit.Case("a", LONE)),
        (wit.Result(None, wit.List(wit.CHAR)), wit.Case("err", [LONE])),
        (wit.ANY, LONE),
        (wit.ANY, {LONE: 1}),
    ],
)
async def test_half_a_surrogate_pair_is_refused_wherever_it_hides(
    type_: wit.Type, value: Any
) -> None:
    with opened(echo(type_)) as guest:
        outcome = await guest.call("echo", value, PADDING)
        assert isinstance(outcome, Failure)
        assert outcome.kind is Kind.EXCEPTION
        assert isinstance(await guest.call("echo", EXAMPLES[type_], PADDING), tuple)


#: A value of each of these types.
EXAMPLES: dict[wit.Type, Any] = {
    wit.STRING: "a",
    wit.CHAR: "a",
    wit.List(wit.STRING): ["a"],
    wit.List(wit.CHAR): ["a"],
    wit.Option(wit.STRING): EMPTY,
    wit.Record((P("a", wit.STRING),)): {"a": "a"},
    wit.Tuple((wit.U8, wit.CHAR)): (1, "a"),
    wit.Variant((P("a", wit.STRING),)): wit.Case("a", "a"),
    wit.Result(None, wit.List(wit.CHAR)): wit.Case("err", ["a"]),
    wit.ANY: None,
}


async def test_json_that_is_none_is_refused_on_its_way_in() -> None:
    with opened(echo(wit.ANY)) as guest:
        outcome = await guest.call("echo", [math.inf], PADDING)
    assert isinstance(outcome, Failure)
    assert outcome.kind is Kind.EXCEPTION


def test_a_type_that_cannot_cross_is_refused_when_it_is_compiled() -> None:
    strange: Any = object()
    with pytest.raises(AssertionError, match="cannot cross"):
        compile_marshaller((P("x", strange),), None)
    with pytest.raises(AssertionError, match="cannot cross"):
        compile_marshaller((), strange)


@settings(deadline=None)
@given(types_and_values(finite=False))
def test_what_is_lowered_is_lifted_again(drawn: tuple[wit.Type, Any]) -> None:
    type_, value = drawn
    keep: list[Any] = []
    cell = compile_lower(type_)(value, keep)
    assert len(cell) == 32
    assert same(compile_lift(type_)(id(cell) + bytes.__basicsize__ - 1), value)


@settings(deadline=None)
@given(st.data())
def test_a_batch_is_turned_into_a_list_for_each_input(data: st.DataObject) -> None:
    drawn = data.draw(st.lists(types(), min_size=1, max_size=3))
    columns = [P(f"p{index}", wit.List(type_)) for index, type_ in enumerate(drawn)]
    elements = data.draw(st.lists(st.tuples(*map(values, drawn)), max_size=5))
    batch = [tuple(map(slot, drawn, element)) for element in elements]
    method = compile_method(tuple(columns), None, single=False, batches=True)
    handle = bytes(range(32))
    arguments, _keep = method.prepare((handle, batch))
    assert arguments is not None
    assert (method.arity, len(arguments), arguments[:32]) == (
        len(drawn) + 1,
        32 * (len(drawn) + 1),
        handle,
    )
    for index, type_ in enumerate(drawn):
        cell = id(arguments) + bytes.__basicsize__ - 1 + 32 * (index + 1)
        lifted = compile_lift(wit.List(type_))(cell)
        assert same(list(lifted), [element[index] for element in elements])


def test_a_batch_is_weighed_with_all_that_is_in_it() -> None:
    columns = (P("a", wit.List(wit.BYTES)), P("b", wit.List(wit.Option(wit.BYTES))))
    weigh = compile_method(columns, None, single=False, batches=True).weigh
    assert weigh is not None
    assert weigh((b"", [(b"abc", EMPTY), (b"", b"de")])) == 2 + 3 + 2 + 2
    assert weigh((b"", [])) == 0


def test_names_that_are_keywords_or_quotes_do_no_harm() -> None:
    names = ("class", "in", "'", '"', "\\", "{x}", "a b", "\n")
    type_ = wit.Record(tuple(P(name, wit.Enum(names)) for name in names))
    value = dict.fromkeys(names, "'")
    keep: list[Any] = []
    cell = compile_lower(type_)(value, keep)
    assert compile_lift(type_)(id(cell) + bytes.__basicsize__ - 1) == value


def test_only_signatures_with_lists_are_weighed() -> None:
    light = compile_marshaller((P("a", wit.STRING), P("b", wit.ANY)), wit.STRING)
    assert light.weigh is None
    assert not light.lists
    heavy = compile_marshaller((P("a", wit.Option(wit.BYTES)),), wit.Option(wit.List(wit.U8)))
    assert heavy.weigh is not None
    assert (heavy.weigh((EMPTY,)), heavy.weigh((b"abc",))) == (0, 3)
    assert heavy.lists


def test_types_nested_as_deep_as_they_may_be_are_compiled() -> None:
    type_: wit.Type = wit.U8
    for _ in range(16):
        type_ = wit.Option(wit.List(wit.Result(type_, None)))
    assert compile_marshaller((P("x", type_),), type_).arity == 1
