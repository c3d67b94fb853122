"""Text from others, as a drawing can hold it: nothing that moves the cursor, nothing too long."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

from wasmflow.graph.render.scene import Row, Scene
from wasmflow.graph.texts import clipped


def width(text: str) -> int:
    """How many columns a text takes up."""
    return sum(2 if is_wide(character) else 1 for character in text)


def shown(text: str, *, ascii_only: bool) -> str:
    """The text as a page can hold it: what is not printed in columns is written as an escape."""
    if ascii_only:
        text = text.replace("…", "...")
    return "".join(
        character if _is_plain(character, ascii_only=ascii_only) else ascii(character)[1:-1]
        for character in text
    )


def _is_plain(character: str, *, ascii_only: bool) -> bool:
    if character.isascii():
        return " " <= character <= "~"
    combining = unicodedata.category(character) in ("Mn", "Me")
    return not ascii_only and character.isprintable() and not combining


def is_wide(character: str) -> bool:
    """Whether a character takes up two columns."""
    return not character.isascii() and unicodedata.east_asian_width(character) in "WF"


def respelt(scene: Scene, *, ascii_only: bool = False) -> Scene:
    """The scene with every text as `shown` makes it."""

    def spell(text: str) -> str:
        return shown(text, ascii_only=ascii_only)

    boxes = tuple(
        replace(
            box,
            title=spell(box.title),
            subtitle=spell(box.subtitle),
            rows=tuple(
                Row(row.side, spell(row.name), spell(row.type), spell(row.note)) for row in box.rows
            ),
        )
        for box in scene.boxes
    )
    return Scene(spell(scene.title), spell(scene.description), boxes, scene.edges)


def narrowed(scene: Scene, longest: int) -> Scene:
    """The scene with rows of that length at most, if names allow: notes are cut off, and types."""
    boxes = [
        replace(box, rows=tuple(_narrow(row, longest) for row in box.rows)) for box in scene.boxes
    ]
    return replace(scene, boxes=tuple(boxes))


def _narrow(row: Row, longest: int) -> Row:
    over = width(row.text) - longest
    if over > 0 and row.note:
        row = replace(row, note=clipped(row.note, max(len(row.note) - over, 16)))
        over = width(row.text) - longest
    if over > 0 and row.type:
        row = replace(row, type=clipped(row.type, max(len(row.type) - over, 8)))
    return row
