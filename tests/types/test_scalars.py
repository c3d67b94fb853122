from __future__ import annotations

import math

import pytest

from wasmflow.types import model as wit
from wasmflow.types.scalars import (
    exact,
    holds,
    in_range,
    is_char,
    is_text,
    quoted,
    rounding,
    shown,
    step,
    whole,
)


@pytest.mark.parametrize("type_", wit.INTEGERS)
def test_an_integer_passes_exactly_within_the_range_of_its_type(type_: wit.Scalar) -> None:
    low, high = wit.INTEGERS[type_]
    check = in_range(type_)
    assert (check(low), check(high)) == (low, high)
    for beyond in (low - 1, high + 1):
        with pytest.raises(wit.Misfit, match=f"range of {type_.value}"):
            check(beyond)


@pytest.mark.parametrize("value", [0.5, math.nan, math.inf, -math.inf, 256.0, -1.0])
def test_a_float_that_is_no_whole_number_in_range_is_no_u8(value: float) -> None:
    with pytest.raises(wit.Misfit):
        whole(wit.U8)(value)


def test_a_whole_float_becomes_an_int() -> None:
    assert repr(whole(wit.S64)(-0.0)) == "0"
    assert whole(wit.S64)(-(2.0**63)) == -(2**63)
    with pytest.raises(wit.Misfit):
        whole(wit.S64)(2.0**63)


@pytest.mark.parametrize(("type_", "bits"), [(wit.F32, 24), (wit.F64, 53)])
def test_floats_hold_integers_exactly_up_to_their_precision(type_: wit.Scalar, bits: int) -> None:
    assert exact(type_)(2**bits) == 2**bits
    with pytest.raises(wit.Misfit, match="exactly"):
        exact(type_)(2**bits + 1)


def test_f64_rounds_to_f32_and_fails_only_beyond_its_range() -> None:
    to_f32 = rounding(wit.F32)
    assert to_f32(0.1) == 0.10000000149011612
    assert to_f32(1e-300) == 0.0
    assert to_f32(math.inf) == math.inf
    assert math.isnan(to_f32(math.nan))
    for beyond in (3.5e38, 10**400):
        with pytest.raises(wit.Misfit, match="beyond the range of f32"):
            to_f32(beyond)


def test_an_integer_too_large_for_f64_is_no_crash() -> None:
    with pytest.raises(wit.Misfit, match="about 401 digits"):
        rounding(wit.F64)(10**400)


def test_a_type_holds_another_if_it_has_all_its_values() -> None:
    assert holds(wit.S16, wit.U8)
    assert not holds(wit.U16, wit.S8)
    assert holds(wit.F32, wit.U16)
    assert not holds(wit.F32, wit.S32)
    assert holds(wit.F64, wit.U32)
    assert not holds(wit.F64, wit.S64)


def test_lone_surrogates_are_neither_text_nor_a_char() -> None:
    assert is_text("é😀")
    assert is_char("😀")
    for bad in ("\ud800", "\udfff"):
        assert not is_text(f"a{bad}")
        assert not is_char(bad)
    assert not is_char("")
    assert not is_char("e\u0301")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (1.5, "1.5"),
        ('a"b', '"a\\"b"'),
        ("\ud800\x1b[31m", '"\\ud800\\u001b[31m"'),
        ("x" * 50, f'"{"x" * 40}…"'),
        ([1], "a list"),
        ({}, "an object"),
    ],
)
def test_values_are_shown_short_and_printable(value: object, text: str) -> None:
    assert shown(value) == text
    assert shown(value).isprintable()


def test_a_number_too_long_to_print_is_shown_by_its_length() -> None:
    assert shown(-(10**5000)) == "a number of about 5001 digits"


def test_names_are_shown_as_they_stand_in_paths() -> None:
    assert step("first-name") == ".first-name"
    assert step("first name") == '."first name"'
    assert step("") == '.""'
    assert quoted("\x07") == "'\\u0007'"
