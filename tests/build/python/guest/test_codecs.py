"""Codecs with stand-ins for the bindings' classes; with the real ones in `test_glue`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, Flag
from typing import Any, NamedTuple

import pytest

from wasmflow.build.python.guest import codecs
from wasmflow.build.python.guest.codecs import S64, STRING, U8, Codec, Mismatch


@dataclass
class BoundPair:
    left: Any
    right: Any


class Pair(NamedTuple):
    left: int
    right: str


PAIR = codecs.record(BoundPair, Pair, left=S64, right=STRING)
KEYS = codecs.typed_dict(BoundPair, left=S64, right=codecs.Absent(STRING))


@pytest.mark.parametrize(
    ("codec", "value", "message"),
    [
        (codecs.BOOL, 1, "expected bool, got int 1"),
        (S64, "1", "expected int, got str '1'"),
        (S64, 1.0, "expected int, got float 1.0"),
        (U8, -1, "the integer does not fit u8 (0 to 255)"),
        (codecs.F64, True, "expected float, got bool True"),
        (codecs.F64, 10**400, "the integer is too large for a float"),
        (codecs.F32, 1e39, "1e+39 does not fit f32"),
        (codecs.CHAR, "ab", "expected a str of one character, got str 'ab'"),
        (STRING, b"a", "expected str, got bytes b'a'"),
        (STRING, "ä\ud800", "character 1 of the text is half a surrogate pair"),
        (codecs.BYTES, [1], "expected bytes, got list [1]"),
        (codecs.list_of(S64), "12", "expected list, got str '12'"),
        (codecs.list_of(S64), (1,), "expected list, got tuple (1,)"),
        (codecs.list_of(codecs.list_of(S64)), [[], [1, "2"]], "[1][1]: expected int, got str '2'"),
        (codecs.mapping_of(STRING, S64), {"a": "b"}, "['a']: expected int, got str 'b'"),
        (codecs.mapping_of(STRING, S64), [], "expected dict, got list []"),
        (codecs.tuple_of(S64, S64), (1,), "expected a tuple of 2, got tuple (1,)"),
        (codecs.tuple_of(S64, S64), (1, None), "[1]: expected int, got NoneType None"),
        (codecs.option(S64), "", "expected int, got str ''"),
        (PAIR, (1, "a"), "expected Pair, got tuple (1, 'a')"),
        (codecs.list_of(PAIR), [Pair(1, 2)], "[0].right: expected str, got int 2"),  # type: ignore[arg-type]
        (KEYS, {"right": "a"}, "the key 'left' is missing"),
        (KEYS, {"left": 1, "other": 2}, "the key 'other' is not declared"),
        (KEYS, {"left": None}, "left: expected int, got NoneType None"),
        (STRING, ["x" * 100], f"expected str, got list ['{'x' * 55}..."),
    ],
)
def test_what_is_not_what_it_should_be_is_told_with_its_place(
    codec: Codec, value: Any, message: str
) -> None:
    with pytest.raises(Mismatch) as caught:
        codec.outgoing(value)
    assert str(caught.value) == message


def test_values_that_need_no_change_pass_as_they_are() -> None:
    for codec in (S64, STRING, codecs.list_of(STRING), codecs.tuple_of(S64), codecs.option(S64)):
        assert codec.incoming is None


def test_wherever_a_float_is_asked_for_an_integer_will_do() -> None:
    made = codecs.F64.outgoing(3)
    assert (made, type(made)) == (3.0, float)


def test_sets_go_out_in_their_order_if_they_have_one() -> None:
    numbers = codecs.list_of(S64, set)
    assert numbers.outgoing({30, 10, 20}) == [10, 20, 30]
    either = codecs.list_of(codecs.option(S64), set)
    assert sorted(map(str, either.outgoing({1, None}))) == ["1", "None"]


def test_small_integers_are_bytes_in_the_bindings() -> None:
    signed = codecs.small_integers(codecs.S8)
    assert signed.outgoing([-1, 127]) == b"\xff\x7f"
    assert signed.incoming is not None
    assert signed.incoming(b"\xff\x7f") == [-1, 127]
    assert codecs.small_integers(U8, tuple).incoming(b"\1") == (1,)  # type: ignore[misc]


def test_keys_that_may_be_absent_are_left_out() -> None:
    assert KEYS.outgoing({"left": 1}) == BoundPair(1, None)
    assert KEYS.incoming is not None
    assert KEYS.incoming(BoundPair(1, None)) == {"left": 1}
    assert KEYS.incoming(BoundPair(1, "a")) == {"left": 1, "right": "a"}


class Color(Enum):
    RED = "red"
    CRIMSON = "red"  # noqa: PIE796  # a second name for the first
    BLUE = "blue"


class BoundColor(Enum):
    RED = 0
    CRIMSON = 1
    BLUE = 2


def test_of_two_names_for_a_member_the_first_goes_out() -> None:
    codec = codecs.choice(BoundColor, Color.RED, Color.CRIMSON, Color.BLUE)
    assert codec.outgoing(Color.CRIMSON) is BoundColor.RED
    assert codec.incoming is not None
    assert codec.incoming(BoundColor.CRIMSON) is Color.RED
    with pytest.raises(Mismatch, match="expected one of"):
        codec.outgoing("red")
    with pytest.raises(Mismatch, match="expected one of"):
        codec.outgoing([])


class Permission(Flag):
    READ = 4
    WRITE = 1


class BoundPermission(Flag):
    READ = 1
    WRITE = 2


def test_flags_keep_their_names_and_not_their_numbers() -> None:
    codec = codecs.flags(BoundPermission, Permission.READ, Permission.WRITE)
    assert codec.incoming is not None
    for bound, mine in zip(BoundPermission, Permission, strict=True):
        assert codec.outgoing(Permission[bound.name or ""]) is bound
        assert mine in codec.incoming(BoundPermission(3))
    assert codec.outgoing(Permission(0)) == BoundPermission(0)


@dataclass
class BoundInt:
    value: Any


@dataclass
class BoundStr:
    value: Any


def test_members_of_a_union_are_told_apart_by_their_classes() -> None:
    codec = codecs.union(BoundInt | BoundStr, S64, STRING)
    assert codec.outgoing(1) == BoundInt(1)
    assert codec.outgoing(True) == BoundInt(True)
    assert codec.outgoing("a") == BoundStr("a")
    assert codec.incoming is not None
    assert codec.incoming(BoundStr("a")) == "a"
    with pytest.raises(Mismatch, match=r"expected one of int, str, got float 1\.5"):
        codec.outgoing(1.5)


def test_an_integer_goes_where_a_union_has_only_a_float() -> None:
    codec = codecs.union(BoundInt | BoundStr, codecs.F64, STRING)
    assert codec.outgoing(1) == BoundInt(1.0)
