"""A graph as text, drawn from top to bottom: boxes below each other, lines in lanes at their right.

It fits any width and any number of instances.
"""

from __future__ import annotations

import heapq
from bisect import bisect, insort
from collections.abc import Sequence
from dataclasses import dataclass

from wasmflow.graph.order import followers
from wasmflow.graph.render.boxes import HEAD, draw_frame, draw_row, frame_width, row_width
from wasmflow.graph.render.canvas import Canvas, Style
from wasmflow.graph.render.scene import Box, Kind, Pin, Scene, Side


@dataclass(frozen=True, slots=True)
class _Lane:
    """A line: the row where it begins, and those where it ends."""

    start: int
    ends: tuple[int, ...]
    failures: bool

    @property
    def last(self) -> int:
        return max(self.ends)


def draw_down(scene: Scene, canvas: Canvas) -> int:
    """Draw a scene, and return how many columns that took."""
    order = _order(scene)
    tops = _tops(scene.boxes, order)
    right = max((_width(box) for box in scene.boxes), default=0)
    lanes = _lanes(scene, tops)
    columns = _assign(lanes)
    edges: dict[int, int] = {}
    for index in order:
        edges |= _draw_box(canvas, scene.boxes[index], tops[index], right)
    for pin in {edge.source for edge in scene.edges}:
        if scene.boxes[pin.box].kind is Kind.NODE:
            canvas.write(tops[pin.box] + HEAD + pin.row, right - 1, "├")
    for number, (lane, column) in enumerate(zip(lanes, columns, strict=True)):
        _draw_lane(canvas, number, lane, right + 2 + 2 * column, edges)
    return right + 2 + 2 * max(columns, default=-1) + 1


def _order(scene: Scene) -> list[int]:
    """Inputs, nodes, outputs; of the nodes that could come next, the one fed by the nearest above."""
    before: list[set[int]] = [set() for _ in scene.boxes]
    for edge in scene.edges:
        before[edge.target.box].add(edge.source.box)
    after = followers(before)
    waiting = [len(each) for each in before]
    kinds = [box.kind for box in scene.boxes]
    ready = [(0, i) for i, count in enumerate(waiting) if count == 0 and kinds[i] is Kind.NODE]
    order = [i for i, kind in enumerate(kinds) if kind is Kind.INPUT]
    released = [each for i in order for each in after[i]]
    while ready or released:
        for each in released:
            waiting[each] -= 1
            if waiting[each] == 0 and kinds[each] is Kind.NODE:
                heapq.heappush(ready, (-len(order), each))
        released = []
        if ready:
            _, box = heapq.heappop(ready)
            order.append(box)
            released = after[box]
    return order + [i for i, kind in enumerate(kinds) if kind is Kind.OUTPUT]


def _tops(boxes: Sequence[Box], order: Sequence[int]) -> dict[int, int]:
    """The first row of each box; a free row where nodes begin and end."""
    tops: dict[int, int] = {}
    row, last = 0, Kind.INPUT
    for index in order:
        kind = boxes[index].kind
        if kind is not last:
            row, last = row + (row > 0), kind
        tops[index] = row
        row += len(boxes[index].rows) + (HEAD + 1 if kind is Kind.NODE else 0)
    return tops


def _width(box: Box) -> int:
    if box.kind is Kind.NODE:
        return frame_width(box)
    return max(map(row_width, box.rows), default=0)


def _lanes(scene: Scene, tops: dict[int, int]) -> list[_Lane]:
    def row_of(pin: Pin) -> int:
        head = HEAD if scene.boxes[pin.box].kind is Kind.NODE else 0
        return tops[pin.box] + head + pin.row

    lines: dict[Pin, list[int]] = {}
    failures: dict[Pin, bool] = {}
    for edge in scene.edges:
        lines.setdefault(edge.source, []).append(row_of(edge.target))
        failures[edge.source] = edge.failures
    return [_Lane(row_of(pin), tuple(ends), failures[pin]) for pin, ends in lines.items()]


def _assign(lanes: Sequence[_Lane]) -> list[int]:
    """A column for each lane, short ones nearest to the boxes; those that share one never meet."""
    columns = [0] * len(lanes)
    taken: list[list[tuple[int, int]]] = []
    for number in sorted(range(len(lanes)), key=lambda i: lanes[i].last - lanes[i].start):
        span = lanes[number].start, lanes[number].last
        column = next((i for i, spans in enumerate(taken) if _is_free(spans, span)), len(taken))
        if column == len(taken):
            taken.append([])
        insort(taken[column], span)
        columns[number] = column
    return columns


def _is_free(spans: Sequence[tuple[int, int]], span: tuple[int, int]) -> bool:
    """Whether a span lies between two of those that follow each other."""
    at = bisect(spans, span)
    after_previous = at == 0 or spans[at - 1][1] < span[0]
    return after_previous and (at == len(spans) or span[1] < spans[at][0])


def _draw_box(canvas: Canvas, box: Box, top: int, right: int) -> dict[int, int]:
    """Draw a box, and tell for each row where lines touch it."""
    if box.kind is not Kind.NODE:
        return {top + i: draw_row(canvas, top + i, 0, row) + 1 for i, row in enumerate(box.rows)}
    draw_frame(canvas, top, 0, right, box)
    for number, row in enumerate(box.rows):
        column = right - 2 - row_width(row) if row.side is Side.RIGHT else 2
        draw_row(canvas, top + HEAD + number, column, row)
    return {top + HEAD + i: right for i in range(len(box.rows))}


def _draw_lane(
    canvas: Canvas, number: int, lane: _Lane, column: int, edges: dict[int, int]
) -> None:
    if lane.failures:
        canvas.colour(number, Style.FAILURE)
    canvas.across(lane.start, edges[lane.start], column, number)
    canvas.along(column, lane.start, lane.last, number)
    for row in lane.ends:
        canvas.across(row, edges[row], column, number)
        canvas.write(row, edges[row], "◀", Style.FAINT)
