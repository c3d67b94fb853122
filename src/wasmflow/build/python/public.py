"""Which functions of a source are public, before their annotations are read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from wasmflow.build.python.bindings import Defined
from wasmflow.build.python.labels import label
from wasmflow.build.python.names import Local, meaning
from wasmflow.build.python.program import Program
from wasmflow.build.python.source import Source
from wasmflow.naming import suggestion
from wasmflow.problem import Problem

_FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

#: The methods of what is going to be a streaming component.
_STREAMING: Final = frozenset({"push", "push_many"})


@dataclass(frozen=True)
class Candidate:
    """A public function."""

    #: Where it is defined: the main source, unless `__all__` passes on what that imports.
    source: Source
    #: Its name in the main source.
    name: str
    label: str
    node: _FunctionNode


@dataclass(frozen=True)
class Public:
    """What a source has to offer."""

    candidates: tuple[Candidate, ...]
    #: Warnings among them.
    problems: tuple[Problem, ...]


def public_functions(program: Program) -> Public:
    """The public functions of a program's main source, in their order there."""
    finder = _Finder(program)
    candidates = list(finder.distinct(finder.candidates()))
    return Public(tuple(candidates), tuple(finder.problems))


class _Finder:
    def __init__(self, program: Program) -> None:
        self._program = program
        self._main = program.main
        self._all = self._listed()
        self.problems: list[Problem] = []

    def _listed(self) -> list[ast.Constant] | None:
        """The names in `__all__`; ``None`` if it is not there, or made by a program."""
        match self._main.bindings.get("__all__"):
            case Defined(ast.List(elts=items) | ast.Tuple(elts=items)):
                return [item for item in items if isinstance(item, ast.Constant)]
        return None

    def candidates(self) -> Iterator[Candidate]:
        """Public functions whose names WIT can have."""
        for source, name, node in self._functions():
            if made := label(name):
                yield Candidate(source, name, made, node)
            else:
                message = f"'{name}' has letters that names in WIT cannot have"
                self._note(source.problem(node, message, "write it with a–z, 0–9 and _"))

    def distinct(self, candidates: Iterator[Candidate]) -> Iterator[Candidate]:
        """Of candidates that have one name in WIT, the first."""
        first: dict[str, str] = {}
        for each in candidates:
            if each.label not in first:
                first[each.label] = each.name
                yield each
            else:
                message = f"'{first[each.label]}' and '{each.name}' are both '{each.label}' in WIT"
                self._note(each.source.problem(each.node, message, "give one another name"))

    def _functions(self) -> Iterator[tuple[Source, str, _FunctionNode]]:
        return self._open_functions() if self._all is None else self._listed_functions(self._all)

    def _open_functions(self) -> Iterator[tuple[Source, str, _FunctionNode]]:
        """Without `__all__`: all that are annotated and have no underscore."""
        for name, binding in self._main.bindings.items():
            if name.startswith("_") or not isinstance(binding, Defined):
                continue
            match binding.node:
                case ast.ClassDef() as node if _is_streaming(node):
                    self._note(replace(_streaming(self._main, node), warning=True))
                case ast.FunctionDef() | ast.AsyncFunctionDef() as node if _is_annotated(node):
                    yield self._main, name, node
                case ast.FunctionDef() | ast.AsyncFunctionDef() as node:
                    message = f"'{name}' has no type annotations and is no component"
                    self._note(replace(self._main.problem(node, message), warning=True))

    def _listed_functions(
        self, listed: list[ast.Constant]
    ) -> Iterator[tuple[Source, str, _FunctionNode]]:
        for item in listed:
            name = str(item.value)
            match meaning(self._program, self._main, ast.Name(name)):
                case Local(source, _, ast.FunctionDef() | ast.AsyncFunctionDef() as node):
                    yield source, name, node
                case Local(source, _, ast.ClassDef() as node) if _is_streaming(node):
                    self._note(_streaming(source, node))
                case None:
                    message = f"'__all__' lists '{name}', which is not defined"
                    near = suggestion(name, self._main.bindings, noun="the module")
                    self._note(self._main.problem(item, message, near))

    def _note(self, problem: Problem) -> None:
        self.problems.append(problem)


def _is_annotated(node: _FunctionNode) -> bool:
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return node.returns is not None or any(argument.annotation for argument in every)


def _is_streaming(node: ast.ClassDef) -> bool:
    return any(
        isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and each.name in _STREAMING
        for each in node.body
    )


def _streaming(source: Source, node: ast.ClassDef) -> Problem:
    message = f"the class '{node.name}' is no component: streaming ones are not supported yet"
    return source.problem(node, message)
