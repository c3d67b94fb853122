"""The boxes, lines and pieces of text of a picture, each as SVG.

Every piece of text in a box stands at a place of its own and has a length of its own, whatever the font
and the program that draws it. What was cut off is whole in a tooltip.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from math import ceil
from typing import Final

from wasmflow.graph.render.scene import Box, Edge, Kind, Mark, Row, Side
from wasmflow.graph.render.spelling import width
from wasmflow.graph.render.wiring import UNIT, Point, rounded
from wasmflow.manifest.term import ERROR

#: Units of the grid: a row, and what a node has above and below its rows.
ROW, HEAD, FOOT = 2, 4, 1
#: Pixels of a character in most fonts of one width, and from a border to text.
CHARACTER: Final = 7.25
PAD: Final = 8
#: Pixels by which what leaves a node begins further right than what enters it.
INDENT: Final = 24

STYLE: Final = """
.wasmflow text { font-family: "DejaVu Sans Mono", ui-monospace, Menlo, Consolas, monospace;
font-size: 12px; white-space: pre; fill: #1f2328; }
.wasmflow .page { fill: #ffffff; } .wasmflow .box { fill: #f7f8fa; stroke: #9aa3ad; }
.wasmflow .rule { stroke: #d5d9de; } .wasmflow text.title { font-weight: bold; }
.wasmflow text.faint { fill: #5f6973; } .wasmflow text.type { fill: #0b6e99; }
.wasmflow text.note { fill: #2b7a3d; } .wasmflow text.failure { fill: #c0392b; }
.wasmflow .line { fill: none; stroke: #7d8894; stroke-width: 1.5; }
.wasmflow .line.stream { stroke-width: 3; }
.wasmflow .line.failure { stroke: #c0392b; stroke-dasharray: 5 3; }
.wasmflow .head { fill: #7d8894; } .wasmflow .head.failure { fill: #c0392b; }
.wasmflow .head.default { fill: #2b9348; } .wasmflow .case { fill: #ffffff; stroke: #7d8894; }
@media (prefers-color-scheme: dark) {
.wasmflow text { fill: #e6e9ec; } .wasmflow .page, .wasmflow .case { fill: #14171a; }
.wasmflow .box { fill: #1e2328; stroke: #5b6570; } .wasmflow .rule { stroke: #3a424b; }
.wasmflow text.faint { fill: #98a2ac; } .wasmflow text.type { fill: #6cc4ee; }
.wasmflow text.note { fill: #7fce90; } .wasmflow text.failure { fill: #ff8379; }
.wasmflow .line.failure { stroke: #ff8379; } .wasmflow .head.failure { fill: #ff8379; }
.wasmflow .head.default { fill: #5fc277; }
}
""".strip()


def length(text_: str) -> int:
    """The pixels that a text takes up."""
    return ceil(width(text_) * CHARACTER)


def text(x: float, y: int, content: str, kind: str) -> str:
    """A line of text that nothing stands beside or around."""
    return f'<text class="{kind}" x="{x:g}" y="{y}">{escape(content)}</text>'


def _fitted(x: float, y: int, content: str, kind: str) -> str:
    """A piece of text that is as long as it was reckoned; nothing, if it is empty."""
    if not content:
        return ""
    chosen = f' class="{kind}"' if kind else ""
    size = f'textLength="{width(content) * CHARACTER:.1f}"'
    return f'<text{chosen} x="{x:.1f}" y="{y}" {size}>{escape(content)}</text>'


def tooltip(content: str) -> str:
    """What a reader is told who points at the figure that it stands in."""
    return f"<title>{escape(content)}</title>"


# --- boxes ------------------------------------------------------------------------------------


def box_height(box: Box) -> int:
    """In units of the grid."""
    rows = len(box.rows) * ROW
    return HEAD + rows + FOOT if box.kind is Kind.NODE else rows


def box_width(box: Box) -> int:
    """In pixels."""
    rows = (length(row.text) + _indent(box, row) for row in box.rows)
    return max(length(box.title), length(box.subtitle), *rows) + 2 * PAD


def _indent(box: Box, row: Row) -> int:
    """What is free at the left of an output at least, or else the longest would look like an input."""
    return INDENT if box.kind is Kind.NODE and row.side is Side.RIGHT else 0


def draw_box(box: Box, whole: Box, ends: tuple[int, int], top: int) -> str:
    """A box between two ends; `whole` is the same with nothing cut off."""
    left, right = ends
    if box.kind is Kind.NODE:
        parts = [*_frame(box, left, right, top)]
        start = top + HEAD * UNIT
    else:
        left = right - box_width(box) if box.kind is Kind.INPUT else left
        right, start, parts = left + box_width(box), top, []
    for number, (row, full) in enumerate(zip(box.rows, whole.rows, strict=True)):
        y = start + number * ROW * UNIT
        pill = "" if box.kind is Kind.NODE else _rectangle(left, y + 1, right, y + 19, 9)
        parts.append(pill + _row(row, full, left, right, y + 14))
    return f'<g data-{box.kind.name.lower()}="{escape(box.title)}">{"".join(parts)}</g>'


def _frame(box: Box, left: int, right: int, top: int) -> Iterator[str]:
    yield _rectangle(left, top, right, top + box_height(box) * UNIT, 6)
    yield _fitted(left + PAD, top + 16, box.title, "title")
    yield _fitted(left + PAD, top + 32, box.subtitle, "faint")
    if box.rows:
        yield f'<path class="rule" d="M{left + 1} {top + 39.5}H{right - 1}"/>'


def _rectangle(left: int, top: int, right: int, bottom: int, radius: int) -> str:
    size = f'width="{right - left}" height="{bottom - top}" rx="{radius}"'
    return f'<rect class="box" x="{left}" y="{top}" {size}/>'


def _row(row: Row, whole: Row, left: int, right: int, y: int) -> str:
    at_right = row.side is Side.RIGHT
    x = right - PAD - width(row.text) * CHARACTER if at_right else left + PAD
    pieces = [
        (row.name + (":" if row.type else ""), "failure" if row.name.startswith(ERROR) else ""),
        (row.type, "type"),
        (row.note, "note"),
    ]
    parts = []
    for content, kind in pieces:
        parts.append(_fitted(x, y, content, kind))
        x += (width(content) + 1) * CHARACTER if content else 0
    if row == whole:
        return "".join(parts)
    return f"<g>{tooltip(whole.text)}{''.join(parts)}</g>"


# --- lines ------------------------------------------------------------------------------------


def draw_line(branches: Sequence[tuple[Edge, Sequence[Point]]]) -> str:
    """A line with all its branches and their heads, and a lozenge if it is one way of several.

    It is one path, or else it would be darker where its branches run together.
    """
    edge, points = branches[0]
    kind = (" stream" if edge.stream else "") + (" failure" if edge.failures else "")
    data = "".join(rounded([*way, (x - 7, y)]) for _, (*way, (x, y)) in branches)
    heads = "".join(_head(each, *way[-1]) for each, way in branches)
    lozenge = _lozenge(*points[0]) if Mark.CASE in edge.marks else ""
    return f'<path class="line{kind}" d="{data}"/>{heads}{lozenge}'


def _head(edge: Edge, x: int, y: int) -> str:
    kind = " default" if Mark.DEFAULT in edge.marks else " failure" if edge.failures else ""
    return f'<path class="head{kind}" d="M{x - 9} {y - 4}L{x} {y}L{x - 9} {y + 4}Z"/>'


def _lozenge(x: int, y: int) -> str:
    return f'<path class="case" d="M{x} {y}L{x + 6} {y - 4}L{x + 12} {y}L{x + 6} {y + 4}Z"/>'
