from __future__ import annotations

import pytest

from wasmflow.types import model as wit
from wasmflow.types.parts import Names, aligned, at, each, entries, members


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
    with pytest.raises(wit.Misfit, match=r"no field 'lst-name'; did you mean 'last-name'\?"):
        names.expect("lst-name", "field")
