"""What kind of text is this, and what is in it?"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import Literal

LICENCES = {
    "Apache License": "Apache-2.0",
    "MIT License": "MIT",
    "GNU GENERAL PUBLIC LICENSE": "GPL",
    "Mozilla Public License": "MPL-2.0",
}


@dataclass
class Prose:
    """Text to be read from top to bottom."""

    text: str


@dataclass
class Table:
    """Rows of cells under a header."""

    header: list[str]
    rows: list[list[str]]


@dataclass
class Counts:
    """How much there is to read."""

    words: int
    sentences: int
    #: At 230 words a minute.
    minutes: float


@dataclass
class Frequency:
    """A word and how often it occurs."""

    word: str
    times: int


@dataclass
class Column:
    """What a column of a table holds."""

    name: str
    kind: Literal["number", "text"]
    filled: int
    distinct: int
    lowest: float | None
    highest: float | None


def classify(text: str) -> Prose | Table:
    """Tell a table from prose: its lines all have the same number of cells, more than one.

    Args:
        text: the whole text
    """
    lines = [row for row in csv.reader(io.StringIO(text)) if row]
    widths = {len(row) for row in lines}
    if len(lines) > 1 and len(widths) == 1 and widths != {1}:
        return Table(lines[0], lines[1:])
    return Prose(text)


def title(text: str) -> str | None:
    """The first line that says something; nothing for an empty text."""
    return next((line.strip() for line in text.splitlines() if line.strip()), None)


def licence(text: str) -> str:
    """The SPDX name of the licence whose text this is. Fails if it is none that is known."""
    for heading, name in LICENCES.items():
        if heading in text:
            return name
    raise LookupError("no known licence")


def count(text: str) -> Counts:
    """Count words and sentences."""
    words = len(re.findall(r"\w+", text))
    sentences = len(re.findall(r"[.!?](?:\s|$)", text))
    return Counts(words, sentences, round(words / 230, 1))


def frequent(text: str, top: int = 5, shortest: int = 5) -> list[Frequency]:
    """The words that occur most often.

    Args:
        top: how many to list
        shortest: leave out words of fewer letters
    """
    words = re.findall(rf"[^\W\d_]{{{shortest},}}", text.lower())
    return [Frequency(word, times) for word, times in Counter(words).most_common(top)]


def columns(table: Table) -> list[Column]:
    """Say of every column what it holds."""
    cells = zip(*table.rows, strict=True)
    return [_column(name, values) for name, values in zip(table.header, cells, strict=True)]


def _column(name, values):
    filled = [value for value in values if value.strip()]
    numbers = [number for number in map(_number, filled) if number is not None]
    numeric = bool(numbers) and len(numbers) == len(filled)
    return Column(
        name,
        "number" if numeric else "text",
        len(filled),
        len(set(filled)),
        min(numbers) if numeric else None,
        max(numbers) if numeric else None,
    )


def _number(text):
    try:
        return float(text)
    except ValueError:
        return None
