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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, TypeAlias

from wasmflow.errors import WorldError
from wasmflow.problem import Place, Problem

#: The version of Python inside components.
GUEST: Final = (3, 14)
#: Bytes of a source that is read. The longest modules that people wrote have a tenth of it.
LARGEST: Final = 10_000_000


class Refused(Exception):
    """Something that an author wrote cannot be. Without problems, if they were reported before."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems


@dataclass(frozen=True)
class Defined:
    """A class, a function, or the right side of an assignment."""

    node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.expr


@dataclass(frozen=True)
class Imported:
    """A module, or something in a module."""

    #: Absolute, with all its dots.
    module: str
    #: What is taken from it; empty for the module itself.
    attribute: str = ""


Binding: TypeAlias = Defined | Imported


@dataclass(frozen=True)
class Import:
    """An import statement."""

    #: The absolute name of the module; empty if it goes beyond the outermost package.
    module: str
    #: What is taken from it, each perhaps a module itself; empty for the module itself.
    attributes: tuple[str, ...]
    node: ast.stmt
    #: Whether the source provides for the module not being there.
    guarded: bool
    #: Whether it is only executed when a function is called.
    late: bool


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
        found: dict[str, Binding] = {}
        _bind(self, self.tree.body, found)
        return found

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """Every import statement, wherever it stands."""
        finder = _ImportFinder(self)
        finder.visit(self.tree)
        return tuple(finder.found)

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
        return io.TextIOWrapper(io.BytesIO(content), encoding, newline=None).read()
    except UnicodeDecodeError as error:
        before = content[: error.start]
        column = error.start - before.rfind(b"\n")
        place = Place(shown, before.count(b"\n") + 1, column)
        hint = "save it as UTF-8, or name its encoding in the first line: # coding: latin-1"
        return Problem(f"the source is not {encoding} text", hint, place)
    except SyntaxError as error:
        return Problem(f"the source cannot be read: {error.msg}", "save it as UTF-8", Place(shown))


def _parsed(text: str, shown: str) -> ast.Module | Problem:
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


# --- names ------------------------------------------------------------------------------------


def _bind(source: Source, body: Sequence[ast.stmt], found: dict[str, Binding]) -> None:
    for statement in body:
        match statement:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                found[statement.name] = Defined(statement)
            case ast.Assign(targets=targets, value=value):
                names = [target.id for target in targets if isinstance(target, ast.Name)]
                found |= dict.fromkeys(names, Defined(value))
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                found[name] = Defined(value)
            case ast.Import() | ast.ImportFrom():
                found.update(_imported(source, statement))
            case ast.If() | ast.Try() | ast.With():
                for branch in _branches(statement):
                    inner: dict[str, Binding] = {}
                    _bind(source, branch, inner)
                    found |= {name: what for name, what in inner.items() if name not in found}
            case _ if type(statement).__name__ == "TypeAlias":  # `type X = …`, from Python 3.12 on
                found[statement.name.id] = Defined(statement.value)  # type: ignore[attr-defined]


def _branches(statement: ast.If | ast.Try | ast.With) -> Iterator[list[ast.stmt]]:
    """The alternatives of a statement, the most usual first."""
    if isinstance(statement, ast.If) and _is_main(statement.test):
        return
    yield statement.body
    if isinstance(statement, ast.Try):
        yield from (handler.body for handler in statement.handlers)
        yield statement.finalbody
    if not isinstance(statement, ast.With):
        yield statement.orelse


def _is_main(test: ast.expr) -> bool:
    """Whether it asks for `__name__ == "__main__"`, which no module in a component is."""
    match test:
        case ast.Compare(left=ast.Name(id="__name__")):
            return True
    return False


def _imported(source: Source, statement: ast.Import | ast.ImportFrom) -> dict[str, Binding]:
    if isinstance(statement, ast.ImportFrom):
        module = absolute(source, statement)
        return {
            alias.asname or alias.name: Imported(module, alias.name) for alias in statement.names
        }
    return {
        alias.asname or alias.name.partition(".")[0]: Imported(
            alias.name if alias.asname else alias.name.partition(".")[0]
        )
        for alias in statement.names
    }


def absolute(source: Source, statement: ast.ImportFrom) -> str:
    """The full name of the module that is imported from; empty beyond the outermost package."""
    if not statement.level:
        return statement.module or ""
    package = source.package.split(".") if source.package else []
    kept = len(package) - statement.level + 1
    if kept < 1:
        return ""
    return ".".join([*package[:kept], *filter(None, [statement.module])])


# --- imports ----------------------------------------------------------------------------------

#: Names whose values differ between the host and the guest: what they decide is provided for.
_CONDITIONS: Final = frozenset({"TYPE_CHECKING", "sys", "os", "platform"})
_FORGIVING: Final = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


class _ImportFinder(ast.NodeVisitor):
    """Collects import statements, knowing what stands around them."""

    def __init__(self, source: Source) -> None:
        self.found: list[Import] = []
        self._source = source
        self._guarded = False
        self._late = False

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.found.append(Import(alias.name, (), node, self._guarded, self._late))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        names = tuple(alias.name for alias in node.names)
        module = absolute(self._source, node)
        self.found.append(Import(module, names, node, self._guarded, self._late))

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        outside, self._late = self._late, True
        self.generic_visit(node)
        self._late = outside

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_Try(self, node: ast.Try) -> None:
        caught = [handler.type for handler in node.handlers]
        forgives = None in caught or any(_mentions(each, _FORGIVING) for each in caught)
        self._visit_all(node.body, forgives)
        self._visit_all([*node.handlers, *node.orelse, *node.finalbody])

    def visit_If(self, node: ast.If) -> None:
        if not _is_main(node.test):
            self._visit_all([*node.body, *node.orelse], _mentions(node.test, _CONDITIONS))

    def visit_With(self, node: ast.With) -> None:
        forgives = any(_mentions(item.context_expr, _FORGIVING) for item in node.items)
        self._visit_all(node.body, forgives)

    def _visit_all(self, nodes: Sequence[ast.AST], guarded: bool = False) -> None:
        outside, self._guarded = self._guarded, self._guarded or guarded
        for node in nodes:
            self.visit(node)
        self._guarded = outside


def _mentions(node: ast.AST | None, names: frozenset[str]) -> bool:
    return node is not None and any(
        getattr(part, "id", None) in names or getattr(part, "attr", None) in names
        for part in ast.walk(node)
    )
