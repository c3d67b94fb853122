"""What a name in a source means: something of the author, or something of a library, by its full name."""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass
from typing import TypeAlias

from wasmflow.build.python.bindings import Defined, Imported
from wasmflow.build.python.program import Program
from wasmflow.build.python.source import Source


@dataclass(frozen=True)
class Local:
    """Something that a module at hand defines."""

    source: Source
    #: Its name within the module, with dots where it is inside a class.
    name: str
    node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.expr


@dataclass(frozen=True)
class Module:
    """A module."""

    name: str


@dataclass(frozen=True)
class External:
    """Something of a library, or of Python itself."""

    #: Such as ``typing.Optional`` or ``builtins.int``.
    name: str


Meaning: TypeAlias = Local | Module | External

#: Where backports say what later became part of Python.
_SAME = {"typing_extensions": "typing", "_collections_abc": "collections.abc"}


def meaning(program: Program, source: Source, node: ast.expr) -> Meaning | None:
    """What a name, with or without dots, means there; ``None`` if nothing defines it."""
    if isinstance(node, ast.Name):
        return _top(program, source, node.id, set())
    if not isinstance(node, ast.Attribute):
        return None
    owner = meaning(program, source, node.value)
    match owner:
        case Module(name):
            return _member(program, name, node.attr, set())
        case External(name):
            return External(f"{name}.{node.attr}")
        case Local(node=ast.ClassDef() as inside):
            found = [
                each
                for each in inside.body
                if isinstance(each, ast.ClassDef) and each.name == node.attr
            ]
            return Local(owner.source, f"{owner.name}.{node.attr}", found[-1]) if found else None
    return None


def library_name(program: Program, source: Source, node: ast.expr) -> str:
    """The full name of something of a library; empty for anything else."""
    found = meaning(program, source, node)
    return found.name if isinstance(found, External) else ""


def _top(program: Program, source: Source, name: str, seen: set[tuple[str, str]]) -> Meaning | None:
    """A name at the top of a module. `seen` are those on the way, against imports in circles."""
    if (source.name, name) in seen:
        return None
    seen.add((source.name, name))
    match source.bindings.get(name):
        case Defined(node):
            return Local(source, name, node)
        case Imported(module, ""):
            return Module(module)
        case Imported(module, attribute):
            return _member(program, module, attribute, seen)
    for module in source.stars:
        if found := _member_of_star(program, module, name, seen):
            return found
    return External(f"builtins.{name}") if hasattr(builtins, name) else None


def _member_of_star(
    program: Program, module: str, name: str, seen: set[tuple[str, str]]
) -> Meaning | None:
    if program.find(module) is None:
        # Nobody says what a library's star holds; that of `typing` is the only one that matters.
        return External(f"{module}.{name}") if module == "typing" and name[0].isupper() else None
    return _member(program, module, name, seen)


def _member(program: Program, module: str, name: str, seen: set[tuple[str, str]]) -> Meaning | None:
    """Something in a module: what it defines, or a module of the package."""
    source = program.find(module)
    if source is None:
        return External(f"{_SAME.get(module, module)}.{name}")
    if (found := _top(program, source, name, seen)) and not _is_builtin(found):
        return found
    return Module(f"{module}.{name}") if program.find(f"{module}.{name}") else None


def _is_builtin(found: Meaning) -> bool:
    return isinstance(found, External) and found.name.startswith("builtins.")
