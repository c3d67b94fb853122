"""Boxes and rows of text, which both text drawings are made of."""

from __future__ import annotations

from wasmflow.graph.render.canvas import Canvas, Style
from wasmflow.graph.render.scene import Box, Row
from wasmflow.graph.render.spelling import width
from wasmflow.manifest.term import ERROR

#: The lines of a frame above its rows: the border with the name, and the component.
HEAD = 2


def frame_width(box: Box) -> int:
    """The columns that a box takes up at least."""
    return max(width(box.title) + 6, width(box.subtitle) + 4, *(row_width(r) + 4 for r in box.rows))


def row_width(row: Row) -> int:
    return width(row.text)


def draw_frame(canvas: Canvas, top: int, left: int, right: int, box: Box) -> None:
    """The frame of a box, from one column to before another, with all but its rows."""
    bottom = top + HEAD + len(box.rows)
    after = canvas.write(top, left, "┌─ ", Style.PLAIN)
    after = canvas.write(top, after, box.title, Style.TITLE)
    canvas.write(top, after, " " + "─" * (right - after - 2) + "┐")
    for row in range(top + 1, bottom):
        canvas.write(row, left, "│")
        canvas.write(row, right - 1, "│")
    canvas.write(top + 1, left + 2, box.subtitle, Style.FAINT)
    canvas.write(bottom, left, "└" + "─" * (right - left - 2) + "┘")


def draw_row(canvas: Canvas, row: int, column: int, content: Row) -> int:
    """The text of a row; returns the column after it."""
    name = Style.FAILURE if content.name.startswith(ERROR) else Style.PLAIN
    column = canvas.write(row, column, content.name, name)
    if content.type:
        column = canvas.write(row, column, ": ")
        column = canvas.write(row, column, content.type, Style.TYPE)
    if content.note:
        column = canvas.write(row, column, f" {content.note}", Style.NOTE)
    return column
