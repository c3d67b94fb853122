from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import types
from wasmflow.types import model as wit
from wasmflow.types.model import Part
from wasmflow.types.wit import (
    KEYWORDS,
    Function,
    Resource,
    describe,
    format_definition,
    format_interface,
    format_type,
    identifier,
    is_identifier,
    kebab,
    parse_type,
    spell_out,
)

POINT = wit.Record((Part("x", wit.F64), Part("y", wit.F64)), "point")
SHAPE = wit.Variant(
    (Part("circle", wit.F32), Part("path", wit.List(POINT)), Part("none", None)), "shape"
)


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        ("first_name", "first-name"),
        ("firstName", "first-name"),
        ("FirstName", "first-name"),
        ("HTTPServer2", "http-server2"),
        ("HTTP-get", "HTTP-get"),
        ("a_1", "a-1"),
        ("__x__", "x"),
        ("1st", "x1st"),
        ("größe", "gr-e"),
        ("😀", "x"),
        ("list", "list"),
    ],
)
def test_names_of_other_languages_have_a_spelling_in_wit(name: str, spelled: str) -> None:
    assert kebab(name) == spelled


@given(st.text() | st.from_regex(r"[A-Za-z_][A-Za-z0-9_]*", fullmatch=True))
def test_every_name_becomes_an_identifier(name: str) -> None:
    word = identifier(name).removeprefix("%")
    assert is_identifier(word)
    assert kebab(word) == word


def test_keywords_are_escaped() -> None:
    assert identifier("list") == "%list"
    assert identifier("lists") == "lists"
    assert all(is_identifier(word) for word in KEYWORDS)


def test_people_read_named_types_by_their_names() -> None:
    type_ = wit.Result(wit.List(POINT), wit.Option(wit.Record((Part("list", wit.ANY),))))
    assert format_type(type_) == "result<list<point>, option<record {list: any}>>"
    assert spell_out(wit.List(POINT)) == "list<record {x: f64, y: f64}>"
    assert format_type(None) == "any"


def test_in_messages_long_types_are_cut() -> None:
    type_ = parse_type(f"enum {{{', '.join(f'case-{i}' for i in range(50))}}}")
    assert len(describe(type_)) == 60
    assert describe(type_).endswith("…")


def test_a_definition_takes_a_line_for_each_part() -> None:
    assert format_definition(SHAPE) == (
        "variant shape {\n    circle(f32),\n    path(list<point>),\n    none,\n}"
    )


def test_an_interface_declares_types_before_it_uses_them() -> None:
    functions = [
        Function("area", (Part("of", SHAPE), Part("list", wit.Flags(("fast",), "type"))), wit.F64),
        Function("reset", docs="Forgets everything.\n\nTwice."),
    ]
    assert format_interface("geometry", functions, "Shapes.", {"point": "A place."}) == (
        """\
/// Shapes.
interface geometry {
    /// A place.
    record point {
        x: f64,
        y: f64,
    }

    variant shape {
        circle(f32),
        path(list<point>),
        none,
    }

    flags %type {
        fast,
    }

    area: func(of: shape, %list: %type) -> f64;

    /// Forgets everything.
    ///
    /// Twice.
    reset: func();
}
"""
    )


def test_an_interface_without_functions_is_empty() -> None:
    assert format_interface("nothing", []) == "interface nothing {\n}\n"


def test_types_without_a_name_get_one_from_where_they_stand() -> None:
    anonymous = parse_type("record {color: option<enum {red}>}")
    text = format_interface("i", [Function("paint", (Part("with", anonymous),), anonymous)])
    assert re.findall(r"(?:record|enum) (\S+) {", text) == ["paint-with-color", "paint-with"]
    assert "paint: func(%with: paint-with) -> paint-with;" in text


def test_two_types_of_one_name_and_functions_of_that_name_stay_apart() -> None:
    other = wit.Enum(("a",), "point")
    functions = [Function("shape", (Part("a", POINT), Part("b", other)), SHAPE)]
    text = format_interface("i", functions)
    assert re.findall(r"(?:record|enum|variant) (\S+) {", text) == ["point", "point-2", "shape-2"]
    assert "shape: func(a: point, b: point-2) -> shape-2;" in text


def test_a_resource_is_printed_with_its_constructor_and_its_methods() -> None:
    push = Function("push", (Part("item", POINT),), wit.Result(None, wit.STRING), "One more.")
    finish = Function("finish", (), wit.Option(SHAPE))
    parameters = (Part("from", wit.Option(POINT)),)
    stream = Resource("stream", parameters, (push, finish), "Counts.", wit.STRING)
    text = format_interface("i", [stream, Resource("plain")])
    assert text.partition("none,\n    }\n\n")[2] == (
        """\
    /// Counts.
    resource %stream {
        constructor(%from: option<point>) -> result<%stream, string>;
        /// One more.
        push: func(item: point) -> result<_, string>;
        finish: func() -> option<shape>;
    }

    resource plain {
        constructor();
    }
}
"""
    )


def test_any_keeps_its_name_whatever_else_is_called_so() -> None:
    mine = wit.Enum(("a",), "any")
    text = format_interface("i", [Function("f", (Part("a", mine), Part("b", wit.ANY)))])
    assert "record any {\n        json: string,\n    }" in text
    assert "f: func(a: any-2, b: any);" in text


def test_docs_hold_nothing_that_readers_of_wit_refuse() -> None:
    text = format_interface("i", [Function("f", docs="a\x00b\u202ec\x1b\r\n\td\ud800")])
    assert "    /// abc\n    /// d\n" in text


@given(st.lists(types(), max_size=4))
def test_every_interface_declares_all_that_it_mentions_once(parts: list[wit.Type]) -> None:
    functions = [Function("f", tuple(Part(f"p{i}", type_) for i, type_ in enumerate(parts)))]
    text = format_interface("i", functions)
    declared = re.findall(r"(?:record|variant|enum|flags) %?(\S+) {", text)
    assert len(set(declared)) == len(declared)
    inside = re.findall(r"^ {8}\S+: (.*),$|^ {8}[^( ]+\((.*)\),$|^ {4}f: func(.*);$", text, re.M)
    named = re.sub(r"%?[\w-]+: |->", "", " ".join(map("".join, inside)))
    builtin = {scalar.value for scalar in wit.Scalar} | {"list", "option", "tuple", "result", "_"}
    assert {word.removeprefix("%") for word in re.findall(r"%?[\w-]+", named)} <= builtin | {
        *declared
    }
