from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import json_values, texts
from wasmflow.manifest.connection import connect, format_connection, format_end
from wasmflow.manifest.model import Connection, End, Role
from wasmflow.manifest.term import Misread, parse_line

FLOW, INSTANCE, LITERAL, DROP = Role.FLOW, Role.INSTANCE, Role.LITERAL, Role.DROP


def ends(line: str, *instances: str) -> list[tuple[End, End]]:
    return connect(parse_line(line), set(instances))


def problem(line: str, *instances: str) -> str:
    with pytest.raises(Misread) as caught:
        ends(line, *instances)
    return str(caught.value.problem)


@pytest.mark.parametrize(
    ("line", "source", "target"),
    [
        ("ref1.in -> ref2.out", End(INSTANCE, "ref1", "in"), End(INSTANCE, "ref2", "out")),
        ("5 -> ref2.out", End(LITERAL, literal=5), End(INSTANCE, "ref2", "out")),
        ("<>.in->ref2.out", End(FLOW, port="in"), End(INSTANCE, "ref2", "out")),
        ("ref1.in-><>.out", End(INSTANCE, "ref1", "in"), End(FLOW, port="out")),
        ('"default"->ref1.port', End(LITERAL, literal="default"), End(INSTANCE, "ref1", "port")),
        ('"1234512345" -> <>.output', End(LITERAL, literal="1234512345"), End(FLOW, port="output")),
    ],
)
def test_the_known_answers_of_the_original_hold(line: str, source: End, target: End) -> None:
    assert ends(line) == [(source, target)]


def test_a_missing_port_is_left_to_the_graph_which_knows_the_candidates() -> None:
    # The original took the other side's port here: "ref1.port-><>" and "<> -> ref1.port".
    assert ends("ref1.port-><>") == [(End(INSTANCE, "ref1", "port"), End(FLOW))]
    assert ends("<> -> ref1.port") == [(End(FLOW), End(INSTANCE, "ref1", "port"))]
    assert ends("a -> b") == [(End(INSTANCE, "a"), End(INSTANCE, "b"))]


def test_a_chain_is_several_connections() -> None:
    a, b, c = (End(INSTANCE, name) for name in "abc")
    assert ends("<> -> a -> b -> c -> <>.x") == [
        (End(FLOW), a),
        (a, b),
        (b, c),
        (c, End(FLOW, port="x")),
    ]


def test_input_and_output_are_other_names_of_the_flow() -> None:
    assert ends("<input>.a -> <output>.b") == [(End(FLOW, port="a"), End(FLOW, port="b"))]


def test_an_instance_wins_over_a_constant_of_its_name() -> None:
    assert ends("true -> a") == [(End(LITERAL, literal=True), End(INSTANCE, "a"))]
    assert ends("true -> a", "true") == [(End(INSTANCE, "true"), End(INSTANCE, "a"))]
    assert ends("1.5 -> a", "1") == [(End(INSTANCE, "1", "5"), End(INSTANCE, "a"))]
    assert ends("a -> 5", "5") == [(End(INSTANCE, "a"), End(INSTANCE, "5"))]


def test_drop_is_a_sink_unless_an_instance_has_that_name() -> None:
    assert ends("a.x -> drop") == [(End(INSTANCE, "a", "x"), End(DROP))]
    assert ends("a.x -> drop.y", "drop") == [(End(INSTANCE, "a", "x"), End(INSTANCE, "drop", "y"))]


def test_the_error_port_is_a_source_and_has_parts() -> None:
    assert ends("a.<error>.message -> <>")[0][0] == End(INSTANCE, "a", "<error>", ("message",))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a -> 5", "a constant takes nothing. Hint: constants stand on the left of '->'"),
        ('a -> "x"', "a constant takes nothing"),
        ("a -> 5 -> b", "a constant can only begin a chain"),
        ("a -> <> -> b", "the flow itself can only begin or end a chain"),
        ("a -> drop -> b", "'drop' can only end a chain"),
        ("a -> b.x -> c", "'b.x' takes and gives here, on one port. Hint: write two connections"),
        ("drop -> a", "'drop' gives nothing"),
        ("a -> drop.x", "'drop' has no ports"),
        ("<output> -> a", "the flow's output gives nothing"),
        ("a -> <input>", "the flow's input takes nothing"),
        ("a -> b.<error>", "<error> gives failures and takes none"),
        ("a -> b.x.y", "a path leads into what is sent"),
        ("<>.<error> -> a", "the flow itself has no <error>"),
        ('<>."a b" -> a', "a port of the flow cannot be called 'a b'"),
        ('a."" -> b', "there cannot be a port ''"),
        ('a -> b."<x>"', "there cannot be a port '<x>'"),
        ("<core>.a -> b", "there is no <core>. Hint: a component has its own clock"),
        ("<link>.a -> b", "there is no <link>. Hint: name the collection under 'external'"),
        ("<error> -> b", "there is no <error>. Hint: write the instance before it"),
        ("<foo> -> b", "there is no <foo>. Hint: write <>"),
    ],
)
def test_what_cannot_stand_where_it_stands_is_told(line: str, message: str) -> None:
    assert problem(line).startswith(message)


names = (
    st.lists(st.text(alphabet="abZ_09", min_size=1, max_size=3), min_size=1, max_size=3)
    .map("-".join)
    .map(lambda name: f"x{name}")
)
ports = names | texts.filter(lambda name: name and not name.startswith("<"))


@st.composite
def connections(draw: st.DrawFn) -> Connection:
    path = st.lists(names | texts, max_size=3).map(tuple)
    outputs = ports | st.just("<error>")
    sources = (
        st.builds(End, st.just(LITERAL), literal=json_values)
        | st.builds(End, st.just(FLOW), port=st.none())
        | st.builds(End, st.just(FLOW), port=names, path=path)
        | st.builds(End, st.just(INSTANCE), names, outputs, path)
        | st.builds(End, st.just(INSTANCE), names)
    )
    targets = (
        st.just(End(DROP))
        | st.builds(End, st.just(FLOW), port=st.none() | names)
        | st.builds(End, st.just(INSTANCE), names, st.none() | ports)
    )
    return Connection(draw(sources), draw(targets))


@given(connections())
def test_what_is_printed_is_read_back(connection: Connection) -> None:
    line = format_connection(connection)
    assert ends(line) == [(connection.source, connection.target)]


def test_names_are_printed_with_quotes_where_they_need_them() -> None:
    end = End(INSTANCE, "a", "output", ("user", "first name", "0", 'q"', "", "ö"))
    assert format_end(end) == 'a.output.user."first name".0."q\\"".""."ö"'
    assert format_end(replace(end, port="<error>", path=("message",))) == "a.<error>.message"
