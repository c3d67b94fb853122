"""A graph as SVG: one picture that needs nothing else, light or dark as the reader's screen.

Where things go is in `layout` and `wiring`, what they look like in `figures`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from html import escape

from wasmflow.graph.graph import Graph
from wasmflow.graph.render.figures import (
    CHARACTER,
    HEAD,
    ROW,
    STYLE,
    box_height,
    box_width,
    draw_box,
    draw_line,
    length,
    text,
    tooltip,
)
from wasmflow.graph.render.layout import Link, Shape, Where, arrange
from wasmflow.graph.render.scene import Box, Edge, Kind, Mark, Pin, Scene, compose
from wasmflow.graph.render.spelling import narrowed, respelt
from wasmflow.graph.render.wiring import UNIT, Wiring

#: Units of the grid between boxes.
_MARGIN = 2
#: Pixels around all, and of a line of the head.
_EDGE, _LINE = 16, 18
#: The longest row, and the shortest line in which the head is broken, in characters.
_LONGEST, _BROKEN = 40, 90
_WHERE = {Kind.INPUT: Where.FIRST, Kind.NODE: Where.BETWEEN, Kind.OUTPUT: Where.LAST}
#: What lines mean that are not plain, and the pixels from a sample of one to its meaning.
_MEANINGS = {
    Mark.STREAM: "a stream",
    Mark.FAILURES: "failures, as values",
    Mark.CASE: "in one case of several",
    Mark.DEFAULT: "with a default in place of a failure",
}
_SAMPLE = 44


def render_svg(graph: Graph) -> str:
    """A picture of the graph, to be looked at in a browser or to stand in a document."""
    return _Picture(respelt(compose(graph))).text()


class _Picture:
    def __init__(self, scene: Scene) -> None:
        #: With all texts whole, and with those that are shown.
        self._whole, self._scene = scene, narrowed(scene, _LONGEST)
        boxes, links = self._scene.boxes, [self._link(edge) for edge in scene.edges]
        self._layout = arrange([_shape(box) for box in boxes], links, gap=ROW // 2)
        widths = [0] * self._layout.width
        for box, layer in zip(boxes, self._layout.layers, strict=True):
            widths[layer] = max(widths[layer], box_width(box))
        self._wiring = Wiring(self._layout, links, widths)

    def _link(self, edge: Edge) -> Link:
        source, target = edge.source, edge.target
        return Link(source.box, self._height(source), target.box, self._height(target))

    def _height(self, pin: Pin) -> int:
        """The height at which lines touch a row."""
        head = HEAD if self._whole.boxes[pin.box].kind is Kind.NODE else 0
        return head + pin.row * ROW + ROW // 2

    def text(self) -> str:
        across, down = max([0, *self._wiring.rights]), self._layout.height * UNIT
        head = _head(self._scene, max(int(across / CHARACTER), _BROKEN))
        legend = _legend(self._scene)
        top = _EDGE + len(head) * _LINE + _EDGE
        bottom = top + down + 2 * _EDGE
        lengths = [length(line) for _, line in head] + [sum(map(_entry_width, legend))]
        lines = [
            _opening(max([across, *lengths]) + 2 * _EDGE, bottom + (_EDGE if legend else -_EDGE)),
            tooltip(self._whole.title),
            *_description(self._whole.description),
            f"<style>{STYLE}</style>",
            '<rect class="page" width="100%" height="100%"/>',
            *(
                text(_EDGE, _EDGE + n * _LINE + 12, line, kind)
                for n, (kind, line) in enumerate(head)
            ),
            f'<g transform="translate({_EDGE} {top})">',
            *self._lines(),
            *map(self._box, range(len(self._scene.boxes))),
            "</g>",
            *_drawn(legend, bottom),
            "</svg>",
        ]
        return "".join(f"{line}\n" for line in lines)

    def _lines(self) -> Iterator[str]:
        """What begins at one place is one line."""
        lines: dict[Pin, list[int]] = {}
        for number, edge in enumerate(self._scene.edges):
            lines.setdefault(edge.source, []).append(number)
        for source, numbers in lines.items():
            edges = [self._whole.edges[each] for each in numbers]
            targets = ", ".join(_end(self._whole, edge.target) for edge in edges)
            line = draw_line([*zip(edges, map(self._wiring.line, numbers), strict=True)])
            yield f"<g>{tooltip(f'{_end(self._whole, source)} -> {targets}')}{line}</g>"

    def _box(self, index: int) -> str:
        layer = self._layout.layers[index]
        ends = self._wiring.lefts[layer], self._wiring.rights[layer]
        top = self._layout.tops[index] * UNIT
        return draw_box(self._scene.boxes[index], self._whole.boxes[index], ends, top)


def _shape(box: Box) -> Shape:
    return Shape(box_height(box), _MARGIN if box.kind is Kind.NODE else 0, _WHERE[box.kind])


def _end(scene: Scene, pin: Pin) -> str:
    """An end of a line as a manifest writes it."""
    box = scene.boxes[pin.box]
    name = box.rows[pin.row].name.rstrip("?")
    return f"{box.title if box.kind is Kind.NODE else '<>'}.{name}"


# --- around it --------------------------------------------------------------------------------


def _opening(width: int, height: int) -> str:
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    space = 'xmlns="http://www.w3.org/2000/svg" xml:space="preserve"'
    return f'<svg {space} class="wasmflow" role="graphics-document document" {size}>'


def _description(description: str) -> Iterator[str]:
    if description:
        yield f"<desc>{escape(description)}</desc>"


def _head(scene: Scene, columns: int) -> list[tuple[str, str]]:
    """What the flow takes, gives and is: lines with their styles."""
    title = textwrap.wrap(scene.title, columns, subsequent_indent="    ", break_on_hyphens=False)
    described = textwrap.wrap(scene.description, columns, break_on_hyphens=False)
    return [*(("title", line) for line in title), *(("faint", line) for line in described)]


def _legend(scene: Scene) -> list[Mark]:
    """What there is to explain."""
    marks = {mark for edge in scene.edges for mark in edge.marks}
    return [mark for mark in _MEANINGS if mark in marks]


def _entry_width(mark: Mark) -> int:
    return _SAMPLE + length(_MEANINGS[mark]) + _EDGE


def _drawn(legend: Sequence[Mark], y: int) -> Iterator[str]:
    x = _EDGE
    for mark in legend:
        sample = Edge(Pin(0, 0), Pin(0, 0), frozenset({mark}))
        yield draw_line([(sample, [(x, y), (x + _SAMPLE - 8, y)])])
        yield text(x + _SAMPLE, y + 4, _MEANINGS[mark], "faint")
        x += _entry_width(mark)
