from __future__ import annotations

import pytest

from wasmflow.manifest import tree
from wasmflow.manifest.tree import Entry, Mapping, Scalar, Sequence, excerpt
from wasmflow.manifest.yaml import read_yaml
from wasmflow.problem import Place


def scalar(written: str) -> Scalar:
    """The value of a key `k`, which begins in column 4."""
    root, _ = read_yaml(f"k: {written}\n".encode(), "f.yaml")
    found = tree.get(root, "k")
    assert isinstance(found, Scalar)
    return found


@pytest.mark.parametrize(
    ("written", "offset", "column"),
    [
        ("a -> b", 5, 9),
        ("'a -> b'", 5, 10),
        ('"a -> b"', 5, 10),
        ("'it''s -> b'", 8, 14),
        ("äö -> b", 6, 10),
        ("a", 1, 5),
    ],
)
def test_a_character_of_a_text_on_one_line_is_located(
    written: str, offset: int, column: int
) -> None:
    assert scalar(written).locate(offset) == Place("f.yaml", 1, column)


@pytest.mark.parametrize("written", ['"a\\tb -> c"', "|\n  a -> b", "a\n  -> b", "'a\n\n  b'", "5"])
def test_where_a_character_stands_is_unsure_after_escapes_and_on_other_lines(written: str) -> None:
    assert scalar(written).locate(3) == Place("f.yaml", 1, 4)


def test_plain_gives_the_value_without_places() -> None:
    root, _ = read_yaml(b"a: [1, {b: null}]\nc: x", "f.yaml")
    assert root is not None
    assert tree.plain(root) == {"a": [1, {"b": None}], "c": "x"}


def test_entries_and_items_of_something_else_are_none() -> None:
    assert tree.entries(None) == tree.entries(Scalar("x")) == tree.entries(Sequence(())) == []
    assert tree.items(None) == tree.items(Scalar("x")) == tree.items(Mapping()) == ()


def test_a_text_stands_in_place_of_a_mapping_or_in_it() -> None:
    place, short = Place("f.yaml", 1, 1), Scalar("x")
    block = Mapping({"id": Entry("id", place, short)})
    assert tree.text(short, "id") is tree.text(block, "id") is short
    assert tree.text(Scalar(5), "id") is tree.text(block, "other") is tree.text(None, "id") is None


def test_an_excerpt_is_short_and_on_one_line() -> None:
    assert excerpt("a\n  b\tc") == "a b c"
    assert excerpt("x" * 60) == "x" * 60
    assert excerpt("x" * 61) == "x" * 59 + "…"
