"""What stands in the first lines of functions and methods: parameters, and annotations of results.

`functions`, `stream_functions` and `stream_classes` make components of it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple, TypeAlias

from wasmflow.build.python import vocabulary
from wasmflow.build.python.annotations import Annotations
from wasmflow.build.python.authored import FunctionNode
from wasmflow.build.python.declarations import GuestType
from wasmflow.build.python.defaults import default_json
from wasmflow.build.python.labels import label, why_no_label
from wasmflow.build.python.names import Local
from wasmflow.build.python.source import Refused, Source
from wasmflow.build.python.written import Written
from wasmflow.packet import EMPTY, Empty
from wasmflow.problem import Problem
from wasmflow.types import model as wit

_Default: TypeAlias = ast.expr | None
#: Names that stand for other annotations; as many are followed.
_LONGEST_CHAIN: Final = 10


class Given(Enum):
    """How a parameter is given; the value is its marker in the glue."""

    BY_POSITION = ""
    BY_NAME = "Keyword"
    #: Left out when nothing comes in.
    OR_NOT = "Default"
    #: The same, where `None` can come in besides.
    OR_NONE_OR_NOT = "NullableDefault"
    #: What it is given is an iterator, over values of its type.
    STREAM = "Stream"
    STREAM_BY_NAME = "NamedStream"


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

    @property
    def stream(self) -> bool:
        """Whether it is a stream."""
        return self.given in (Given.STREAM, Given.STREAM_BY_NAME)


class Argument(NamedTuple):
    """A parameter as it stands there."""

    node: ast.arg
    default: _Default
    #: How it is given if it has no default.
    given: Given


class SignatureReader:
    """Reads the parameters and the result of one function or method, and collects the problems."""

    def __init__(
        self, annotations: Annotations, source: Source, node: FunctionNode, part_of: str, shown: str
    ) -> None:
        """`part_of` is the component's label, `shown` the name of the function in messages."""
        self._annotations = annotations
        self._source = source
        self._node = node
        self._label = part_of
        self._shown = shown
        noun = "class" if "." in shown else "function"
        self.private = f"begin the {noun}'s name with an underscore if it is not to be a component"
        self.problems: list[Problem] = []

    def refuse(self, node: ast.AST, message: str, hint: str = "") -> None:
        """Note a problem."""
        self.problems.append(self._source.problem(node, message, hint))

    # --- parameters

    def arguments(self, bound: bool = False) -> list[Argument]:
        """All parameters that have names; of a method (`bound`) all after the first."""
        arguments = self._node.args
        for star, argument in (("*", arguments.vararg), ("**", arguments.kwarg)):
            if argument:
                message = (
                    f"'{star}{argument.arg}' cannot be a port, which has one name and one type"
                )
                self.refuse(argument, message, "take a list or a dict")
        return list(self._given(int(bound)))

    def _given(self, skipped: int) -> Iterator[Argument]:
        arguments = self._node.args
        positional = [*arguments.posonlyargs, *arguments.args]
        required = len(positional) - len(arguments.defaults)
        defaults: list[_Default] = [*([None] * required), *arguments.defaults]
        for argument, default in list(zip(positional, defaults, strict=True))[skipped:]:
            if default and argument in arguments.posonlyargs:
                message = f"the default of '{argument.arg}' cannot be used"
                self.refuse(argument, message, "move the '/' before it, or drop it")
            yield Argument(argument, default, Given.BY_POSITION)
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            yield Argument(argument, default, Given.BY_NAME)

    def parameters(self, arguments: Sequence[Argument]) -> list[Parameter]:
        """Those that can be ports; for the others there are problems."""
        return [made for each in arguments if (made := self.parameter(each))]

    def parameter(self, argument: Argument) -> Parameter | None:
        """A parameter that takes a value; ``None`` if there is a problem."""
        node, default, given = argument
        annotation = node.annotation
        if annotation is None:
            message = f"the parameter '{node.arg}' of '{self._shown}' has no type annotation"
            self.refuse(node, message, f"write {node.arg}: str, for example, or {self.private}")
        made = self.port_label(node)
        guest = self.type(annotation, f"{self._label}-{node.arg}") if annotation else None
        if not guest or made is None:
            return None
        if default is None:
            return Parameter(node.arg, made, guest, given)
        return self._optional(node.arg, made, guest, default)

    def port_label(self, node: ast.arg) -> str | None:
        """The name of a port in WIT; ``None`` if there is a problem."""
        made = label(node.arg)
        if made is None:
            self.refuse(node, *why_no_label(node.arg))
        return made

    def _optional(self, name: str, made: str, guest: GuestType, default: ast.expr) -> Parameter:
        if isinstance(default, ast.Constant) and default.value is None:
            return Parameter(name, made, guest, Given.OR_NOT)
        told = default_json(self._annotations, self._source, default, guest.type)
        given = Given.OR_NONE_OR_NOT if guest.payload else Given.OR_NOT
        return Parameter(name, made, guest, given, told)

    def check_names(self, arguments: Sequence[Argument]) -> None:
        """Two parameters cannot have one name in WIT."""
        named: dict[str, str] = {}
        for name, argument in ((each.node.arg, each.node) for each in arguments):
            made = label(name) or name
            if made in named:
                both = f"'{named[made]}' and '{name}'"
                self.refuse(argument, f"the parameters {both} are both '{made}' in WIT")
            named.setdefault(made, name)

    def type(self, annotation: ast.expr, name: str) -> GuestType | None:
        """The type that an annotation means; ``None`` if there is a problem."""
        return self._read(Written(self._source, annotation, name))

    def _read(self, written: Written) -> GuestType | None:
        try:
            return self._annotations.read(written)
        except Refused as refused:
            self.problems += refused.problems
        except RecursionError:
            self.problems += written.refusal("the annotation is nested too deeply").problems
        return None

    # --- result

    def result(self) -> GuestType | None:
        """What it returns; ``None`` for nothing, or if there is a problem."""
        annotation = self.returns()
        return self.type(annotation, self._label) if annotation else None

    def returns(self) -> ast.expr | None:
        """The annotation of what it returns; ``None`` for nothing, or if there is a problem."""
        annotation = self._node.returns
        if annotation is None:
            message = f"'{self._shown}' does not say what it returns"
            hint = f"write '-> None' if that is nothing, or {self.private}"
            self.refuse(self._node, message, hint)
        return None if annotation is None or self._is_nothing(annotation) else annotation

    def _is_nothing(self, annotation: ast.expr) -> bool:
        if isinstance(annotation, ast.Constant):
            return annotation.value in (None, "None")
        return self._annotations.library_name(self._source, annotation) in vocabulary.NOTHING

    # --- streams

    def outer(self, annotation: ast.expr | None) -> str:
        """The full name of a library's type before the brackets, behind quotes and the author's names."""
        return self._unfolded(annotation)[0]

    def element(self, annotation: ast.expr, name: str) -> GuestType | None:
        """The type of what an iterator gives; ``None`` if there is a problem."""
        full, written = self._unfolded(annotation)
        held = next(written.parts, None) if written else None
        if held is not None and not held.is_none:
            return self._read(Written(held.source, held.node, name))
        message = f"'{ast.unparse(annotation)}' does not say what it gives"
        self.refuse(annotation, message, f"write {full.rpartition('.')[2]}[str], for example")
        return None

    def _unfolded(self, annotation: ast.expr | None) -> tuple[str, Written | None]:
        if annotation is None:
            return "", None
        written = Written(self._source, annotation, self._label)
        for _ in range(_LONGEST_CHAIN):
            try:
                written = written.unquoted()
            except Refused:  # which is told when the type is read
                return "", None
            node = written.node
            outer = node.value if isinstance(node, ast.Subscript) else node
            match self._annotations.meaning(written.source, outer):
                case Local(source, _, ast.expr() as value) if outer is node:
                    written = Written(source, value, self._label)
                case _:
                    return self._annotations.library_name(written.source, outer), written
        return "", None


def held(annotation: ast.expr | None) -> str:
    """What an annotation holds, or else itself, as text for a hint."""
    match annotation:
        case ast.Subscript(slice=ast.Tuple(elts=[first, *_])):
            return ast.unparse(first)
        case ast.Subscript(slice=inner):
            return ast.unparse(inner)
    return ast.unparse(annotation) if annotation else "str"


def yields(function: ast.AST) -> bool:
    """Whether calling a function makes a generator."""
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in inside(function))


def inside(function: ast.AST) -> Iterator[ast.AST]:
    """What stands in a function; functions and classes inside it are others, and left closed."""
    waiting = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, _OTHER_SCOPES):
            waiting += ast.iter_child_nodes(node)


_OTHER_SCOPES: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
