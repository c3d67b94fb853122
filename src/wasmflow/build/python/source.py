"""A Python file that was read: its tree, what its names stand for, and where everything stands.

Sources are only read, never imported: they need not run on the host, nor what they import be there.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
import warnings
from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from wasmflow.build.python.bindings import Binding, bindings_of
from wasmflow.build.python.imports import Import, imports_of
from wasmflow.errors import WorldError
from wasmflow.problem import Place, Problem
from wasmflow.types.scalars import is_text

#: The version of Python inside components.
GUEST: Final = (3, 14)
#: Bytes of a source that is read. The longest modules that people wrote have a tenth of it.
LARGEST: Final = 10_000_000


class Refused(Exception):
    """Something that an author wrote cannot be. Without problems, if they were reported before."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems


@dataclass(frozen=True, eq=False)
class Source:
    """A module of the author, or one whose types the author uses."""

    #: The name it is imported by.
    name: str
    path: Path
    #: The file as the author names it.
    shown: str
    content: bytes
    tree: ast.Module
    #: Lines as Python counts them, to find columns.
    lines: Sequence[str]

    @property
    def package(self) -> str:
        """What relative imports are relative to; empty outside packages."""
        return self.name if self.path.name == "__init__.py" else self.name.rpartition(".")[0]

    def place(self, node: ast.AST) -> Place:
        """Where something stands, columns counted in characters."""
        line = getattr(node, "lineno", 0)
        return self.place_at(line, getattr(node, "col_offset", 0)) if line else Place(self.shown)

    def place_at(self, line: int, offset: int) -> Place:
        """The place at an offset in bytes, which is how Python counts within a line."""
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        column = len(text.encode(errors="replace")[:offset].decode(errors="ignore"))
        return Place(self.shown, line, column + 1)

    def problem(self, node: ast.AST, message: str, hint: str = "") -> Problem:
        """A problem with a place."""
        return Problem(message, hint, self.place(node))

    def refusal(self, node: ast.AST, message: str, hint: str = "") -> Refused:
        """The same, to be raised."""
        return Refused(self.problem(node, message, hint))

    @cached_property
    def bindings(self) -> Mapping[str, Binding]:
        """What the names at the top of the module stand for. Of two branches, the first counts."""
        return bindings_of(self.tree, self.package)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names at the top of the module, sorted."""
        return tuple(sorted(self.bindings))

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """Every import statement, wherever it stands."""
        return imports_of(self.tree, self.package)

    @cached_property
    def stars(self) -> tuple[str, ...]:
        """The modules of which everything is imported, the last first."""
        return tuple(each.module for each in reversed(self.imports) if "*" in each.attributes)


def read_source(path: Path, shown: str, name: str) -> Source | Problem:
    """Read a module, or say what is wrong with it. Raises `WorldError` if it cannot be read."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WorldError(f"cannot read {shown}: {error.strerror}") from error
    if len(content) > LARGEST:
        problem = f"the source has {len(content)} bytes; at most {LARGEST} are read"
        return Problem(problem, place=Place(shown))
    text = _decoded(content, shown)
    if isinstance(text, Problem):
        return text
    tree = _parsed(text, shown)
    if isinstance(tree, Problem):
        return tree
    return Source(name, path, shown, content, tree, io.StringIO(text).readlines())


def _decoded(content: bytes, shown: str) -> str | Problem:
    encoding = "utf-8"
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        if not _holds_ascii(encoding):
            message = f"the source is in {encoding}, which is no encoding of texts like it"
            return Problem(message, _ENCODING_HINT, Place(shown, 1))
        return io.TextIOWrapper(io.BytesIO(content), encoding, newline=None).read()
    except UnicodeDecodeError as error:
        before = content[: error.start]
        column = error.start - before.rfind(b"\n")
        place = Place(shown, before.count(b"\n") + 1, column)
        return Problem(f"the source is not {encoding} text", _ENCODING_HINT, place)
    except SyntaxError as error:
        return Problem(f"the source cannot be read: {error.msg}", "save it as UTF-8", Place(shown))


_ENCODING_HINT: Final = (
    "save it as UTF-8, or name its encoding in the first line: # coding: latin-1"
)


_ASCII: Final = "".join(map(chr, range(128)))


def _holds_ascii(encoding: str) -> bool:
    """Whether an encoding writes ASCII as it is: those that do not are hardly any text's, and slow."""
    try:
        return _ASCII.encode(encoding).removeprefix(BOM_UTF8) == _ASCII.encode()
    except (LookupError, UnicodeError):
        return False


def _parsed(text: str, shown: str) -> ast.Module | Problem:
    if not is_text(text):
        return Problem("the source is not Unicode text", _ENCODING_HINT, Place(shown))
    if "\0" in text:
        place = Place(shown, text[: text.index("\0")].count("\n") + 1)
        return Problem("the source holds a null character; it is no Python", place=place)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are the author's, not ours
            return ast.parse(text, shown)
    except SyntaxError as error:
        place = Place(shown, error.lineno or 0, max(error.offset or 0, 0))
        return Problem(f"syntax error: {error.msg}", _advice(error.text or ""), place)
    except (RecursionError, MemoryError):
        return Problem("the source is nested too deeply", place=Place(shown))


#: What is valid Python, but not for ever: `type X = …`, type parameters, template strings, quotes of
#: one kind inside each other, `except A, B:`.
_NEWER: Final = re.compile(
    r"^\s*type\s+\w+|\b(?:def|class)\s+\w+\s*\[|\bt[\"']|\bf[\"'].*\{|\bexcept\s+\w+\s*,"
)


def _advice(line: str) -> str:
    """What to do if the host's Python is too old for a line that the guest's would take."""
    host = sys.version_info[:2]
    if host >= GUEST or not _NEWER.search(line):
        return ""
    return (
        f"if this is newer than Python {host[0]}.{host[1]}, which Wasmflow runs on here, run it on"
        f" a newer one; the Python inside components is {GUEST[0]}.{GUEST[1]}"
    )
