from __future__ import annotations

from functools import partial

import pytest

from wasmflow.types import model as wit
from wasmflow.types.parts import Convert, Names, aligned, at, each, entries, members, record_of


def refuse_three(value: int) -> int:
    if value == 3:
        raise wit.Misfit("three")
    return value * 2


def test_a_list_names_the_element_that_does_not_fit() -> None:
    assert each(refuse_three)(iter([1, 2])) == [2, 4]
    with pytest.raises(wit.Misfit, match=r"^\[2\]: three$"):
        each(refuse_three)([1, 2, 3, 4])


def test_elements_are_converted_each_in_its_own_way() -> None:
    convert = aligned([str, refuse_three])
    assert convert((1, 2)) == ["1", 4]
    with pytest.raises(wit.Misfit, match=r"^\[1\]: three$"):
        convert((3, 3))


def test_members_are_converted_in_a_copy() -> None:
    given = {"a": 1, "b": 2}
    assert members({"b": refuse_three})(given) == {"a": 1, "b": 4}
    assert given == {"a": 1, "b": 2}
    with pytest.raises(wit.Misfit, match=r"^\.b: three$"):
        members({"b": refuse_three})({"a": 3, "b": 3})


def test_entries_name_the_key_that_does_not_fit() -> None:
    assert entries(refuse_three)({"a": 1}) == [("a", 2)]
    with pytest.raises(wit.Misfit, match=r'^\."b c": three$'):
        entries(refuse_three)({"a": 1, "b c": 3})


def test_places_add_up_from_the_inside_out() -> None:
    with pytest.raises(wit.Misfit, match=r"^\.users\[1\]\[0\]: three$"):
        at("users", each(each(refuse_three)), [[1], [3]])


def test_names_are_found_in_any_spelling() -> None:
    names = Names(["first_name", "last-name"])
    assert names.find("first-name") == "first_name"
    assert names.find("last_name") == "last-name"
    assert names.find(3) is None
    with pytest.raises(wit.Misfit, match=r"no field 'lst-name' \(did you mean 'last-name'\?\)"):
        names.expect("lst-name", "field")


def person(*fields: str) -> wit.Record:
    return wit.Record(tuple(wit.Part(name, wit.U8) for name in fields))


def test_all_that_is_wrong_with_a_record_is_told_at_once() -> None:
    make = record_of(person("name", "age", "height"), lambda _type: refuse_three)
    with pytest.raises(wit.Misfit) as raised:
        make({"naem": 1, "age": 3, "Age": 2, "height": 3})
    assert str(raised.value) == (
        "there is no field 'naem' (did you mean 'name'?); "
        "there is no field 'Age' (did you mean 'age'?); missing field 'name'; "
        ".age: three; .height: three"
    )


def test_what_is_wrong_deeper_inside_is_told_with_its_place() -> None:
    inner = record_of(person("a", "b", "c"), lambda _type: refuse_three)
    outer = record_of(person("x", "y"), lambda _type: inner)
    with pytest.raises(wit.Misfit) as raised:
        each(outer)([{"x": {"a": 3, "b": 3, "c": 1}, "y": {"a": 1, "b": 1}}])
    assert str(raised.value) == "[0].x.a: three; [0].x.b: three; [0].y: missing field 'c'"


def test_a_message_ends_where_nobody_reads_on() -> None:
    names = [f"f{number}" for number in range(1000)]
    make = record_of(person(*names), lambda _type: refuse_three)
    with pytest.raises(wit.Misfit) as raised:
        make(dict.fromkeys(names, 3))
    assert str(raised.value.inside(".all")).endswith("; .all.f7: three; …")
    with pytest.raises(wit.Misfit, match=r"there is no field 'x0'.*'x7'.*; …$"):
        make(dict.fromkeys([f"x{number}" for number in range(1000)], 1))


def test_records_in_records_cost_no_more_when_they_do_not_fit() -> None:
    calls: list[object] = []

    def refuse(value: object) -> object:
        calls.append(value)
        raise wit.Misfit("no")

    make: Convert = refuse
    value: object = {}
    for _ in range(50):
        make, value = record_of(person("a"), partial(_given, make)), {"a": value}
    with pytest.raises(wit.Misfit, match=r"^(\.a){50}: no$"):
        make(value)
    assert len(calls) == 1


def _given(convert: Convert, _type: wit.Type) -> Convert:
    return convert
