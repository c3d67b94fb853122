from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import related, types
from wasmflow.types import model as wit
from wasmflow.types.convert import connectable, converter, may_fail, narrowest
from wasmflow.types.wit import parse_type, spell_out


def spelled(*texts: str) -> str:
    """The narrowest of some types, as text; the reason in brackets where there is none."""
    found = narrowest([None if text == "T" else parse_type(text) for text in texts])
    return f"[{found}]" if isinstance(found, str) else spell_out(found) if found else "T"


@pytest.mark.parametrize(
    ("ports", "narrow"),
    [
        (["u8"], "u8"),
        (["u8", "u32"], "u8"),
        (["u32", "f64"], "u32"),
        (["s64", "f64"], "s64"),
        (["u32", "s32"], "s32"),
        (["string", "char"], "char"),
        (["string", "enum {a}"], "enum {a}"),
        (["enum {a, b}", "enum {a}"], "enum {a}"),
        (["u8", "option<u8>"], "u8"),
        (["option<u8>", "option<u16>"], "option<u8>"),
        (["any", "f64"], "f64"),
        (["any", "any"], "any"),
        (["any", "T"], "any"),
        (["T", "T"], "T"),
        (["T", "string"], "string"),
        (["list<any>", "list<f64>"], "list<f64>"),
        (["list<u8>", "list<u64>"], "list<u8>"),
        (["record {a: u8}", "record {a: u8, b: u8}"], "record {a: u8, b: u8}"),
        (["record {a: u8}", "record {a: u8, b: option<u8>}"], "record {a: u8, b: option<u8>}"),
    ],
)
def test_a_flow_input_has_the_narrowest_type_of_the_ports_it_feeds(
    ports: list[str], narrow: str
) -> None:
    assert spelled(*ports) == narrow
    assert spelled(*reversed(ports)) == narrow


@pytest.mark.parametrize(
    ("ports", "reason"),
    [
        (["string", "u32"], "[no type fits both string and u32: string cannot become u32]"),
        (["u8", "any", "string"], "[no type fits both u8 and string: u8 cannot become string]"),
        (
            ["record {a: u8}", "record {b: u8}"],
            "[no type fits both record {a: u8} and record {b: u8}: "
            "record {a: u8} cannot become record {b: u8}, which needs a field 'b']",
        ),
        (
            ["record {a: u8}", "record {a: u8, b: u8}", "record {a: u8, c: u8}"],
            "[no type fits both record {a: u8, b: u8} and record {a: u8, c: u8}: "
            "record {a: u8, b: u8} cannot become record {a: u8, c: u8}, which needs a field 'c']",
        ),
    ],
)
def test_where_no_type_fits_the_reason_names_two_that_differ(ports: list[str], reason: str) -> None:
    assert spelled(*ports) == reason


def test_of_no_ports_the_type_is_generic() -> None:
    assert narrowest([]) is None


@st.composite
def relatives(draw: st.DrawFn) -> list[wit.Type]:
    first = draw(types(depth=2))
    return [first, *draw(st.lists(related(first), max_size=3))]


@given(relatives(), st.randoms(use_true_random=False))
def test_the_narrowest_type_connects_to_all_whatever_their_order(
    ports: list[wit.Type], random: Random
) -> None:
    found = narrowest(ports)
    shuffled = random.sample(ports, len(ports))
    again = narrowest(shuffled)
    if isinstance(found, str):
        assert isinstance(again, str)
    else:
        assert found == again
        assert found in ports
        assert all(connectable(found, port) is None for port in ports)


def test_types_apart_have_no_converter() -> None:
    for ask in (converter, may_fail):
        with pytest.raises(ValueError, match="string cannot become u8"):
            ask(wit.STRING, wit.U8)
