"""Annotations to types that cross. What cannot cross is a problem at the place of the annotation.

`functions` asks for the types of parameters and results; `classes` does the classes that authors
write, `unions` what may be one of several types.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from wasmflow.build.python import vocabulary
from wasmflow.build.python.classes import read_class
from wasmflow.build.python.declarations import Declarations, GuestType
from wasmflow.build.python.labels import text_label
from wasmflow.build.python.names import External, Local, Meaning, library_name, meaning
from wasmflow.build.python.program import Program
from wasmflow.build.python.source import Refused, Source
from wasmflow.build.python.unions import read_union
from wasmflow.build.python.written import Written
from wasmflow.collections.wasm.bounds import MOST_PARTS, Extents, part_count
from wasmflow.naming import Hints
from wasmflow.types import model as wit

#: Annotations of one program, with those behind the names in them. No artifact with as many opens.
MOST_READ: Final = 50_000
_TOO_LARGE: Final = "use Any there, for JSON, or write smaller types"


class Annotations:
    """Reads the annotations of one program. Every method that reads raises `Refused`."""

    def __init__(self, program: Program, declarations: Declarations) -> None:
        self.program = program
        self.declarations = declarations
        self.extents = Extents()
        self._within: list[tuple[str, str]] = []
        self._left = MOST_READ
        self._hints = Hints()

    def read(self, written: Written) -> GuestType:
        """The type that an annotation means."""
        self._count(written)
        return self.bounded(written, self._read(written.unquoted()))

    def bounded(self, written: Written, made: GuestType) -> GuestType:
        """A type that is not too large to cross; one that is takes too long to compare or to write."""
        excess = self.extents.of(made.type).excess
        if (parts := part_count(made.type)) > MOST_PARTS:
            excess = f"{parts} parts, and at most {MOST_PARTS} can cross"
        if excess:
            raise written.refusal(f"the type has {excess}", _TOO_LARGE)
        return made

    def _read(self, written: Written) -> GuestType:
        match written.node:
            case ast.BinOp(op=ast.BitOr()):
                return read_union(self, written)
            case ast.Name() | ast.Attribute():
                return self._named(written)
            case ast.Subscript():
                return self._subscript(written)
        message = f"'{written.shown}' is not the type of a value"
        raise written.refusal(message, vocabulary.PORT_TYPES)

    def read_all(self, several: Iterable[Written]) -> list[GuestType]:
        """The types of several. Raises the problems of all of them at once."""
        read: list[GuestType] = []
        refused: list[Refused] = []
        for written in several:
            try:
                read.append(self.read(written))
            except Refused as refusal:
                refused.append(refusal)
        if refused:
            raise Refused(*(problem for each in refused for problem in each.problems))
        return read

    def meaning(self, source: Source, node: ast.expr) -> Meaning | None:
        """What a name there means."""
        return meaning(self.program, source, node)

    def library_name(self, source: Source, node: ast.expr) -> str:
        """The full name of something of a library; empty for anything else."""
        return library_name(self.program, source, node)

    @contextmanager
    def within(self, written: Written, found: Local) -> Iterator[None]:
        """While the inside of something is read. Raises `Refused` if that is being done already."""
        self._count(written)
        key = (found.source.name, found.name)
        if key in self._within:
            raise written.recursion(found.name)
        self._within.append(key)
        try:
            yield
        finally:
            self._within.pop()

    def _count(self, written: Written) -> None:
        """A few lines of aliases can unfold without end. The problem of that is told once."""
        self._left -= 1
        if self._left == -1:
            message = f"the types unfold into more than {MOST_READ} parts"
            raise written.refusal(message, _TOO_LARGE)
        if self._left < 0:
            raise Refused

    # --- names

    def _named(self, written: Written) -> GuestType:
        match self.meaning(written.source, written.node):
            case None:
                shown = written.shown
                others = [name for name in written.source.names if name != shown]
                near = self._hints.suggest(shown, others, noun="the module")
                raise written.refusal(f"'{shown}' is not defined", near)
            case External(full):
                return self._of_library(written, full)
            case Local(node=ast.ClassDef()) as found:
                return read_class(self, written, found)
            case Local(node=ast.expr() as value) as found:
                return self._alias(written, found, value)
        raise written.refusal(f"'{written.shown}' is not a type", vocabulary.PORT_TYPES)

    def _of_library(self, written: Written, full: str) -> GuestType:
        if full in vocabulary.SIMPLE:
            return vocabulary.SIMPLE[full]
        if full in vocabulary.ANYTHING:
            return self.declarations.any()
        if full in vocabulary.HOLDERS:
            example = "[str, int]" if full in vocabulary.DICTS else "[str]"
            hint = f"write {written.shown}{example}, for example; Any is any JSON value"
            raise written.refusal(f"'{written.shown}' does not say what it holds", hint)
        raise self._foreign(written, full)

    def _foreign(self, written: Written, full: str) -> Refused:
        if full in vocabulary.STREAMS:
            message = f"'{written.shown}' is a stream, and no value"
            return written.refusal(message, "take or return a list there")
        message = f"'{written.shown}' cannot be the type of a port"
        return written.refusal(message, vocabulary.meant(full) or vocabulary.PORT_TYPES)

    def _alias(self, written: Written, alias: Local, value: ast.expr) -> GuestType:
        """What an assignment gives a name to."""
        inner = Written(alias.source, value, alias.name, named=True)
        if isinstance(value, ast.Call):
            maker = self.library_name(alias.source, value.func)
            if maker != "typing.NewType" or len(value.args) != 2:
                raise self._made(written, alias.name, maker)
            inner = inner.part(value.args[1])
        with self.within(written, alias):
            key = ("alias", alias.source.name, alias.name)
            return self.declarations.once(key, lambda: self.read(inner))

    def _made(self, written: Written, name: str, maker: str) -> Refused:
        """The problem of something that a call makes."""
        if maker in vocabulary.TYPE_VARIABLES:
            message = f"'{name}' is a type variable, and a port has one type"
            return written.refusal(message, "write the types out")
        if maker in vocabulary.CLASS_MAKERS:
            hint = f"write it as a class: class {name}(…)"
            return written.refusal(f"'{name}' is made by calling {maker}", hint)
        return written.refusal(f"'{name}' is not a type", vocabulary.PORT_TYPES)

    # --- brackets

    def _subscript(self, written: Written) -> GuestType:
        assert isinstance(written.node, ast.Subscript)  # noqa: S101  # `read` saw to that
        outer = written.node.value
        full = self.library_name(written.source, outer)
        if full in vocabulary.UNIONS:
            return read_union(self, written)
        if full == "typing.Literal":
            return self._literal(written)
        if full == "typing.Annotated":
            return self._annotated(written)
        if full in vocabulary.TRANSPARENT:
            return self.read(next(written.parts))
        if full in vocabulary.HOLDERS:
            return self._holder(written, full)
        if isinstance(self.meaning(written.source, outer), Local):
            message = f"'{ast.unparse(outer)}' is generic, and a port has one type"
            raise written.refusal(message, "write a class with the types in place")
        raise self._foreign(written, full)

    def _holder(self, written: Written, full: str) -> GuestType:
        parts = list(written.parts)
        if full in vocabulary.TUPLES:
            return self._tuple(written, parts)
        held = self.read_all(parts)
        if len(held) != (2 if full in vocabulary.DICTS else 1):
            raise written.refusal(f"'{written.shown}' does not hold as many types")
        if full in vocabulary.DICTS:
            return vocabulary.dict_of(*held)
        kind = "list" if full in vocabulary.LISTS else vocabulary.SETS.get(full, "sequence")
        return vocabulary.list_of(held[0], kind)

    def _tuple(self, written: Written, parts: Sequence[Written]) -> GuestType:
        match [part.node for part in parts]:
            case [ast.Tuple()]:
                raise written.refusal("an empty tuple has no values")
            case [_, ast.Constant(value=value)] if value is ...:
                return vocabulary.list_of(self.read(parts[0]), "tuple")
        return vocabulary.tuple_of(self.read_all(parts))

    def _annotated(self, written: Written) -> GuestType:
        """`Annotated[int, "u8"]` is a u8; other notes say nothing about the type."""
        annotated, *notes = written.parts
        base = self.read(annotated)
        texts = [note.node.value for note in notes if isinstance(note.node, ast.Constant)]
        size = next((text for text in texts if text in vocabulary.ALL_SIZES), None)
        if not isinstance(size, str):
            return base
        if size in (possible := vocabulary.sizes(base)):
            return vocabulary.sized(base, size)
        hint = f"it can be {', '.join(possible)}" if possible else ""
        raise written.refusal(f"'{annotated.shown}' cannot be {size}", hint)

    def _literal(self, written: Written) -> GuestType:
        nodes = [part.node for part in written.parts]
        values = [node.value if isinstance(node, ast.Constant) else ... for node in nodes]
        texts = tuple(dict.fromkeys(value for value in values if isinstance(value, str)))
        if not texts or any(not isinstance(value, str | None) for value in values):
            raise written.refusal("a Literal can only hold texts here", "make it an Enum")
        made = self.declarations.once(("literal", texts), lambda: self._choice(written, texts))
        return made.optional() if None in values else made

    def _choice(self, written: Written, texts: Sequence[str]) -> GuestType:
        cases = [label for text in texts if (label := text_label(text))]
        if len(cases) < len(texts):
            shown = next(text for text in texts if not text_label(text))
            message = f"'{shown}' cannot be written in WIT, which takes letters, digits and hyphens"
            raise written.refusal(message, "make it an Enum")
        if len({case.lower() for case in cases}) < len(cases):
            raise written.refusal("two of these texts are the same name in WIT", "make it an Enum")
        made = self.declarations.declare(
            written.name,
            lambda name: wit.Enum(tuple(cases), name),
            lambda binding: f"choice({', '.join([binding, *map(repr, texts)])})",
            ["str"],
        )
        return replace(made, case="str")
