from __future__ import annotations

import array
import enum
import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import exactly, types, types_and_values
from wasmflow.types import model as wit
from wasmflow.types.json import dumps, encoder
from wasmflow.types.python import accepter
from wasmflow.types.wit import parse_type


def accept(type_: str, value: object) -> Any:
    return accepter(parse_type(type_))(value)


def refusal(type_: str, value: object) -> str:
    with pytest.raises(wit.Misfit) as caught:
        accept(type_, value)
    assert str(caught.value).isprintable()
    return str(caught.value)


class Color(enum.Enum):
    RED = "red"
    DARK_BLUE = 2


class Access(enum.Flag):
    READ = 1
    WRITE = 2


class Size(enum.IntEnum):
    BIG = 5


class Row(NamedTuple):
    first_name: str
    age: int


class Permissive(enum.Flag, boundary=enum.KEEP):
    READ = 1


class Text(str):
    __slots__ = ()


@dataclass
class User:
    first_name: str
    age: int | None = None


class Point(NamedTuple):
    x: float
    from_: float


@given(types_and_values(finite=False))
def test_every_value_is_accepted_unchanged(pair: tuple[wit.Type, Any]) -> None:
    type_, value = pair
    assert exactly(accepter(type_)(value)) == exactly(value)


_objects = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=3)
    | st.binary(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text("abc-_", max_size=2), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(types(depth=2), _objects)
def test_any_object_becomes_exactly_a_value_or_is_refused(type_: wit.Type, given: object) -> None:
    accept_one = accepter(type_)
    try:
        value = accept_one(given)
    except wit.Misfit:
        return
    assert exactly(accept_one(value)) == exactly(value)


@pytest.mark.parametrize(
    ("type_", "given", "value"),
    [
        ("u8", Access.WRITE.value, 2),
        ("u8", Size.BIG, 5),
        ("s64", -(2**63), -(2**63)),
        ("f64", 3, 3.0),
        ("f64", 10**20, 1e20),
        ("f64", Fraction(1, 4), 0.25),
        ("f32", 0.1, 0.10000000149011612),
        ("f32", math.inf, math.inf),
        ("string", Text("a"), "a"),
        ("char", "😀", "😀"),
        ("bytes", bytearray(b"ab"), b"ab"),
        ("bytes", memoryview(b"abcd")[::2], b"ac"),
        ("bytes", [97, 98], b"ab"),
        ("bytes", array.array("B", b"ab"), b"ab"),
        ("bytes", array.array("I", [97]), b"a"),
        ("list<u16>", b"ab", [97, 98]),
        ("list<f64>", array.array("d", [0.5]), [0.5]),
        ("list<u8>", range(3), b"\0\1\2"),
        ("list<u16>", range(3), [0, 1, 2]),
        ("list<string>", deque(["a"]), ["a"]),
        ("list<tuple<string, u8>>", {"a": 1}, [("a", 1)]),
        ("list<tuple<u8, any>>", {1: None}, [(1, None)]),
        ("tuple<u8, string>", [1, "a"], (1, "a")),
        ("option<u8>", None, None),
        ("option<option<u8>>", None, None),
        ("option<option<u8>>", 3, wit.Some(3)),
        ("option<option<u8>>", wit.Some(None), wit.Some(None)),
        ("variant {a, b-c(u8)}", "a", wit.Case("a")),
        ("variant {a, b-c(u8)}", ("b_c", 3), wit.Case("b-c", 3)),
        ("variant {a, b-c(u8)}", {"b_c": 3}, wit.Case("b-c", 3)),
        ("variant {a, b-c(u8)}", wit.Case("a"), wit.Case("a")),
        ("result<u8, string>", ("err", "no"), wit.Case("err", "no")),
        ("enum {red, dark-blue}", Color.RED, "red"),
        ("enum {red, dark-blue}", Color.DARK_BLUE, "dark-blue"),
        ("enum {red, dark-blue}", "dark_blue", "dark-blue"),
        ("flags {read, write}", Access.READ | Access.WRITE, frozenset({"read", "write"})),
        ("flags {read, write}", Access(0), frozenset()),
        ("flags {read, write}", ["read", Access.WRITE], frozenset({"read", "write"})),
        ("any", (1, {"a": MappingProxyType({"b": Text("c")})}), [1, {"a": {"b": "c"}}]),
    ],
)
def test_what_python_has_for_a_type_is_accepted(type_: str, given: object, value: Any) -> None:
    assert exactly(accept(type_, given)) == exactly(value)


@pytest.mark.parametrize(
    "given",
    [
        User("A", 3),
        {"first_name": "A", "age": 3},
        MappingProxyType({"age": 3, "first-name": "A"}),
        Row("A", 3),
    ],
)
def test_a_record_is_a_dataclass_a_mapping_or_a_named_tuple(given: object) -> None:
    type_ = "record {first-name: string, age: option<u8>}"
    assert exactly(accept(type_, given)) == exactly({"first-name": "A", "age": 3})


def test_an_underscore_that_python_needs_is_no_part_of_a_field() -> None:
    assert accept("record {x: f64, from: f64}", Point(1, 2)) == {"x": 1.0, "from": 2.0}


@pytest.mark.parametrize(
    ("type_", "given", "reason"),
    [
        ("bool", 1, "expected bool, got 1"),
        ("u8", True, "expected u8, got True"),
        ("u8", 3.0, "expected u8, got 3.0 (float)"),
        ("u8", "3", "expected u8, got '3' (str)"),
        ("u8", None, "expected u8, got None"),
        ("u8", 256, "256 is out of the range of u8 (0 to 255)"),
        ("f64", True, "expected f64, got True"),
        ("f64", "1", "expected f64, got '1' (str)"),
        ("f64", 2**53 + 1, "f64 cannot hold 9007199254740993 exactly"),
        ("f64", Fraction(1, 3), "f64 cannot hold 1/3 exactly"),
        ("f32", 2**24 + 1, "f32 cannot hold 16777217 exactly"),
        ("f32", 1e39, "1e+39 is beyond the range of f32"),
        ("string", b"a", "expected string, got b'a' (bytes)"),
        ("string", "\udcff", "expected string (text without lone surrogates), got '\\udcff' (str)"),
        ("char", "\ud800", "expected char (a str of one character), got '\\ud800' (str)"),
        ("char", "ab", "expected char (a str of one character), got 'ab' (str)"),
        ("bytes", "ab", "expected list<u8>, got 'ab' (str)"),
        ("bytes", [256], "[0]: 256 is out of the range of u8 (0 to 255)"),
        ("list<string>", "ab", "expected list<string>, got 'ab' (str)"),
        ("list<string>", {"a"}, "expected list<string>, got {'a'} (set)"),
        (
            "list<string>",
            iter(["a"]),
            "expected list<string>, got an object of class list_iterator",
        ),
        ("list<string>", ["a", 1], "[1]: expected string, got 1"),
        ("tuple<u8, u8>", (1,), "expected tuple<u8, u8> (2 of them), got (1,) (tuple)"),
        ("tuple<u8>", {1}, "expected tuple<u8>, got {1} (set)"),
        ("enum {a}", "b", "there is no case 'b' (the type has: 'a')"),
        ("enum {a}", Color.RED, "expected enum {a}, got <Color.RED: 'red'> (Color)"),
        ("flags {a}", "a", "expected flags {a} (a set of names), got 'a' (str)"),
        (
            "flags {read}",
            Access.WRITE,
            "[0]: expected flags {read}, got <Access.WRITE: 2> (Access)",
        ),
        ("option<u8>", "x", "expected u8, got 'x' (str)"),
        ("variant {a, b(u8)}", "b", "case 'b' carries a value, which is missing"),
        ("variant {a, b(u8)}", ("a", 1), "case 'a' carries no value"),
        ("variant {a, b(u8)}", ("b", -1), ".b: -1 is out of the range of u8 (0 to 255)"),
        ("variant {a}", 3, "expected variant {a} (Case(name, payload), or the name"),
        ("variant {a}", {}, "expected variant {a} (Case(name, payload), or the name"),
        ("record {a: u8}", User("A"), "there is no field 'first_name' (the type has: 'a')"),
        ("record {a: u8}", User, "expected record {a: u8}, got <class"),
        ("record {a: u8}", {"a": 1, 2: 3}, "there is no field '2' (the type has: 'a')"),
        ("record {a: u8}", {}, "missing field 'a'"),
        ("any", b"a", "expected any (what JSON can hold), got b'a' (bytes)"),
        ("any", {"a": [math.nan]}, ".a[0]: expected any (what JSON can hold), got nan (float)"),
        ("any", {1: 2}, "expected any (with strings as keys), got 1"),
        ("any", {"\ud800": 2}, "expected any (with strings as keys), got '\\ud800' (str)"),
    ],
)
def test_everything_else_is_refused_with_the_reason(type_: str, given: object, reason: str) -> None:
    assert refusal(type_, given).startswith(reason)


def test_numbers_too_long_to_print_are_refused_and_not_printed() -> None:
    number = 10**5000
    assert refusal("u8", number).startswith("a number of about 5001 digits is out of the range")
    assert refusal("string", number) == "expected string, got a number of about 5001 digits"
    assert refusal("any", [number]).startswith("[0]: expected any (a number of fewer digits)")


def test_bits_without_a_name_are_refused() -> None:
    assert refusal("flags {read}", Permissive(5)).startswith("expected flags {read}, each bit")


def test_a_generic_type_accepts_json_and_keeps_a_copy() -> None:
    given: dict[str, list[int]] = {"a": [1]}
    value = accepter(None)(given)
    given["a"].append(2)
    assert value == {"a": [1]}


def test_a_value_without_end_is_refused() -> None:
    endless: list[object] = []
    endless.append({"a": endless})
    assert refusal("any", endless).endswith("nested more than 128 levels deep")


def test_what_is_accepted_as_any_can_be_written() -> None:
    deepest: object = 1
    for _ in range(128):
        deepest = [deepest]
    assert dumps(encoder(wit.ANY)(accept("any", deepest)))
    assert refusal("any", [deepest]).endswith("levels deep")


def test_objects_that_cannot_even_be_shown_are_refused() -> None:
    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError

    assert refusal("u8", Broken()).startswith("expected u8, got <Broken instance at")


def test_mappings_of_other_classes_are_not_mistaken_for_values() -> None:
    class Odd(Mapping[str, int]):
        def __getitem__(self, key: str) -> int:
            return 1

        def __iter__(self) -> Any:
            return iter(["a"])

        def __len__(self) -> int:
            return 1

    assert accept("record {a: u8}", Odd()) == {"a": 1}
    assert accept("any", Odd()) == {"a": 1}
