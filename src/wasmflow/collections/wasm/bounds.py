"""How much of types an artifact may declare, so that it can be read in seconds, and how to count it.

`introspection` counts what a binary declares while it reads it; `wasmflow.build` counts the same of a
source beforehand, so that everything that is built can be opened. Nothing here knows the binding.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from wasmflow.types import model as wit
from wasmflow.types.parts import children

#: Fields of a record, cases of a variant or enum, and so on.
MOST_PARTS: Final = 1_000
#: Nodes of the types of one function, unfolded; as many are what one specialised call can be made of.
MOST_NODES: Final = 2_000
#: Nodes of all types of one artifact, unfolded. Reading as many takes two seconds.
MOST_NODES_IN_ALL: Final = 20_000
#: Types inside one another.
DEEPEST: Final = 50

#: The record that stands for `any` in WIT.
ANY_NAME: Final = "any"
ANY_SHAPE: Final = wit.Record((wit.Part("json", wit.STRING),), ANY_NAME)


class Extent(NamedTuple):
    """What a type, or all types of a function, come to when they are unfolded."""

    #: Types, and the parts of those that have any.
    nodes: int
    #: Types inside one another; a scalar is none.
    depth: int

    @property
    def excess(self) -> str | None:
        """What it has that is too much for one function, if anything."""
        if self.nodes > MOST_NODES:
            return f"more than {MOST_NODES} parts, unfolded"
        if self.depth > DEEPEST:
            return f"more than {DEEPEST} levels"
        return None


class Extents:
    """Measures types. What many types are made of is looked into once."""

    def __init__(self) -> None:
        #: By identity, as to compare types means to unfold them; with the type, to keep it alive.
        self._known: dict[int, tuple[wit.Type, Extent]] = {}

    def of(self, type_: wit.Type | None) -> Extent:
        """The extent of a type; ``None`` has none."""
        if type_ is None or isinstance(type_, wit.Scalar):
            return Extent(int(type_ is not None), 0)
        if isinstance(type_, wit.Anything):
            type_ = ANY_SHAPE
        known = self._known.get(id(type_))
        if known is None:
            known = self._known[id(type_)] = type_, self._measured(type_)
        return known[1]

    def of_function(self, parameters: Sequence[wit.Part], result: wit.Type | None) -> Extent:
        """The extent of all that a function takes and gives."""
        extents = [self.of(part.type) for part in parameters] + [self.of(result)]
        nodes = len(parameters) + sum(each.nodes for each in extents)
        return Extent(nodes, max(each.depth for each in extents))

    def _measured(self, type_: wit.Type) -> Extent:
        inner = [self.of(part.type) for part in children(type_)]
        nodes = 1 + part_count(type_) + sum(each.nodes for each in inner)
        return Extent(nodes, 1 + max((each.depth for each in inner), default=0))


def part_count(type_: wit.Type) -> int:
    """The parts that a type declares: of those that have as many as their author wants."""
    match type_:
        case wit.Record() | wit.Variant() | wit.Tuple():
            return len(tuple(children(type_)))
        case wit.Enum(parts) | wit.Flags(parts):
            return len(parts)
    return 0
