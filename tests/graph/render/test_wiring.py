from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings

from tests.graph.render.test_layout import drawings
from wasmflow.graph.render import wiring
from wasmflow.graph.render.layout import Link, Shape, Where, arrange
from wasmflow.graph.render.wiring import UNIT, Wiring, rounded

Drawing = tuple[list[Shape], list[Link]]
BOX = Shape(4, 1, Where.BETWEEN)


@settings(deadline=None)
@given(drawings())
def test_every_line_runs_level_and_upright_from_its_start_to_its_end(drawing: Drawing) -> None:
    shapes, links = drawing
    layout = arrange(shapes, links)
    wired = Wiring(layout, links, [30] * layout.width)
    for number, link in enumerate(links):
        points = wired.line(number)
        source, target = layout.layers[link.source], layout.layers[link.target]
        leaves, arrives = (
            layout.tops[link.source] + link.leaves,
            layout.tops[link.target] + link.arrives,
        )
        assert points[0] == (wired.rights[source], leaves * UNIT)
        assert points[-1] == (wired.lefts[target], arrives * UNIT)
        for (x, y), (to_x, to_y) in pairwise(points):
            assert (x < to_x and y == to_y) or (x == to_x and y != to_y)


@settings(deadline=None)
@given(drawings())
def test_lines_that_begin_apart_never_share_a_stretch(drawing: Drawing) -> None:
    shapes, links = drawing
    links = list({(link.target, link.arrives): link for link in links}.values())  # no fan-in
    layout = arrange(shapes, links)
    wired = Wiring(layout, links, [30] * layout.width)
    drawn: dict[tuple[int, int, bool], tuple[int, int]] = {}
    for number, link in enumerate(links):
        for (x, y), (to_x, to_y) in pairwise(wired.line(number)):
            level = y == to_y
            start, end = sorted((x, to_x) if level else (y, to_y))
            for place in range(start, end):
                piece = (place, y, level) if level else (x, place, level)
                assert drawn.setdefault(piece, (link.source, link.leaves)) == (
                    link.source,
                    link.leaves,
                )


def test_a_gap_is_as_wide_as_its_lines_need() -> None:
    straight = [Link(0, row, 1, row) for row in range(4)]
    crossing = [Link(0, row, 1, 3 - row) for row in range(4)]
    widths = []
    for links in (straight, crossing):
        layout = arrange([BOX] * 2, links)
        wired = Wiring(layout, links, [30] * layout.width)
        widths.append(wired.lefts[-1] - wired.rights[0])
    assert widths[0] < widths[1]


def test_lines_beyond_counting_share_tracks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "MANY", 4)
    shapes = [BOX] * 600
    links = [Link(each, 1, 599 - each, 2) for each in range(300)]
    layout = arrange(shapes, links)
    wired = Wiring(layout, links, [30] * layout.width)
    assert wired.lefts[1] - wired.rights[0] < 600


def test_a_path_goes_round_its_corners_as_wide_as_there_is_room() -> None:
    assert rounded([(0, 0), (20, 0), (20, 8), (40, 8)]) == "M0 0L16 0Q20 0 20 4L20 4Q20 8 24 8L40 8"
    assert rounded([(0, 5), (9, 5)]) == "M0 5L9 5"
