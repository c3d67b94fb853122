"""What the models of a manifest's parts have in common: msgspec structs, each described once.

The published schema, the shape check and its messages all come from the models: those of
`manifest.document`, and of `manifest.specs` for each kind of external. A model says what an author
may write; it holds no places and means nothing yet. The docstring of a model and the descriptions of
its fields are shown by editors.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from typing import Annotated, ClassVar, Final, TypeAlias

import msgspec
from msgspec import Meta

from wasmflow.manifest import tree
from wasmflow.problem import Problem

NAME_PATTERN: Final = "^[A-Za-z0-9_]+(-[A-Za-z0-9_]+)*$"

Name: TypeAlias = Annotated[
    str, Meta(pattern=NAME_PATTERN, extra={"wanted": "letters, digits, '_', and '-' between them"})
]
"""What can be written in a connection without quotes."""

Description: TypeAlias = Annotated[
    str, Meta(description="What it does, for people who look at it with `wasmflow inspect`.")
]


class Block(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping with fixed keys."""

    #: How messages call it.
    noun: ClassVar[str]
    #: Keys that an author may try with good reason, each with what to do instead.
    advice: ClassVar[MappingOf[str, str]] = {}

    @classmethod
    def accident(cls, node: tree.Mapping) -> Problem | None:
        """What the author meant, if YAML has made this mapping out of something else."""
        return None


class Tagged(Block, frozen=True, tag_field="kind"):
    """A block whose `kind` says which one it is."""

    #: Other spellings of its kind.
    spellings: ClassVar[tuple[str, ...]] = ()
    #: Kinds that are known and cannot be used, each with what to do instead.
    unavailable: ClassVar[MappingOf[str, str]] = {}
