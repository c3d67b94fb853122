"""A page of characters: text, and lines that join where they are one and cross where they are not."""

from __future__ import annotations

from enum import Enum
from typing import Final

from wasmflow.graph.render.spelling import is_wide

_UP, _RIGHT, _DOWN, _LEFT = 1, 2, 4, 8

#: A character for each set of directions in which lines leave a cell.
_LINES: Final = " │─╰││╭├─╯─┴╮┤┬┼"
#: Drawings as ASCII. Where lines only cross, the upright one goes over the other.
_ASCII: Final = str.maketrans("│─▶◀●╰╭├╯┴╮┤┬┼┌┐└┘", "|-><*" + "+" * 13)


class Style(Enum):
    """How a piece of text looks where there is colour; the value selects it in a terminal."""

    PLAIN = ""
    TITLE = "1"
    FAINT = "2"
    TYPE = "36"
    NOTE = "32"
    FAILURE = "31"


class Canvas:
    """Rows and columns are counted from 0 and have no end. What is written later stands on top."""

    def __init__(self) -> None:
        #: A wide character leaves the cell after it empty.
        self._text: dict[tuple[int, int], tuple[str, Style]] = {}
        #: The lines of each cell, by their number, with the directions in which they leave it.
        self._lines: dict[tuple[int, int], dict[int, int]] = {}
        self._styles: dict[int, Style] = {}

    def write(self, row: int, column: int, text: str, style: Style = Style.PLAIN) -> int:
        """Write from a cell to the right, and return the column after it."""
        for character in text:
            self._text[row, column] = character, style
            if is_wide(character):
                self._text[row, column + 1] = "", style
            column += 2 if is_wide(character) else 1
        return column

    def across(self, row: int, start: int, end: int, line: int) -> None:
        """A level piece of a line, from one column to another."""
        for column in range(min(start, end), max(start, end)):
            self._leave(row, column, line, _RIGHT)
            self._leave(row, column + 1, line, _LEFT)

    def along(self, column: int, start: int, end: int, line: int) -> None:
        """An upright piece of a line, from one row to another."""
        for row in range(min(start, end), max(start, end)):
            self._leave(row, column, line, _DOWN)
            self._leave(row + 1, column, line, _UP)

    def colour(self, line: int, style: Style) -> None:
        self._styles[line] = style

    def _leave(self, row: int, column: int, line: int, direction: int) -> None:
        lines = self._lines.setdefault((row, column), {})
        lines[line] = lines.get(line, 0) | direction

    def show(self, *, ascii_only: bool = False, colour: bool = False) -> str:
        """The page as text, without spaces at the ends of lines."""
        cells = {place: self._joined(lines) for place, lines in self._lines.items()} | self._text
        rows: dict[int, dict[int, tuple[str, Style]]] = {}
        for (row, column), cell in cells.items():
            rows.setdefault(row, {})[column] = cell
        lines = [
            _line(rows.get(row, {}), colour=colour) for row in range(max(rows, default=-1) + 1)
        ]
        text = "".join(f"{line}\n" for line in lines)
        return text.translate(_ASCII) if ascii_only else text

    def _joined(self, lines: dict[int, int]) -> tuple[str, Style]:
        if len(lines) == 1:
            ((line, directions),) = lines.items()
            return _LINES[directions], self._styles.get(line, Style.FAINT)
        upright = next((n for n, each in lines.items() if each & (_UP | _DOWN)), next(iter(lines)))
        return _LINES[lines[upright]], self._styles.get(upright, Style.FAINT)


def _line(cells: dict[int, tuple[str, Style]], *, colour: bool) -> str:
    text, style, end = "", Style.PLAIN, 0
    for column in sorted(cells):
        character, wanted = cells[column]
        gap = " " * (column - end)
        if colour and wanted is not style:
            text += ("\x1b[0m" if style is not Style.PLAIN else "") + gap
            text += f"\x1b[{wanted.value}m" if wanted is not Style.PLAIN else ""
            style = wanted
        else:
            text += gap
        text += character
        end = column + 1
    return text.rstrip() + ("\x1b[0m" if style is not Style.PLAIN else "")
