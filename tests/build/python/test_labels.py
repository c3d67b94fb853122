from __future__ import annotations

import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasmflow.build.python.labels import camel, label, text_label, why_no_label
from wasmflow.types.wit import is_identifier


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("greet", "greet"),
        ("first_name", "first-name"),
        ("firstName", "first-name"),
        ("HTTPServer", "http-server"),
        ("RED", "red"),
        ("class_", "class"),
        ("_x", "x"),
        ("x_1", "x-1"),
        ("top10", "top10"),
    ],
)
def test_a_name_becomes_lower_case_words_with_hyphens(name: str, made: str) -> None:
    assert label(name) == made


def test_a_name_that_no_component_may_have_has_no_label() -> None:
    assert label("a" * 200) == "a" * 200
    assert label("a" * 201) is None
    message, hint = why_no_label("a" * 201)
    assert message == f"'{'a' * 40}…' is too long for a name in WIT"
    assert hint == "use at most 200 characters"


@pytest.mark.parametrize("name", ["größe", "_", "名前"])
def test_a_name_with_letters_that_wit_lacks_has_no_label(name: str) -> None:
    assert label(name) is None


@given(st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]*", fullmatch=True))
def test_every_label_is_a_name_in_wit(name: str) -> None:
    made = label(name)
    assert (made is None) == (not name.strip("_"))
    assert made is None or is_identifier(made)


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("exact", "exact"),
        ("GET", "GET"),
        ("ignore case", "ignore-case"),
        ("Mixed-Case", "mixed-case"),
        ("C++", None),
        ("1st", None),
        ("", None),
    ],
)
def test_a_text_that_can_be_a_name_stays_as_it_is(text: str, made: str | None) -> None:
    assert text_label(text) == made


@given(st.text(max_size=8))
def test_every_label_of_a_text_is_a_name_in_wit(text: str) -> None:
    made = text_label(text)
    assert made is None or is_identifier(made)


def test_classes_of_the_bindings_are_named_in_camel_case() -> None:
    assert camel("prose-or-table") == "ProseOrTable"
    assert camel("x-1") == "X1"


def test_keywords_of_python_with_an_underscore_lose_it() -> None:
    assert [label(f"{word}_") for word in keyword.kwlist if word.islower()] == [
        word for word in keyword.kwlist if word.islower()
    ]
