from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasmflow.manifest.term import MAX_LINE, Misread, Term, parse_end, parse_line
from wasmflow.packet import EMPTY
from wasmflow.problem import NOWHERE, Place, Problem


def locate(offset: int) -> Place:
    return Place("f", 1, offset + 1)


def misread(line: str) -> Problem:
    with pytest.raises(Misread) as caught:
        parse_line(line, locate)
    return caught.value.problem


def term(text: str) -> Term:
    return parse_end(text)


@pytest.mark.parametrize(
    ("text", "name", "port", "path"),
    [
        ("a", "a", None, ()),
        ("<>", "<>", None, ()),
        ("<>.foo", "<>", "foo", ()),
        ("ref.foo", "ref", "foo", ()),
        ("<input>.foo", "<input>", "foo", ()),
        ("a.first-name", "a", "first-name", ()),
        ("a.output.user.0", "a", "output", ("user", "0")),
        ('a.output."first name"."q\\"\\u00e9".x', "a", "output", ("first name", 'q"é', "x")),
        ('m."any key"', "m", "any key", ()),
        ("a.<error>", "a", "<error>", ()),
        ("a.<error>.message", "a", "<error>", ("message",)),
        ("007.x", "007", "x", ()),
        (" a.b ", "a", "b", ()),
    ],
)
def test_an_end_has_an_instance_a_port_and_a_path(
    text: str, name: str, port: str | None, path: tuple[str, ...]
) -> None:
    found = term(text)
    assert (found.name, found.port, found.path, found.literal) == (name, port, path, EMPTY)


@pytest.mark.parametrize(
    ("text", "name", "component", "port"),
    [
        ("text::greet[g].name", "g", ("text", "greet"), "name"),
        ("text::greet[]", "", ("text", "greet"), None),
        ("self::hello[a-b].x", "a-b", ("self", "hello"), "x"),
        ("text::api.greet[g].name", "g", ("text", "api.greet"), "name"),
        ("text::demo:text/api@1.0.0.greet[]", "", ("text", "demo:text/api@1.0.0.greet"), None),
        ("a::b::c[]", "", ("a", "b::c"), None),
    ],
)
def test_an_instance_can_be_written_in_its_place(
    text: str, name: str, component: tuple[str, str], port: str | None
) -> None:
    found = term(text)
    assert (found.name, found.component, found.port) == (name, component, port)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"Hello"', "Hello"),
        ('"a -> b"', "a -> b"),
        ('"\\"->\\""', '"->"'),
        ('{"a": ["->", {"]": 1}]}', {"a": ["->", {"]": 1}]}),
        ("[]", []),
        ("-1.5e3", -1500.0),
        ("18446744073709551615", 2**64 - 1),
        ("null", None),
    ],
)
def test_json_is_a_constant(text: str, value: object) -> None:
    first, second = parse_line(f"{text} -> a.b")
    assert (first.literal, first.text, second.name) == (value, text, "a")


@pytest.mark.parametrize(
    ("text", "name", "port"), [("5", "5", None), ("true", "true", None), ("1.5", "1", "5")]
)
def test_what_is_json_and_a_name_is_both_until_the_instances_are_known(
    text: str, name: str, port: str | None
) -> None:
    found = term(text)
    assert (found.name, found.port) == (name, port)
    assert found.literal is not EMPTY


def test_a_chain_has_as_many_terms_as_it_names() -> None:
    terms = parse_line("a -> b->c  ->d", locate)
    assert [(each.name, each.place.column) for each in terms] == [
        ("a", 1),
        ("b", 6),
        ("c", 9),
        ("d", 14),
    ]


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [
        ("", 1, "this is empty"),
        ("  ", 3, "this is empty"),
        ("a.b", 4, "a connection needs '->'"),
        ("-> b", 1, "something must stand before '->'"),
        ("a ->", 5, "something must stand after '->'"),
        ("a -> -> b", 6, "something must stand before '->'"),
        ("a.b => c.d", 5, "'=>' is of version 0"),
        ("a[b] => c", 2, "a port stands after a point, not in brackets"),
        ("a.b → c", 5, "'->' must follow here, not '→ c'"),
        ("a.b c -> d", 5, "'->' must follow here, not 'c -> d'"),
        ("a. -> b", 2, "a name must follow this point"),
        ("a..b -> c", 2, "a name must follow this point"),
        ('a."b -> c', 3, "this quote is never closed"),
        ('"a -> b', 1, "this quote is never closed"),
        ("[1 -> b", 1, "this bracket is never closed"),
        ('{"a" -> b.c', 1, "this bracket is never closed"),
        (
            '{"a": 1, "a": 2} -> b',
            1,
            "this constant cannot be read: key 'a' stands twice in one object",
        ),
        ('"a".b -> c', 4, "'->' must follow this constant"),
        ("'a' -> b", 1, "a constant is JSON, with double quotes"),
        ("? -> b", 1, "'? -> b' is no end of a connection"),
        ("text::greet -> b", 1, "'text::greet' is a component, not an instance of one"),
        ("text::greet.name -> b", 1, "'text::greet.name' is a component, not an instance of one"),
        ("text::greet[a b] -> b", 13, "there cannot be an instance of that name"),
        ("a.output.<error> -> b", 10, "<error> cannot be part of a path"),
        ('a."\\x" -> b', 3, "this name cannot be read: not JSON"),
        ("<a -> b", 1, "'<a -> b' is no end of a connection"),
    ],
)
def test_a_mistake_is_told_where_it_is(line: str, column: int, message: str) -> None:
    problem = misread(line)
    assert problem.message.startswith(message)
    assert problem.place == Place("f", 1, column)


def test_hints_say_what_to_write() -> None:
    assert misread("a.b => c").hint == "write '->'"
    assert misread("ref1[in] -> b").hint == "write ref1.PORT"
    assert misread("a.b - > c").hint == "the arrow is written '->'"
    assert misread("text::greet -> b").hint.startswith(
        "put brackets after the component: text::greet[]"
    )


def test_an_end_is_not_a_connection() -> None:
    with pytest.raises(Misread, match="whole connection"):
        parse_end("a -> b")


def test_a_very_long_line_is_refused() -> None:
    assert "at most 65,536 characters" in misread("a->" * MAX_LINE).message


@pytest.mark.parametrize(
    "line", ["[" * 60_000, '{"a":' * 12_000, '["' * 30_000, "a" * 60_000, '"\\' * 30_000]
)
def test_hostile_lines_are_refused_in_linear_time(line: str) -> None:
    assert misread(line).message


@given(st.text() | st.text(alphabet="ab<>-.:[]{}\"'\\ 0,e=!", max_size=40))
def test_any_text_is_terms_or_a_problem(line: str) -> None:
    terms: tuple[Term, ...] = ()
    with suppress(Misread):
        terms = parse_line(line)
    assert len(terms) != 1
    assert all(each.name or each.component or each.literal is not EMPTY for each in terms)
    assert all(each.place == NOWHERE for each in terms)
