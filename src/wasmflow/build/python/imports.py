"""The import statements of a module, and what stands around them."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


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


def imports_of(tree: ast.Module, package: str) -> tuple[Import, ...]:
    """Every import statement of a module of that package, wherever it stands."""
    finder = _Finder(package)
    finder.visit(tree)
    return tuple(finder.found)


def absolute(statement: ast.ImportFrom, package: str) -> str:
    """The full name of the module that is imported from; empty beyond the outermost package."""
    if not statement.level:
        return statement.module or ""
    parts = package.split(".") if package else []
    kept = len(parts) - statement.level + 1
    if kept < 1:
        return ""
    return ".".join([*parts[:kept], *filter(None, [statement.module])])


def is_main(test: ast.expr) -> bool:
    """Whether it asks for `__name__ == "__main__"`, which no module in a component is."""
    match test:
        case ast.Compare(left=ast.Name(id="__name__")):
            return True
    return False


#: Names whose values differ between the host and the guest: what they decide is provided for.
_CONDITIONS: Final = frozenset({"TYPE_CHECKING", "sys", "os", "platform"})
_FORGIVING: Final = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


class _Finder(ast.NodeVisitor):
    """Collects import statements, knowing what stands around them."""

    def __init__(self, package: str) -> None:
        self.found: list[Import] = []
        self._package = package
        self._guarded = False
        self._late = False

    def generic_visit(self, node: ast.AST) -> None:
        """Statements only: expressions hold no imports, and may be nested more deeply than we can go."""
        for inner in ast.iter_child_nodes(node):
            if isinstance(inner, ast.stmt | ast.ExceptHandler | ast.match_case):
                self.visit(inner)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.found.append(Import(alias.name, (), node, self._guarded, self._late))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        names = tuple(alias.name for alias in node.names)
        module = absolute(node, self._package)
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
        if not is_main(node.test):
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
