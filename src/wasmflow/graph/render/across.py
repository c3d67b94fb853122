"""A graph as text, drawn from left to right: boxes in columns, lines in the gaps between them."""

from __future__ import annotations

from wasmflow.graph.render.boxes import HEAD, draw_frame, draw_row, frame_width, row_width
from wasmflow.graph.render.canvas import Canvas, Style
from wasmflow.graph.render.layout import Hop, Link, Shape, Where, arrange
from wasmflow.graph.render.scene import Box, Kind, Pin, Scene, Side
from wasmflow.graph.render.tracks import Crossing, assign_tracks

_WHERE = {Kind.INPUT: Where.FIRST, Kind.NODE: Where.BETWEEN, Kind.OUTPUT: Where.LAST}


def draw_across(scene: Scene, canvas: Canvas) -> int:
    """Draw a scene, and return how many columns that took."""
    return _Drawing(scene, canvas).draw()


class _Drawing:
    def __init__(self, scene: Scene, canvas: Canvas) -> None:
        self._scene = scene
        self._canvas = canvas
        links = [_link(scene, edge.source, edge.target) for edge in scene.edges]
        self._layout = arrange([_shape(box) for box in scene.boxes], links)
        layers = range(self._layout.width)
        self._hops = [[hop for hop in self._layout.hops if hop.layer == each] for each in layers]
        self._bends = [assign_tracks([_crossing(hop) for hop in hops]) for hops in self._hops]
        #: The first column of each layer, and the one after its last.
        self._lefts: list[int] = []
        self._rights: list[int] = []
        for layer in layers:
            self._add_columns(layer)

    def _add_columns(self, layer: int) -> None:
        """Boxes of a layer are as wide as the widest; the gap before it holds the tracks."""
        tracks = max((bend.track + 1 for bend in self._bends[layer]), default=0)
        start = self._rights[-1] + 2 * tracks + 3 if self._rights else 0
        boxes = zip(self._scene.boxes, self._layout.layers, strict=True)
        widths = [_width(box) for box, at in boxes if at == layer]
        self._lefts.append(start)
        self._rights.append(start + max(widths, default=1))

    def draw(self) -> int:
        for layer, row, link in self._layout.passes:
            self._canvas.across(row, self._lefts[layer], self._rights[layer] - 1, link)
        for layer in range(1, self._layout.width):
            for number, hop in enumerate(self._hops[layer]):
                self._draw_hop(layer, number, hop)
        for index, box in enumerate(self._scene.boxes):
            self._draw_box(index, box)
        return max(self._rights, default=0)

    def _draw_hop(self, layer: int, number: int, hop: Hop) -> None:
        """A line from the layer before: along its track or tracks, if it has any, and out."""
        if self._scene.edges[hop.link].failures:
            self._canvas.colour(hop.link, Style.FAILURE)
        column = self._rights[layer - 1] - 1
        for bend in self._bends[layer]:  # the tracks of a line stand in their order
            if bend.line == number:
                track = self._rights[layer - 1] + 1 + 2 * bend.track
                self._canvas.across(bend.crossing.enters, column, track, hop.link)
                self._canvas.along(track, *bend.crossing.span, hop.link)
                column = track
        for row, link in hop.ends:
            self._canvas.across(row, column, self._lefts[layer] - (link is not None), hop.link)
            if link is not None:
                self._canvas.write(row, self._lefts[layer] - 1, "▶", Style.FAINT)

    def _draw_box(self, index: int, box: Box) -> None:
        layer, top = self._layout.layers[index], self._layout.tops[index]
        left, right = self._lefts[layer], self._rights[layer]
        if box.kind is Kind.NODE:
            draw_frame(self._canvas, top, left, right, box)
            for at in {e.source.row for e in self._scene.edges if e.source.box == index}:
                self._canvas.write(top + HEAD + at, right - 1, "├")
        for number, row in enumerate(box.rows):
            if box.kind is Kind.NODE:
                aligned = right - 2 - row_width(row) if row.side is Side.RIGHT else left + 2
                draw_row(self._canvas, top + HEAD + number, aligned, row)
            else:
                start = right - 2 - row_width(row) if box.kind is Kind.INPUT else left + 1
                draw_row(self._canvas, top + number, start, row)


def _shape(box: Box) -> Shape:
    if box.kind is Kind.NODE:
        return Shape(HEAD + len(box.rows) + 1, 1, _WHERE[box.kind])
    return Shape(len(box.rows), 0, _WHERE[box.kind])


def _width(box: Box) -> int:
    if box.kind is Kind.NODE:
        return frame_width(box)
    return max(map(row_width, box.rows), default=0) + 2


def _link(scene: Scene, source: Pin, target: Pin) -> Link:
    return Link(source.box, _height(scene, source), target.box, _height(scene, target))


def _height(scene: Scene, pin: Pin) -> int:
    return pin.row + (HEAD if scene.boxes[pin.box].kind is Kind.NODE else 0)


def _crossing(hop: Hop) -> Crossing:
    return Crossing(hop.start, tuple(row for row, _ in hop.ends))
