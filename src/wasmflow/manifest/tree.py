"""A YAML document as plain values that know where they stand.

`manifest.yaml` makes trees; `manifest.shape` compares them with the models; the loader takes them
apart. A tree holds text, numbers, booleans and nulls, lists, and mappings with text as keys: nothing
that JSON could not say. A value that an alias repeats is one node in several places.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from wasmflow.problem import NOWHERE, Place
from wasmflow.types.model import Json


@dataclass(frozen=True, slots=True)
class Scalar:
    """Text, a number, a boolean or null."""

    value: str | int | float | bool | None
    place: Place = NOWHERE
    #: What stands in the file, with its quotes.
    raw: str = ""
    #: The quotes around it: ``'``, ``"``, the ``|`` or ``>`` of a block, or none.
    quotes: str = ""
    #: Whether YAML reads what follows on the line as a comment.
    comment: bool = False
    #: The text as it was written, if it had variables and the value has what they stand for.
    template: str = ""

    @property
    def text(self) -> str:
        """The value, if it is text; else none."""
        return self.value if isinstance(self.value, str) else ""

    def locate(self, offset: int) -> Place:
        """Where the character `offset` of the text stands; where the text begins if that is unsure."""
        inner = self.raw.removeprefix(self.quotes).removesuffix(self.quotes)
        before = self.text[:offset]
        if self.quotes == "'":
            inner, before = inner.replace("''", "'"), before.replace("'", "''")
        if inner != self.value:
            return self.place
        column = self.place.column + len(self.quotes) + len(before)
        return Place(self.place.file, self.place.line, column)


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Entry:
    """A key with its value."""

    name: str
    #: Where the key stands.
    place: Place
    value: Node


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values, in their order."""

    entries: dict[str, Entry] = field(default_factory=dict)
    place: Place = NOWHERE


Node: TypeAlias = Scalar | Sequence | Mapping


def plain(node: Node) -> Json:
    """The value itself, without places."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {entry.name: plain(entry.value) for entry in node.entries.values()}


def get(node: Node | None, key: str) -> Node | None:
    """What a mapping holds under `key`; ``None`` where there is no such thing."""
    entry = node.entries.get(key) if isinstance(node, Mapping) else None
    return entry.value if entry else None


def entries(node: Node | None) -> list[Entry]:
    """The entries of a mapping; none of anything else, which the shape check has reported."""
    return list(node.entries.values()) if isinstance(node, Mapping) else []


def items(node: Node | None) -> tuple[Node, ...]:
    """The items of a list; none of anything else, which the shape check has reported."""
    return node.items if isinstance(node, Sequence) else ()


def text(node: Node | None, key: str) -> Scalar | None:
    """The text that stands in place of a mapping, or in the mapping under `key`; ``None`` if none does."""
    found = node if isinstance(node, Scalar) else get(node, key)
    return found if isinstance(found, Scalar) and isinstance(found.value, str) else None


def said(node: Node, key: str) -> str:
    """The text that a mapping holds under `key`; empty if there is none."""
    found = get(node, key)
    return found.text if isinstance(found, Scalar) else ""


def templates(node: Node | None) -> Iterator[Scalar]:
    """All texts that had variables."""
    if isinstance(node, Scalar):
        if node.template:
            yield node
    elif node is not None:
        inner = items(node) or [entry.value for entry in entries(node)]
        for each in inner:
            yield from templates(each)


def excerpt(text: str, limit: int = 60) -> str:
    """`text` as a message can quote it: on one line, and cut where a reader would stop reading."""
    line = " ".join(text[: limit + 1].split())
    return line if len(text) <= limit else f"{line[: limit - 1]}…"
