from __future__ import annotations

import pytest

from wasmflow.collections.wasm.names import ByName, Label, Names

CONCAT = Label("demo:text/text@0.1.0", "concat")
NUMBERS = Label("demo:more/numbers@0.1.0", "concat")
OLD = Label("demo:text/text@0.0.9", "concat")
ROOT = Label(None, "concat")
INLINE = Label("text", "concat")


def test_a_name_that_is_alone_is_enough() -> None:
    names = Names([CONCAT])
    assert names.printed(CONCAT) == "concat"
    for spelling in ("concat", "text.concat", "demo:text/text.concat", f"{CONCAT[0]}.concat"):
        assert names.find(spelling) == CONCAT


def test_an_ambiguous_name_needs_its_interface() -> None:
    names = Names([CONCAT, NUMBERS])
    assert names.find("concat") is None
    assert [names.printed(each) for each in (CONCAT, NUMBERS)] == ["text.concat", "numbers.concat"]


def test_interfaces_of_the_same_name_need_more() -> None:
    names = Names([CONCAT, OLD])
    assert names.printed(OLD) == "demo:text/text@0.0.9.concat"
    other = Label("demo:other/text@0.1.0", "concat")
    assert Names([CONCAT, other]).printed(other) == "demo:other/text.concat"


def test_a_function_at_the_root_owns_its_name() -> None:
    names = Names([CONCAT, ROOT])
    assert names.find("concat") == ROOT
    assert names.printed(CONCAT) == "text.concat"


def test_a_complete_name_is_never_taken_by_a_shorter_one() -> None:
    names = Names([CONCAT, INLINE])
    assert names.find("text.concat") == INLINE
    assert names.printed(CONCAT) == "demo:text/text.concat"


def test_names_are_compared_with_underscores_as_dashes() -> None:
    label = Label("demo:my-text/my-text@0.1.0", "to-upper")
    assert Names([label]).find("my_text.to_upper") == label


def test_values_are_listed_by_printed_name_and_found_by_any() -> None:
    values = ByName(Names([CONCAT, NUMBERS]), {CONCAT: 1})
    assert dict(values) == {"text.concat": 1}
    assert values["demo:text/text.concat"] == 1
    assert "concat" not in values
    assert "numbers.concat" not in values
    with pytest.raises(KeyError):
        values["numbers.concat"]
