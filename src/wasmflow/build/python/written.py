"""An annotation, or a part of one, as it stands in a source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from wasmflow.build.python.source import Refused, Source


@dataclass(frozen=True)
class Written:
    """Something that an author wrote to say a type."""

    source: Source
    node: ast.expr
    #: What to call the type if it has no name in Python.
    name: str
    #: Whether the author gave it that name, by an assignment.
    named: bool = False

    def part(self, node: ast.expr) -> Written:
        """A part of it."""
        return replace(self, node=node)

    @property
    def parts(self) -> Iterator[Written]:
        """What stands in its brackets."""
        if isinstance(self.node, ast.Subscript):
            inner = self.node.slice
            nodes = inner.elts if isinstance(inner, ast.Tuple) and inner.elts else [inner]
            yield from map(self.part, nodes)

    @property
    def shown(self) -> str:
        """Its text."""
        return ast.unparse(self.node)

    @property
    def is_none(self) -> bool:
        """Whether it is `None`."""
        return isinstance(self.node, ast.Constant) and self.node.value is None

    def unquoted(self) -> Written:
        """The same without quotes, at the place of the quotes. Raises `Refused` if that is no type."""
        if not isinstance(self.node, ast.Constant) or not isinstance(self.node.value, str):
            return self
        text = self.node.value
        try:
            inner = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise self.refusal(f"'{text}' is not a type") from None
        for node in ast.walk(inner):
            ast.copy_location(node, self.node)
        return self.part(inner)

    def refusal(self, message: str, hint: str = "") -> Refused:
        """A problem with it, to be raised."""
        return self.source.refusal(self.node, message, hint)

    def recursion(self, name: str) -> Refused:
        """The problem of a type that holds itself."""
        message = f"'{name}' holds values of its own type, which types in WIT cannot"
        return self.refusal(message, "use Any there, for JSON, or a list and indexes into it")
