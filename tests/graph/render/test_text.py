from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.graph import components
from tests.graph.render.drawn import EVERYTHING, HELLO, HOSTILE, NOTHING, any_graph
from wasmflow.graph.graph import Graph
from wasmflow.graph.render import Page, render
from wasmflow.graph.render.spelling import width

WIDE = """\
hello(first_name: string, last_name: string) -> string
Greets somebody by name.

                       ┌─ join ─────────┐
                       │ text::concat   │
first_name: string ───▶│ left: string   │   ┌─ greet ──────────────┐
 last_name: string ───▶│ right: string  │   │ text::greet          │
                       │ output: string ├──▶│ name: string         │
                       └────────────────┘   │ salutation = "Hello" │
                                            │       output: string ├──▶ output: string
                                            └──────────────────────┘
"""
NARROW = """\
hello(first_name: string, last_name:
    string) -> string
Greets somebody by name.

first_name: string ───────╮
last_name: string ────────│─╮
                          │ │
┌─ join ───────────────┐  │ │
│ text::concat         │  │ │
│ left: string         │◀─╯ │
│ right: string        │◀───╯
│       output: string ├──╮
└──────────────────────┘  │
┌─ greet ──────────────┐  │
│ text::greet          │  │
│ name: string         │◀─╯
│ salutation = "Hello" │
│       output: string ├──╮
└──────────────────────┘  │
                          │
output: string ◀──────────╯
"""


def test_a_graph_is_drawn_from_left_to_right_if_that_fits() -> None:
    assert render(HELLO, "text", Page(100)) == WIDE


def test_the_types_of_the_flows_own_ports_are_left_to_the_head_if_that_makes_it_fit() -> None:
    drawing = render(HELLO, "text", Page(80))
    assert "first_name ───▶│ left: string   │" in drawing
    assert max(map(len, drawing.splitlines())) <= 80


def test_a_graph_is_else_drawn_from_top_to_bottom() -> None:
    assert render(HELLO, "text", Page(40)) == NARROW


PERSON = "output: record {first-name: string, age: u32}"


@pytest.mark.parametrize("columns", [70, 160])
def test_nothing_is_cut_off_where_there_is_room(columns: int) -> None:
    lines = "<>.id -> text::find[a] -> <>.one\na.age -> text::find[b] -> <>.two"
    drawing = render(components.graph(lines), "text", Page(columns))
    assert f"{PERSON} ├" in drawing
    assert max(map(len, drawing.splitlines())) <= columns


@pytest.mark.parametrize("columns", [38, 42, 46])
def test_of_rows_that_are_too_long_as_much_is_shown_as_fits(columns: int) -> None:
    drawn = render(
        components.graph("<>.id -> text::find[a] -> <>"), "text", Page(columns)
    ).splitlines()
    (row,) = (line for line in drawn if "│ output: rec" in line)
    assert "…" in row
    assert max(map(len, drawn)) == columns


def test_everything_there_is_to_know_is_drawn() -> None:
    drawing = render(EVERYTHING, "text", Page(200))
    for text in (
        "text::split, tried 3 times",
        "<error>.message: string ├",
        'title: string or "none"',
        "output: string dropped",
        'name = "Doe & <Sons>"',
        "limit?: u32 = 3 ──",
        "head: string │",
    ):
        assert text in drawing


def test_plain_ascii_is_drawn_when_asked() -> None:
    for graph in (HELLO, EVERYTHING, HOSTILE):
        for columns in (200, 40):
            assert render(graph, "text", Page(columns, ascii_only=True)).isascii()


def test_nothing_that_a_name_or_constant_holds_commands_the_terminal() -> None:
    drawing = render(HOSTILE, "text", Page(200))
    assert re.search(r"[^\n -~─-╿▶◀…]", drawing.replace("é", "").replace("漢字", "")) is None


def test_wide_characters_take_up_two_columns() -> None:
    lines = render(HOSTILE, "text", Page(200)).splitlines()[2:]
    assert {width(line) for line in lines if line.endswith(("│", "┐", "┘"))} == {width(lines[0])}


def test_colours_are_all_that_colour_adds() -> None:
    coloured = render(EVERYTHING, "text", Page(120, colour=True))
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9]*m", "", coloured) == render(EVERYTHING, "text", Page(120))


def test_a_flow_without_anything_is_its_signature() -> None:
    assert render(NOTHING, "text") == "nothing()\n"


@settings(deadline=None, max_examples=50)
@given(any_graph(), st.sampled_from([60, 300]))
def test_every_instance_and_port_is_drawn(graph: Graph, columns: int) -> None:
    drawing = render(graph, "text", Page(columns))
    for node in graph.nodes:
        assert f"┌─ {node.name} ─" in drawing
        assert f"│ {node.id} " in drawing
    for port in (*graph.signature.inputs, *graph.signature.outputs):
        assert re.search(rf"\b{port.name}\b", drawing)
