from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from tests.strategies import exactly, types_and_values
from wasmflow.types import model as wit
from wasmflow.types.copying import copier
from wasmflow.types.wit import parse_type


def containers(value: Any) -> set[int]:
    """The identities of all lists and dicts in a value."""
    inner = value.values() if isinstance(value, dict) else value
    held = isinstance(value, list | dict | tuple)
    found = {each for part in inner for each in containers(part)} if held else set()
    return found | ({id(value)} if isinstance(value, list | dict) else set())


@given(types_and_values())
def test_a_copy_is_equal_and_shares_nothing_that_can_be_changed(
    pair: tuple[wit.Type, Any],
) -> None:
    type_, value = pair
    copy = copier(type_)
    if copy is None:
        assert containers(value) == set()
    else:
        copied = copy(value)
        assert exactly(copied) == exactly(value)
        assert not containers(copied) & containers(value)


@given(types_and_values())
def test_a_value_of_no_known_type_is_copied_as_well(pair: tuple[wit.Type, Any]) -> None:
    copy = copier(None)
    assert copy is not None
    copied = copy(pair[1])
    assert exactly(copied) == exactly(pair[1])
    assert not containers(copied) & containers(pair[1])


@pytest.mark.parametrize(
    "type_",
    ["string", "list<u8>", "tuple<u8, string>", "option<option<list<u8>>>", "result<u8, string>"],
)
def test_what_holds_nothing_to_change_is_not_copied(type_: str) -> None:
    assert copier(parse_type(type_)) is None


def test_elements_that_cannot_be_changed_are_not_looked_at() -> None:
    assert copier(parse_type("list<tuple<u64, string>>")) is list
