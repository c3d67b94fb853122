"""A graph as SVG: one picture that needs nothing else, light or dark as the reader's screen."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from wasmflow.graph.graph import Graph
from wasmflow.graph.render.layout import Link, Shape, Where, arrange
from wasmflow.graph.render.scene import Box, Kind, Pin, Row, Scene, Side, compose
from wasmflow.graph.render.spelling import narrowed, respelt, width

#: Sizes in pixels. A character of the font is never wider than that.
_CHARACTER, _ROW, _HEAD, _PAD = 7.3, 20, 44, 8
_MARGIN, _GAP, _EDGE = 24, 72, 16
#: The longest row, in characters.
_LONGEST = 40
_WHERE = {Kind.INPUT: Where.FIRST, Kind.NODE: Where.BETWEEN, Kind.OUTPUT: Where.LAST}
_STYLE = """
svg { font: 12px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
.page { fill: #ffffff; } .box { fill: #f7f8fa; stroke: #9aa3ad; } text { fill: #1f2328; }
.title { font-weight: bold; } .component, .description { fill: #66707a; } .type { fill: #0b6e99; }
.note { fill: #2b7a3d; } .line { fill: none; stroke: #8a94a0; stroke-width: 1.5; }
.head { fill: #8a94a0; } .failures { stroke: #c0392b; stroke-dasharray: 5 3; }
@media (prefers-color-scheme: dark) {
.page { fill: #14171a; } .box { fill: #1e2328; stroke: #5b6570; } text { fill: #e6e9ec; }
.component, .description { fill: #98a2ac; } .type { fill: #6cc4ee; } .note { fill: #7fce90; }
}
""".strip()


def render_svg(graph: Graph) -> str:
    """A picture of the graph, to be looked at in a browser or to stand in a document."""
    return _Picture(narrowed(respelt(compose(graph)), _LONGEST)).text()


class _Picture:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        links = [
            Link(e.source.box, self._pin(e.source), e.target.box, self._pin(e.target))
            for e in scene.edges
        ]
        self._layout = arrange([_shape(box) for box in scene.boxes], links, gap=_ROW)
        self._top = _EDGE + (52 if scene.description else 32)
        self._lefts: list[float] = []
        self._rights: list[float] = []
        for layer in range(self._layout.width):
            boxes = zip(scene.boxes, self._layout.layers, strict=True)
            widths = [_width(box) for box, at in boxes if at == layer]
            self._lefts.append(self._rights[-1] + _GAP if self._rights else _EDGE)
            self._rights.append(self._lefts[-1] + max(widths, default=_GAP))

    def _pin(self, pin: Pin) -> int:
        """The height at which lines touch a row."""
        head = _HEAD if self._scene.boxes[pin.box].kind is Kind.NODE else 0
        return head + pin.row * _ROW + _ROW // 2

    def text(self) -> str:
        texts = [self._scene.title, self._scene.description]
        across = max([*self._rights, *(width(each) * _CHARACTER for each in texts)]) + _EDGE
        down = self._top + self._layout.height + _EDGE
        size = f'width="{across:.0f}" height="{down}" viewBox="0 0 {across:.0f} {down}"'
        lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size}>',
            f"<title>{escape(self._scene.title)}</title>",
            f"<style>{_STYLE}</style>",
            '<rect class="page" width="100%" height="100%"/>',
            _text(_EDGE, _EDGE + 8, escape(self._scene.title), "title"),
            _text(_EDGE, _EDGE + 28, escape(self._scene.description), "description"),
            *self._lines(),
            *map(self._box, range(len(self._scene.boxes))),
            "</svg>",
        ]
        return "\n".join(line for line in lines if line) + "\n"

    def _lines(self) -> Iterator[str]:
        """Every line from layer to layer, and where it passes one."""
        for hop in self._layout.hops:
            start, end = self._rights[hop.layer - 1], self._lefts[hop.layer]
            for height, link in hop.ends:
                arrow = 0 if link is None else 7
                yield self._line(hop.link, (start, hop.start), (end - arrow, height))
                if link is not None:
                    yield _arrow(end, self._top + height)
        for layer, height, link in self._layout.passes:
            ends = (self._lefts[layer], height), (self._rights[layer], height)
            yield self._line(link, *ends)

    def _line(self, link: int, start: tuple[float, int], end: tuple[float, int]) -> str:
        (left, rise), (right, fall) = start, end
        y, z, middle = self._top + rise, self._top + fall, (left + right) / 2
        bend = f"C{middle:.0f} {y} {middle:.0f} {z} " if y != z else "L"
        kind = "line failures" if self._scene.edges[link].failures else "line"
        return f'<path class="{kind}" d="M{left:.0f} {y}{bend}{right:.0f} {z}"/>'

    def _box(self, index: int) -> str:
        box, layer = self._scene.boxes[index], self._layout.layers[index]
        top = self._top + self._layout.tops[index]
        left, right = self._lefts[layer], self._rights[layer]
        if box.kind is Kind.NODE:
            parts = _node(box, left, right, top)
        else:
            start = right - _width(box) if box.kind is Kind.INPUT else left
            parts = _pill(box, start, top)
        return f'<g data-{box.kind.name.lower()}="{escape(box.title)}">{"".join(parts)}</g>'


def _node(box: Box, left: float, right: float, top: int) -> Iterator[str]:
    height = _shape(box).height
    yield f'<rect class="box" {_frame(left, top, right - left, height)} rx="6"/>'
    yield _text(left + _PAD, top + 18, escape(box.title), "title")
    yield _text(left + _PAD, top + 35, escape(box.subtitle), "component")
    for number, row in enumerate(box.rows):
        at_right = row.side is Side.RIGHT
        x = right - _PAD if at_right else left + _PAD
        yield _text(x, top + _HEAD + number * _ROW + 14, _styled(row), end=at_right)


def _pill(box: Box, left: float, top: int) -> Iterator[str]:
    """An input or output of the flow; its rows are apart, since lines meet each of them."""
    for number, row in enumerate(box.rows):
        y = top + number * _ROW
        yield f'<rect class="box" {_frame(left, y + 1, _width(box), _ROW - 2)} rx="9"/>'
        yield _text(left + _PAD, y + 14, _styled(row))


def _frame(left: float, top: int, across: float, down: int) -> str:
    return f'x="{left:.0f}" y="{top}" width="{across:.0f}" height="{down}"'


def _shape(box: Box) -> Shape:
    rows = len(box.rows) * _ROW
    height = _HEAD + rows + _PAD if box.kind is Kind.NODE else rows
    return Shape(height, _MARGIN if box.kind is Kind.NODE else 0, _WHERE[box.kind])


def _width(box: Box) -> float:
    texts = [box.title, box.subtitle, *(row.text for row in box.rows)]
    return max(map(width, texts)) * _CHARACTER + 2 * _PAD


def _arrow(x: float, y: int) -> str:
    return f'<path class="head" d="M{x - 8:.0f} {y - 4}L{x:.0f} {y}L{x - 8:.0f} {y + 4}Z"/>'


def _text(x: float, y: int, content: str, kind: str = "", *, end: bool = False) -> str:
    if not content:
        return ""
    chosen = f' class="{kind}"' if kind else ""
    anchor = ' text-anchor="end"' if end else ""
    return f'<text{chosen} x="{x:.0f}" y="{y}"{anchor}>{content}</text>'


def _styled(row: Row) -> str:
    type_ = f': <tspan class="type">{escape(row.type)}</tspan>' if row.type else ""
    note = f' <tspan class="note">{escape(row.note)}</tspan>' if row.note else ""
    return f"{escape(row.name)}{type_}{note}"
