from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import exactly, related, types, types_and_values, values
from wasmflow.packet import EMPTY
from wasmflow.types import model as wit
from wasmflow.types.convert import connectable, converter, may_fail
from wasmflow.types.json import encoder
from wasmflow.types.python import accepter
from wasmflow.types.wit import parse_type


@st.composite
def connections(draw: st.DrawFn) -> tuple[wit.Type, wit.Type, Any]:
    """Two types that connect more often than not, and a value of the first."""
    source = draw(types(depth=2))
    target = draw(related(source))
    return source, target, draw(values(source, finite=False))


def cross(source: str, target: str, value: Any) -> Any:
    convert = converter(parse_type(source), parse_type(target))
    return value if convert is None else convert(value)


@given(connections())
def test_what_crosses_is_of_the_target_type_or_nothing_or_refused_as_foretold(
    connection: tuple[wit.Type, wit.Type, Any],
) -> None:
    source, target, value = connection
    if connectable(source, target) is not None:
        with pytest.raises(ValueError, match=r"cannot become|not the same"):
            converter(source, target)
        return
    convert = converter(source, target) or (lambda value: value)
    try:
        crossed = convert(value)
    except wit.Misfit:
        assert may_fail(source, target)
    else:
        if crossed is EMPTY:
            assert isinstance(source, wit.Option)
        else:
            assert exactly(accepter(target)(crossed)) == exactly(crossed)


@given(types())
def test_a_type_connects_to_itself_unchanged(type_: wit.Type) -> None:
    assert connectable(type_, type_) is None
    assert converter(type_, type_) is None
    assert not may_fail(type_, type_)


@given(types_and_values())
def test_through_any_a_value_comes_back(pair: tuple[wit.Type, Any]) -> None:
    type_, value = pair
    there, back = converter(type_, wit.ANY), converter(wit.ANY, type_)
    json = value if there is None else there(value)
    assert exactly(json) == exactly(encoder(type_)(value))
    assert exactly(json if back is None else back(json)) == exactly(value)


@given(types_and_values(), types())
def test_an_option_of_a_type_takes_its_values(pair: tuple[wit.Type, Any], other: wit.Type) -> None:
    type_, value = pair
    wrap = converter(type_, wit.Option(type_))
    if type_ == wit.ANY:
        return
    wrapped = value if wrap is None else wrap(value)
    assert exactly(wrapped) == exactly(wit.Some(value) if isinstance(type_, wit.Option) else value)
    assert not may_fail(type_, wit.Option(type_))
    opened = converter(wit.Option(type_), type_)
    assert opened is not None
    assert exactly(opened(wrapped)) == exactly(value)
    assert opened(None) is EMPTY


@given(types(), types())
def test_a_generic_type_connects_both_ways_unchecked(left: wit.Type, right: wit.Type) -> None:
    for source, target in ((left, None), (None, right), (None, None)):
        assert connectable(source, target) is None
        assert converter(source, target) is None
        assert not may_fail(source, target)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("u8", "s16"),
        ("u32", "s64"),
        ("f32", "f64"),
        ("char", "string"),
        ("enum {a, b}", "string"),
        ("enum {a, b}", "enum {b, c, a}"),
        ("flags {a}", "flags {b, a}"),
        ("variant {a, b(u8)}", "variant {c, b(u8), a}"),
        ("u8", "option<u16>"),
        ("any", "option<any>"),
        ("string", "any"),
        ("option<u8>", "any"),
        ("list<list<u16>>", "list<list<u32>>"),
        ("tuple<u8, char>", "tuple<u16, string>"),
        ("result<u8, char>", "result<u16, option<string>>"),
        ("record {a: u8, b: list<char>}", "record {a: option<u32>, b: list<string>}"),
    ],
)
def test_widening_needs_no_work_where_python_has_one_value_for_both(
    source: str, target: str
) -> None:
    assert converter(parse_type(source), parse_type(target)) is None
    assert not may_fail(parse_type(source), parse_type(target))


@pytest.mark.parametrize(
    ("source", "target", "value", "crossed"),
    [
        ("u32", "f64", 3, 3.0),
        ("u16", "f32", 3, 3.0),
        ("bytes", "list<u16>", b"\x01\x02", [1, 2]),
        ("bytes", "list<f32>", b"\x01", [1.0]),
        ("list<bytes>", "list<list<u32>>", [b"\x01"], [[1]]),
        ("list<char>", "list<any>", ["a"], ["a"]),
        ("bytes", "list<any>", b"\x01", [1]),
        ("bytes", "any", b"\x01", "AQ=="),
        ("u8", "option<option<u8>>", 3, wit.Some(3)),
        ("option<u8>", "option<option<u8>>", None, wit.Some(None)),
        ("option<u8>", "option<option<u8>>", 3, wit.Some(3)),
        ("option<option<u8>>", "option<option<f64>>", wit.Some(3), wit.Some(3.0)),
        ("option<option<u8>>", "option<option<f64>>", wit.Some(None), wit.Some(None)),
        ("option<option<u8>>", "any", wit.Some(None), {"some": None}),
        ("list<option<u8>>", "list<any>", [None, 3], [None, 3]),
        ("list<option<option<u8>>>", "list<option<any>>", [None, wit.Some(None)], [None, None]),
        ("record {a: u8, b: u8}", "record {b: u8}", {"a": 1, "b": 2}, {"b": 2}),
        ("record {a: u8}", "record {b: option<u8>, a: f64}", {"a": 1}, {"b": None, "a": 1.0}),
        (
            "record {first_name: u8}",
            "record {first-name: u8}",
            {"first_name": 1},
            {"first-name": 1},
        ),
        ("enum {dark_red}", "enum {red, dark-red}", "dark_red", "dark-red"),
        ("flags {can_read}", "flags {can-read}", frozenset({"can_read"}), frozenset({"can-read"})),
        ("variant {no_op}", "variant {no-op, b}", wit.Case("no_op"), wit.Case("no-op")),
        (
            "variant {a(record {x_y: u8})}",
            "variant {a(record {x-y: u8})}",
            wit.Case("a", {"x_y": 1}),
            wit.Case("a", {"x-y": 1}),
        ),
        ("result<u8, u8>", "result<f64, u8>", wit.Case("ok", 1), wit.Case("ok", 1.0)),
        ("result<u8>", "result<f64>", wit.Case("err"), wit.Case("err")),
    ],
)
def test_widening_gives_the_same_value_in_its_new_form(
    source: str, target: str, value: Any, crossed: Any
) -> None:
    assert exactly(cross(source, target, value)) == exactly(crossed)
    assert not may_fail(parse_type(source), parse_type(target))


@pytest.mark.parametrize(
    ("source", "target", "value", "crossed"),
    [
        ("s64", "u8", 255, 255),
        ("f64", "s64", -3.0, -3),
        ("s64", "f64", 2**53, 2.0**53),
        ("s32", "f32", 2**24, 2.0**24),
        ("f64", "f32", 0.1, 0.10000000149011612),
        ("list<s64>", "bytes", [1, 2], b"\x01\x02"),
        ("any", "u64", "18446744073709551615", 2**64 - 1),
        ("any", "option<u8>", None, None),
        ("any", "option<option<u8>>", {"some": 3}, wit.Some(3)),
        ("any", "bytes", "AQ==", b"\x01"),
        ("list<any>", "list<option<u8>>", [None, 3], [None, 3]),
        ("option<any>", "u8", 3, 3),
        ("record {a: any}", "record {a: list<u16>}", {"a": [1]}, {"a": [1]}),
    ],
)
def test_values_that_fit_cross_checked_connections(
    source: str, target: str, value: Any, crossed: Any
) -> None:
    assert exactly(cross(source, target, value)) == exactly(crossed)
    assert may_fail(parse_type(source), parse_type(target))


@pytest.mark.parametrize(
    ("source", "target", "value", "reason"),
    [
        ("s64", "u8", 256, "256 is out of the range of u8 (0 to 255)"),
        ("f64", "s64", 0.5, "0.5 is not a whole number, as s64 must be"),
        ("s64", "f64", 2**53 + 1, "f64 cannot hold 9007199254740993 exactly"),
        ("s32", "f32", 2**24 + 1, "f32 cannot hold 16777217 exactly"),
        ("f64", "f32", 1e39, "1e+39 is beyond the range of f32"),
        ("f64", "any", float("nan"), "NaN cannot be written as JSON"),
        ("any", "u8", None, "expected u8, got null"),
        ("option<s64>", "option<u8>", -1, "-1 is out of the range of u8 (0 to 255)"),
        ("list<s64>", "bytes", [1, 256], "[1]: 256 is out of the range of u8 (0 to 255)"),
        (
            "tuple<u8, f64>",
            "tuple<u8, u8>",
            (1, 0.5),
            "[1]: 0.5 is not a whole number, as u8 must be",
        ),
        ("result<s64, u8>", "result<u8, u8>", wit.Case("ok", -1), ".ok: -1 is out of the range"),
        (
            "record {users: list<record {age: s64}>}",
            "record {users: list<record {age: u8}>}",
            {"users": [{"age": 1}, {"age": 256}]},
            ".users[1].age: 256 is out of the range",
        ),
    ],
)
def test_values_that_do_not_fit_say_where_and_why(
    source: str, target: str, value: Any, reason: str
) -> None:
    with pytest.raises(wit.Misfit) as caught:
        cross(source, target, value)
    assert str(caught.value).startswith(reason)


@pytest.mark.parametrize(
    ("source", "target", "value", "crossed"),
    [
        ("option<u8>", "u32", None, EMPTY),
        ("option<u8>", "u32", 3, 3),
        ("option<u8>", "f64", 3, 3.0),
        ("option<option<u8>>", "u8", None, EMPTY),
        ("option<option<u8>>", "u8", wit.Some(None), EMPTY),
        ("option<option<u8>>", "u8", wit.Some(3), 3),
        ("option<option<u8>>", "option<u8>", None, EMPTY),
        ("option<option<u8>>", "option<u8>", wit.Some(None), None),
    ],
)
def test_none_sends_nothing_where_a_value_is_wanted(
    source: str, target: str, value: Any, crossed: Any
) -> None:
    assert exactly(cross(source, target, value)) == exactly(crossed)
    assert not may_fail(parse_type(source), parse_type(target))


@pytest.mark.parametrize("source", ["option<u8>", "option<any>"])
def test_any_takes_none_as_null(source: str) -> None:
    assert cross(source, "any", None) is None


@pytest.mark.parametrize(
    ("source", "target", "reason"),
    [
        ("string", "u32", "string cannot become u32"),
        ("string", "char", "string cannot become char"),
        ("u32", "string", "u32 cannot become string"),
        ("bool", "u8", "bool cannot become u8"),
        ("u8", "bool", "u8 cannot become bool"),
        ("string", "enum {a}", "string cannot become enum {a}"),
        ("enum {a}", "char", "enum {a} cannot become char"),
        ("bytes", "string", "list<u8> cannot become string"),
        ("list<string>", "list<u32>", "string cannot become u32 (at [])"),
        ("option<string>", "u32", "string cannot become u32"),
        (
            "record {users: list<record {age: string}>}",
            "record {users: list<record {age: u8}>}",
            "string cannot become u8 (at .users[].age)",
        ),
        (
            "list<option<u8>>",
            "list<u8>",
            "option<u8> cannot become u8 inside a value, where none cannot be left out (at [])",
        ),
        (
            "record {a: u8}",
            "record {a: u8, b: u8}",
            "record {a: u8} cannot become record {a: u8, b: u8}, which needs a field 'b'",
        ),
        (
            "tuple<u8>",
            "tuple<u8, u8>",
            "tuple<u8> cannot become tuple<u8, u8>, which has another length",
        ),
        ("enum {a, b}", "enum {a}", "enum {a, b} cannot become enum {a}, which has no case 'b'"),
        (
            "flags {a, b}",
            "flags {a}",
            "flags {a, b} cannot become flags {a}, which has no case 'b'",
        ),
        (
            "variant {a, b}",
            "variant {a}",
            "variant {a, b} cannot become variant {a}, which has no case 'b'",
        ),
        (
            "variant {a(u8)}",
            "variant {a(u16)}",
            "case 'a' carries u8 and u16, which are not the same",
        ),
        (
            "variant {a}",
            "variant {a(u8)}",
            "case 'a' carries nothing and u8, which are not the same",
        ),
        ("result<u8>", "result<u8, u8>", "nothing cannot become u8 (at .err)"),
        ("variant {ok, err}", "result", "variant {ok, err} cannot become result"),
    ],
)
def test_types_that_do_not_connect_say_why(source: str, target: str, reason: str) -> None:
    assert connectable(parse_type(source), parse_type(target)) == reason


def test_named_types_are_called_by_their_names() -> None:
    person = wit.Record((wit.Part("age", wit.U8),), "person")
    assert connectable(wit.STRING, person) == "string cannot become person"


def test_deeply_nested_options_are_decided_quickly() -> None:
    source: wit.Type = wit.STRING
    target: wit.Type = wit.U8
    for _ in range(40):
        source, target = wit.Option(wit.List(source)), wit.Option(wit.List(target))
    assert (connectable(source, target) or "").startswith("string cannot become u8")
