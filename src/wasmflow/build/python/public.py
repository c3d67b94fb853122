"""Which functions and classes of a source are public, before their annotations are read.

Public are those that `__all__` lists, or else all whose names do not begin with an underscore.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final, TypeAlias

from wasmflow.build.python.authored import Authored, FunctionNode
from wasmflow.build.python.bindings import Defined
from wasmflow.build.python.labels import label, why_no_label
from wasmflow.build.python.names import Local, meaning
from wasmflow.build.python.program import Program
from wasmflow.build.python.source import Source
from wasmflow.build.python.streaming import NEXT, PUSH, PUSH_MANY
from wasmflow.naming import Hints
from wasmflow.problem import Problem

_Node: TypeAlias = FunctionNode | ast.ClassDef

#: A class with one of these is a streaming component.
_STREAMING: Final = (PUSH, PUSH_MANY, NEXT)


#: How like each other the names of methods are that are taken for slips: no other word is.
_NEAR: Final = 0.8


@dataclass(frozen=True)
class Candidate:
    """A public function, or a public class that streams."""

    #: Where it is defined: the main source, unless `__all__` passes on what that imports.
    source: Source
    #: Its name in the main source.
    name: str
    label: str
    node: _Node


@dataclass(frozen=True)
class Public:
    """What a source has to offer."""

    candidates: tuple[Candidate, ...]
    #: Warnings among them.
    problems: tuple[Problem, ...]


def public_members(program: Program) -> Public:
    """The public functions and streaming classes of a program's main source, in their order there."""
    finder = _Finder(program)
    candidates = list(finder.distinct(finder.candidates()))
    return Public(tuple(candidates), tuple(finder.problems))


class _Finder:
    def __init__(self, program: Program) -> None:
        self._program = program
        self._main = program.main
        self._all = self._listed()
        self.problems: list[Problem] = []
        self._hints = Hints()

    def _listed(self) -> list[ast.Constant] | None:
        """The names in `__all__`; ``None`` if it is not there, or made by a program."""
        match self._main.bindings.get("__all__"):
            case Defined(ast.List(elts=items) | ast.Tuple(elts=items)):
                return [item for item in items if isinstance(item, ast.Constant)]
        return None

    def candidates(self) -> Iterator[Candidate]:
        """What is public, if WIT can have its name."""
        for source, name, node in self._members():
            if made := label(name):
                yield Candidate(source, name, made, node)
            else:
                self._note(source.problem(node, *why_no_label(name)))

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

    def _members(self) -> Iterator[tuple[Source, str, _Node]]:
        return self._open_members() if self._all is None else self._listed_members(self._all)

    def _open_members(self) -> Iterator[tuple[Source, str, _Node]]:
        """Without `__all__`: all that are annotated and have no underscore."""
        for name, binding in self._main.bindings.items():
            if name.startswith("_") or not isinstance(binding, Defined):
                continue
            node = binding.node
            if isinstance(node, ast.ClassDef) and self._streams(self._main, node):
                if reason := self._value(self._main, node):
                    self._note(replace(reason, warning=True))
                    continue
            elif not isinstance(node, FunctionNode):
                self._nearly_streams(self._main, node)
                continue
            if self._is_annotated(self._main, node):
                yield self._main, name, node
            else:
                message = f"'{name}' has no type annotations and is no component"
                self._note(replace(self._main.problem(node, message), warning=True))

    def _listed_members(self, listed: list[ast.Constant]) -> Iterator[tuple[Source, str, _Node]]:
        for item in listed:
            name = str(item.value)
            match meaning(self._program, self._main, ast.Name(name)):
                case Local(source, _, ast.FunctionDef() | ast.AsyncFunctionDef() as node):
                    yield source, name, node
                case Local(source, _, ast.ClassDef() as node) if self._streams(source, node):
                    if reason := self._value(source, node):
                        self._note(reason)
                    else:
                        yield source, name, node
                case Local(source, _, node):
                    self._nearly_streams(source, node)
                case None:
                    message = f"'__all__' lists '{name}', which is not defined"
                    near = self._hints.suggest(name, self._main.bindings, noun="the module")
                    self._note(self._main.problem(item, message, near))

    def _note(self, problem: Problem) -> None:
        self.problems.append(problem)

    # --- classes

    def _authored(self, source: Source, node: ast.ClassDef) -> Authored:
        return Authored(self._program, source, node.name, node)

    def _streams(self, source: Source, node: ast.ClassDef) -> bool:
        """Whether instances of a class can be pushed to or pulled from."""
        authored = self._authored(source, node)
        return any(name in authored.methods for name in _STREAMING) and not authored.is_abstract

    def _nearly_streams(self, source: Source, node: ast.AST) -> None:
        """Note that a class is no component for want of a method, if it nearly has that."""
        if not isinstance(node, ast.ClassDef):
            return
        authored = self._authored(source, node)
        if authored.is_value or authored.is_abstract:
            return
        for wanted in (PUSH_MANY, PUSH, NEXT):
            if written := slip(wanted, authored.methods):
                method = authored.methods[written]
                message = f"'{node.name}' has no {wanted} and is no component"
                hint = f"did you mean '{wanted}' for '{written}'?"
                self._note(replace(method.source.problem(method.node, message, hint), warning=True))
                return

    def _value(self, source: Source, node: ast.ClassDef) -> Problem | None:
        """Why a class with such methods is no component all the same."""
        if not self._authored(source, node).is_value:
            return None
        message = f"'{node.name}' is a type of values and no component"
        hint = "to make it one, write a plain class with an __init__"
        return source.problem(node, message, hint)

    def _is_annotated(self, source: Source, node: _Node) -> bool:
        if not isinstance(node, ast.ClassDef):
            return _has_annotations(node)
        methods = self._authored(source, node).methods
        return any(_has_annotations(methods[name].node) for name in _STREAMING if name in methods)


def slip(wanted: str, methods: Iterable[str]) -> str | None:
    """The method that was probably meant to have this name; ``None`` if none was."""
    public = [each for each in methods if not each.startswith("_")]
    near = [each for each in public if get_close_matches(each.lower(), (wanted,), cutoff=_NEAR)]
    begun = [each for each in public if each.lower().startswith(f"{wanted}_")]
    return next(iter(near + begun), None)


def _has_annotations(node: FunctionNode) -> bool:
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return node.returns is not None or any(argument.annotation for argument in every)
