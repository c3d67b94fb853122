"""The functions of a source that become components, with their parameters and results.

Public are those that `__all__` lists, or else all whose names do not begin with an underscore.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

from wasmflow.build.python import vocabulary
from wasmflow.build.python.annotations import Annotations
from wasmflow.build.python.declarations import GuestType
from wasmflow.build.python.defaults import default_json
from wasmflow.build.python.docstrings import Docs, read_docstring
from wasmflow.build.python.labels import label
from wasmflow.build.python.public import Candidate
from wasmflow.build.python.source import Refused, Source
from wasmflow.build.python.written import Written
from wasmflow.packet import EMPTY, Empty
from wasmflow.problem import Problem
from wasmflow.types import model as wit

_PRIVATE: Final = "begin the function's name with an underscore if it is not to be a component"
_Default: TypeAlias = ast.expr | None


class Given(Enum):
    """How a parameter is given; the value is its marker in the glue."""

    BY_POSITION = ""
    BY_NAME = "Keyword"
    #: Left out when nothing comes in.
    OR_NOT = "Default"
    #: The same, where `None` can come in besides.
    OR_NONE_OR_NOT = "NullableDefault"


@dataclass(frozen=True)
class Parameter:
    """A parameter of a function."""

    name: str
    label: str
    guest: GuestType
    given: Given
    #: As JSON; `EMPTY` if it has none, or none that can be told.
    default: wit.Json | Empty = EMPTY

    @property
    def type(self) -> wit.Type:
        """Its type in WIT."""
        match self.given:
            case Given.OR_NOT:
                return self.guest.optional().type
            case Given.OR_NONE_OR_NOT:
                return wit.Option(self.guest.type)
        return self.guest.type


@dataclass(frozen=True)
class Function:
    """A function that becomes a component."""

    name: str
    label: str
    parameters: tuple[Parameter, ...]
    #: ``None`` if it returns nothing.
    result: GuestType | None
    docs: Docs


def read_function(annotations: Annotations, candidate: Candidate) -> Function:
    """A function with its types. Raises `Refused` with everything that is wrong with it."""
    reader = _Reader(annotations, candidate)
    parameters = reader.parameters()
    result = reader.result()
    if reader.problems:
        raise Refused(*reader.problems)
    docs = read_docstring(ast.get_docstring(candidate.node))
    return Function(candidate.name, candidate.label, tuple(parameters), result, docs)


class _Reader:
    def __init__(self, annotations: Annotations, candidate: Candidate) -> None:
        self._annotations = annotations
        self._source: Source = candidate.source
        self._node = candidate.node
        self._label = candidate.label
        self.problems: list[Problem] = []

    def _refuse(self, node: ast.AST, message: str, hint: str = "") -> None:
        self.problems.append(self._source.problem(node, message, hint))

    # --- parameters

    def parameters(self) -> list[Parameter]:
        """All parameters that can be ports; for the others there are problems."""
        arguments = self._node.args
        for star, argument in (("*", arguments.vararg), ("**", arguments.kwarg)):
            if argument:
                message = (
                    f"'{star}{argument.arg}' cannot be a port, which has one name and one type"
                )
                self._refuse(argument, message, "take a list or a dict")
        named: dict[str, str] = {}
        read = [self._parameter(each, default, given) for each, default, given in self._given()]
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            made = label(argument.arg) or argument.arg
            if made in named:
                both = f"'{named[made]}' and '{argument.arg}'"
                self._refuse(argument, f"the parameters {both} are both '{made}' in WIT")
            named.setdefault(made, argument.arg)
        return [parameter for parameter in read if parameter]

    def _given(self) -> Iterator[tuple[ast.arg, _Default, Given]]:
        """Every parameter, its default, and how it is given if it has none."""
        arguments = self._node.args
        positional = [*arguments.posonlyargs, *arguments.args]
        required = len(positional) - len(arguments.defaults)
        defaults: list[_Default] = [*([None] * required), *arguments.defaults]
        for argument, default in zip(positional, defaults, strict=True):
            if default and argument in arguments.posonlyargs:
                message = f"the default of '{argument.arg}' cannot be used"
                self._refuse(argument, message, "move the '/' before it, or drop it")
            yield argument, default, Given.BY_POSITION
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            yield argument, default, Given.BY_NAME

    def _parameter(self, argument: ast.arg, default: _Default, given: Given) -> Parameter | None:
        name = argument.arg
        made = label(name)
        if made is None:
            hint = "write it with a–z, 0–9 and _"
            self._refuse(argument, f"'{name}' has letters that names in WIT cannot have", hint)
        if argument.annotation is None:
            message = f"the parameter '{name}' of '{self._node.name}' has no type annotation"
            self._refuse(argument, message, f"write {name}: str, for example, or {_PRIVATE}")
            return None
        guest = self._type(argument.annotation, f"{self._label}-{name}")
        if not guest or made is None:
            return None
        if default is None:
            return Parameter(name, made, guest, given)
        return self._optional(name, made, guest, default)

    def _optional(self, name: str, made: str, guest: GuestType, default: ast.expr) -> Parameter:
        if isinstance(default, ast.Constant) and default.value is None:
            return Parameter(name, made, guest, Given.OR_NOT)
        told = default_json(self._annotations, self._source, default, guest.type)
        given = Given.OR_NONE_OR_NOT if guest.payload else Given.OR_NOT
        return Parameter(name, made, guest, given, told)

    def _type(self, annotation: ast.expr, name: str) -> GuestType | None:
        try:
            return self._annotations.read(Written(self._source, annotation, name))
        except Refused as refused:
            self.problems += refused.problems
        except RecursionError:
            self._refuse(annotation, "the annotation is nested too deeply")
        return None

    # --- result

    def result(self) -> GuestType | None:
        """What it returns; ``None`` for nothing, or if there is a problem."""
        annotation = self._node.returns
        if _yields(self._node):
            message = f"'{self._node.name}' yields, and streams are not supported yet"
            self._refuse(self._node, message, f"return a list, or {_PRIVATE}")
            return None
        if annotation is None:
            message = f"'{self._node.name}' does not say what it returns"
            self._refuse(self._node, message, f"write '-> None' if that is nothing, or {_PRIVATE}")
            return None
        return None if self._is_nothing(annotation) else self._type(annotation, self._label)

    def _is_nothing(self, annotation: ast.expr) -> bool:
        if isinstance(annotation, ast.Constant):
            return annotation.value in (None, "None")
        return self._annotations.library_name(self._source, annotation) in vocabulary.NOTHING


def _yields(function: ast.AST) -> bool:
    """Whether calling a function makes a generator; functions inside it are others."""
    waiting = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, _OTHER_SCOPES):
            waiting += ast.iter_child_nodes(node)
    return False


_OTHER_SCOPES: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
