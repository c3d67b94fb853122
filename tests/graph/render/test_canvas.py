from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings

from tests.graph.render.drawn import any_graph
from wasmflow.graph.graph import Graph
from wasmflow.graph.render.across import draw_across
from wasmflow.graph.render.canvas import Canvas, Style
from wasmflow.graph.render.down import draw_down
from wasmflow.graph.render.scene import Scene, compose

ACROSS, ALONG = 2 | 8, 1 | 4


def test_pieces_of_one_line_join() -> None:
    canvas = Canvas()
    canvas.across(0, 0, 2, line=1)
    canvas.along(2, 0, 2, line=1)
    canvas.across(1, 2, 4, line=1)
    canvas.across(2, 2, 4, line=1)
    assert canvas.show() == "──╮\n  ├──\n  ╰──\n"


def test_different_lines_cross_without_joining() -> None:
    canvas = Canvas()
    canvas.across(1, 0, 2, line=1)
    canvas.along(1, 0, 2, line=2)
    assert canvas.show() == " │\n─│─\n │\n"


def test_text_stands_on_top_of_lines() -> None:
    canvas = Canvas()
    canvas.across(0, 0, 4, line=1)
    canvas.write(0, 2, "▶")
    assert canvas.show(ascii_only=True) == "-->--\n"


def test_a_style_lasts_as_long_as_its_text() -> None:
    canvas = Canvas()
    end = canvas.write(0, 0, "a", Style.TITLE)
    canvas.write(0, end, "b")
    assert canvas.show(colour=True) == "\x1b[1ma\x1b[0mb\n"
    assert canvas.show() == "ab\n"


def test_an_empty_page_is_empty() -> None:
    assert Canvas().show() == ""


@pytest.mark.parametrize("draw", [draw_across, draw_down])
@settings(deadline=None, max_examples=60)
@given(graph=any_graph())
def test_lines_of_a_drawing_never_share_a_stretch(
    draw: Callable[[Scene, Canvas], int], graph: Graph
) -> None:
    """Where two lines are in one cell, one of them goes straight across and the other straight along."""
    canvas = Canvas()
    draw(compose(graph), canvas)
    for lines in canvas._lines.values():
        if len(lines) > 1:
            assert sorted(lines.values()) == sorted((ALONG, ACROSS)), lines
