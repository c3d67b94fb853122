"""What the names at the top of a module stand for."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from wasmflow.build.python.imports import absolute, is_main


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


def bindings_of(tree: ast.Module, package: str) -> dict[str, Binding]:
    """The names at the top of a module of that package. Of two branches, the first counts."""
    found: dict[str, Binding] = {}
    _bind(tree.body, package, found)
    return found


def _bind(body: Sequence[ast.stmt], package: str, found: dict[str, Binding]) -> None:
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
                found.update(_imported(statement, package))
            case ast.If() | ast.Try() | ast.With():
                for branch in _branches(statement):
                    inner: dict[str, Binding] = {}
                    _bind(branch, package, inner)
                    found |= {name: what for name, what in inner.items() if name not in found}
            case _ if type(statement).__name__ == "TypeAlias":  # `type X = …`, from Python 3.12 on
                found[statement.name.id] = Defined(statement.value)  # type: ignore[attr-defined]


def _branches(statement: ast.If | ast.Try | ast.With) -> Iterator[list[ast.stmt]]:
    """The alternatives of a statement, the most usual first."""
    if isinstance(statement, ast.If) and is_main(statement.test):
        return
    yield statement.body
    if isinstance(statement, ast.Try):
        yield from (handler.body for handler in statement.handlers)
        yield statement.finalbody
    if not isinstance(statement, ast.With):
        yield statement.orelse


def _imported(statement: ast.Import | ast.ImportFrom, package: str) -> dict[str, Binding]:
    if isinstance(statement, ast.ImportFrom):
        module = absolute(statement, package)
        return {
            alias.asname or alias.name: Imported(module, alias.name) for alias in statement.names
        }
    return {
        alias.asname or alias.name.partition(".")[0]: Imported(
            alias.name if alias.asname else alias.name.partition(".")[0]
        )
        for alias in statement.names
    }
