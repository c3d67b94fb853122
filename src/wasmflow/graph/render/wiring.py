"""A layout in pixels: the columns of its layers, and the lines between them along tracks.

`svg` draws with it. The heights of the layout are units of a grid, on which everything stands, so that
lines are either apart or on one row, and never nearly so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, TypeAlias

from wasmflow.graph.render.layout import Hop, Layout, Link
from wasmflow.graph.render.tracks import Bend, Crossing, assign_tracks

#: Pixels of a unit of height.
UNIT: Final = 10
#: Pixels from a box to the first track at its right, and from the last track to the next box.
LEAVING, ARRIVING = 18, 24
#: Pixels from track to track; less where all together would be wider than that.
TRACK, NARROWEST, WIDEST = 12, 3, 480
#: From this many lines between two layers on, nobody can follow one: they share tracks.
MANY: Final = 400
#: Of the corners of lines.
RADIUS: Final = 6

Point: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Passage:
    """A line through the gap before a layer."""

    layer: int
    start: int
    #: The row where each link leaves it, or where the line goes on (`None`).
    ends: Mapping[int | None, int]
    #: Where it turns, and the row to which; the last turn is to the end.
    turns: Sequence[tuple[int, int]]


class Wiring:
    """The columns of a layout whose layers have these widths, and the lines of its links."""

    def __init__(self, layout: Layout, links: Sequence[Link], widths: Sequence[int]) -> None:
        self._layout = layout
        self._links = links
        #: Each line, by where it begins.
        self._lines: dict[tuple[int, int], list[_Passage]] = {}
        #: Where each layer begins and ends.
        self.lefts: list[int] = []
        self.rights: list[int] = []
        hops: list[list[Hop]] = [[] for _ in widths]
        for hop in layout.hops:
            hops[hop.layer].append(hop)
        for width, before in zip(widths, hops, strict=True):
            self._add_layer(width, before)

    def _add_layer(self, width: int, hops: Sequence[Hop]) -> None:
        """A layer as wide as that, after a gap that is as wide as its lines need."""
        bends = _bends(hops)
        tracks = max((bend.track + 1 for bend in bends), default=0)
        step = min(TRACK, max(NARROWEST, WIDEST // max(tracks, 1)))
        start = self.rights[-1] if self.rights else 0
        turns: list[list[tuple[int, int]]] = [[] for _ in hops]
        for bend in sorted(bends, key=lambda each: each.track):
            place = start + LEAVING + bend.track * step
            turns[bend.line].append((place, bend.crossing.leaves[0]))
        for hop, places in zip(hops, turns, strict=True):
            link = self._links[hop.link]
            passage = _Passage(hop.layer, hop.start, {n: row for row, n in hop.ends}, places)
            self._lines.setdefault((link.source, link.leaves), []).append(passage)
        gap = LEAVING + max(tracks - 1, 0) * step + ARRIVING if self.rights else 0
        self.lefts.append(start + gap)
        self.rights.append(start + gap + width)

    def line(self, number: int) -> list[Point]:
        """The points of a link, from box to box: first to last, and where it turns between them."""
        link = self._links[number]
        points: list[Point] = []
        for passage in self._lines[link.source, link.leaves]:
            if passage.layer <= self._layout.layers[link.target]:
                points += self._across(passage, number)
        return list(_turns(points))

    def _across(self, passage: _Passage, number: int) -> Iterator[Point]:
        row, end = passage.start, passage.ends[number if number in passage.ends else None]
        yield self.rights[passage.layer - 1], row * UNIT
        for turn, (place, after) in enumerate(passage.turns, 1):
            yield place, row * UNIT
            row = end if turn == len(passage.turns) else after
            yield place, row * UNIT
        yield self.lefts[passage.layer], end * UNIT


def _bends(hops: Sequence[Hop]) -> list[Bend]:
    crossings = [Crossing(hop.start, tuple(row for row, _ in hop.ends)) for hop in hops]
    if len(crossings) < MANY:
        return assign_tracks(crossings)
    tracks = WIDEST // NARROWEST
    return [Bend(n, each, n % tracks) for n, each in enumerate(crossings) if not each.straight]


def _turns(points: Iterable[Point]) -> Iterator[Point]:
    """The first and the last point, and those between them at which the direction changes."""
    distinct = [point for point, _ in groupby(points)]
    yield distinct[0]
    for before, point, after in zip(distinct, distinct[1:], distinct[2:], strict=False):
        if not (before[0] == point[0] == after[0] or before[1] == point[1] == after[1]):
            yield point
    yield distinct[-1]


def rounded(points: Sequence[Point]) -> str:
    """Points as the data of an SVG path that goes round its corners."""
    pieces = [f"M{_spelled(points[0])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(RADIUS, _apart(before, corner) // 2, _apart(corner, after) // 2)
        start, end = _towards(corner, before, radius), _towards(corner, after, radius)
        pieces.append(f"L{_spelled(start)}Q{_spelled(corner)} {_spelled(end)}")
    return "".join([*pieces, f"L{_spelled(points[-1])}"])


def _towards(start: Point, end: Point, distance: int) -> Point:
    """The point so far from one on a level or upright line to another."""
    across, down = (((b > a) - (b < a)) * distance for a, b in zip(start, end, strict=True))
    return start[0] + across, start[1] + down


def _apart(a: Point, b: Point) -> int:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _spelled(point: Point) -> str:
    return f"{point[0]} {point[1]}"
