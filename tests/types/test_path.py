from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import NAMES, exactly, types, values
from wasmflow.packet import EMPTY
from wasmflow.problem import Problem
from wasmflow.types import model as wit
from wasmflow.types.path import CaseOf, Field, Key, Resolved, Unwrap, follow, resolve
from wasmflow.types.python import accepter
from wasmflow.types.wit import format_type, parse_type


def resolved(type_: str, *names: str) -> Resolved:
    found = resolve(parse_type(type_), names)
    assert isinstance(found, Resolved)
    return found


def problem(type_: wit.Type | None, *names: str) -> str:
    found = resolve(type_, names)
    assert isinstance(found, Problem)
    return str(found)


@pytest.mark.parametrize(
    ("type_", "path", "leads_to", "value", "found"),
    [
        ("u8", "", "u8", 3, 3),
        ("option<u8>", "", "option<u8>", None, None),
        ("record {first-name: u8}", "first_name", "u8", {"first-name": 3}, 3),
        ("record {a: option<u8>}", "a", "option<u8>", {"a": None}, None),
        ("tuple<u8, string>", "1", "string", (3, "a"), "a"),
        ("list<string>", "1", "string", ["a", "b"], "b"),
        ("bytes", "1", "u8", b"ab", 98),
        ("list<tuple<string, u8>>", "b c", "u8", [("a", 1), ("b c", 2)], 2),
        ("list<tuple<string, u8>>", "0", "u8", [("1", 1), ("0", 2)], 2),
        ("variant {a, b(u8)}", "b", "u8", wit.Case("b", 3), 3),
        ("variant {a, b(u8)}", "b", "u8", wit.Case("a"), EMPTY),
        ("variant {a, b(u8)}", "a", "bool", wit.Case("a"), True),
        ("variant {a(option<u8>)}", "a", "option<u8>", wit.Case("a", None), None),
        ("result<u8, string>", "err", "string", wit.Case("err", "no"), "no"),
        ("result<u8, string>", "err", "string", wit.Case("ok", 3), EMPTY),
        ("result<_, string>", "ok", "bool", wit.Case("ok"), True),
        ("option<record {a: u8}>", "a", "u8", {"a": 3}, 3),
        ("option<record {a: u8}>", "a", "u8", None, EMPTY),
        ("option<option<record {a: u8}>>", "a", "u8", wit.Some({"a": 3}), 3),
        ("option<option<record {a: u8}>>", "a", "u8", wit.Some(None), EMPTY),
        ("record {a: option<list<u16>>}", "a/0", "u16", {"a": [3]}, 3),
        ("record {a: option<list<u16>>}", "a/0", "u16", {"a": None}, EMPTY),
        ("any", "a/1/b", "any", {"a": [1, {"b": 2}]}, 2),
        ("any", "first_name", "any", {"first-name": 1}, 1),
        ("any", "a-b", "any", {"a_b": 1, "a-b": 2}, 2),
        ("any", "a", "any", {"a": None}, None),
        ("any", "a/b", "any", {"a": None}, EMPTY),
        ("any", "0", "any", {"0": 1}, 1),
        ("record {a: any}", "a/b", "any", {"a": {"b": 1}}, 1),
    ],
)
def test_a_path_leads_into_a_value(
    type_: str, path: str, leads_to: str, value: Any, found: Any
) -> None:
    way = resolved(type_, *filter(None, path.split("/")))
    assert way.type is not None
    assert format_type(way.type) == leads_to
    assert exactly(follow(way.steps)(value)) == exactly(found)


@pytest.mark.parametrize(
    ("type_", "path", "value", "reason"),
    [
        ("list<string>", "2", ["a", "b"], "there is no element 2 in a list of 2"),
        ("bytes", "0", b"", "there is no element 0 in a list of 0"),
        ("list<tuple<string, u8>>", "aeg", [("age", 1)], "no key 'aeg'; did you mean 'age'?"),
        ("list<tuple<string, u8>>", "a", [], "there is no key 'a'; it has none"),
        ("any", "name", {"nam": 1}, "there is no key 'name'; did you mean 'nam'?"),
        ("any", "5", [1], "there is no element 5 in a list of 1"),
        ("any", "a", [1], ".a leads into a list, which has no such part"),
        ("any", "a", "text", '.a leads into "text", which has no such part'),
        ("any", "0", 7, ".0 leads into 7, which has no such part"),
    ],
)
def test_what_should_be_there_and_is_missing_is_a_misfit(
    type_: str, path: str, value: Any, reason: str
) -> None:
    with pytest.raises(wit.Misfit) as caught:
        follow(resolved(type_, path).steps)(value)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("type_", "path", "reason"),
    [
        ("record {name: u8}", "nmae", "no field 'nmae'. Hint: did you mean 'name'?"),
        ("variant {a, b}", "zzz", "no case 'zzz'. Hint: it has: 'a', 'b'"),
        ("result", "okay", "result has no case 'okay'. Hint: did you mean 'ok'?"),
        ("tuple<u8>", "1", "no element '1'. Hint: its elements are numbered 0 to 0"),
        ("tuple<u8>", "-1", "no element '-1'"),
        ("list<u8>", "first", "no part 'first'. Hint: elements of a list are numbered from 0"),
        ("list<u8>", "9" * 30, "no part '999"),
        ("list<u8>", "٣", "no part '٣'"),
        ("string", "0", ".0 leads into a value of type string, which has no parts"),
        ("option<enum {a}>", "a", ".a leads into a value of type enum {a}, which has no parts"),
    ],
)
def test_a_path_that_fits_no_value_is_a_problem(type_: str, path: str, reason: str) -> None:
    assert reason in problem(parse_type(type_), path)


def test_a_generic_type_has_no_paths_into_it() -> None:
    assert "type nothing determines. Hint: state the type" in problem(None, "a")
    assert resolve(None, ()) == Resolved((), None)


def test_steps_say_all_that_following_them_needs() -> None:
    assert resolved("option<variant {a, b(list<tuple<string, u8>>)}>", "b", "k").steps == (
        Unwrap(),
        CaseOf("b"),
        Key("k"),
    )
    assert resolved("variant {a}", "a").steps == (CaseOf("a", bare=True),)
    assert resolved("record {a_b: u8}", "a-b").steps == (Field("a_b"),)


@given(st.data(), types(), st.lists(st.sampled_from([*NAMES, "err", "0", "1"]), max_size=4))
def test_what_a_path_leads_to_is_of_the_type_it_promises(
    data: st.DataObject, type_: wit.Type, names: list[str]
) -> None:
    way = resolve(type_, names)
    if isinstance(way, Problem):
        return
    try:
        found = follow(way.steps)(data.draw(values(type_)))
    except wit.Misfit:
        return
    if found is not EMPTY:
        assert exactly(accepter(way.type)(found)) == exactly(found)
