"""A class that an author wrote: what it inherits from, and what it declares.

`classes` makes types of classes; here it is only found out what stands there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple, TypeAlias

from wasmflow.build.python.names import External, Local, library_name, meaning
from wasmflow.build.python.program import Program
from wasmflow.build.python.source import Source

FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

#: Classes that inherit from one another; a longer line is a circle.
_LONGEST_LINE: Final = 50


@dataclass(frozen=True)
class Field:
    """A field of a record."""

    name: str
    annotation: ast.expr
    source: Source
    #: Whether a `TypedDict` may be without it.
    absent: bool = False


class Method(NamedTuple):
    """A method, with the module that it stands in."""

    source: Source
    node: FunctionNode


#: What makes an enumeration of a class that inherits from it, or a set of flags.
ENUMS: Final = frozenset({"enum.Enum", "enum.StrEnum", "enum.IntEnum", "enum.ReprEnum"})
FLAGS: Final = frozenset({"enum.Flag", "enum.IntFlag"})
TYPED_DICT: Final = "typing.TypedDict"
NAMED_TUPLE: Final = "typing.NamedTuple"


@dataclass(frozen=True)
class Authored:
    """A class."""

    program: Program
    source: Source
    #: Its name within its module, with dots where it is inside another class.
    name: str
    node: ast.ClassDef

    @cached_property
    def line(self) -> tuple[Authored, ...]:
        """The class and the author's classes that it inherits from, each after what inherits from it."""
        line: list[Authored] = []
        self._visit(line, set(), _LONGEST_LINE)
        return tuple(reversed(line))

    def _visit(self, line: list[Authored], seen: set[ast.ClassDef], left: int) -> None:
        """Add those that it inherits from, the last of them first, and then itself."""
        seen.add(self.node)
        for base in reversed([*self._bases()]):
            match meaning(self.program, self.source, base):
                case Local(source, name, ast.ClassDef() as node) if left and node not in seen:
                    Authored(self.program, source, name, node)._visit(line, seen, left - 1)
        line.append(self)

    def _bases(self) -> Iterator[ast.expr]:
        """What it inherits from, without what stands in brackets."""
        for base in self.node.bases:
            yield base.value if isinstance(base, ast.Subscript) else base

    @cached_property
    def libraries(self) -> frozenset[str]:
        """The full names of the libraries' classes that it inherits from."""
        meanings = [
            meaning(each.program, each.source, base) for each in self.line for base in each._bases()
        ]
        return frozenset(each.name for each in meanings if isinstance(each, External))

    @property
    def is_value(self) -> bool:
        """Whether its instances are values, which cross as such."""
        kinds = {TYPED_DICT, NAMED_TUPLE, *ENUMS, *FLAGS}
        return bool(self.libraries & kinds) or any(each.is_dataclass for each in self.line)

    @cached_property
    def is_dataclass(self) -> bool:
        """Whether it is decorated as one."""
        called = [
            each.func if isinstance(each, ast.Call) else each for each in self.node.decorator_list
        ]
        names = {library_name(self.program, self.source, each) for each in called}
        return "dataclasses.dataclass" in names

    # --- fields

    def dataclass_fields(self) -> list[Field]:
        """What a dataclass is made of, the fields of its bases first. Raises `Refused`."""
        fields: dict[str, Field] = {}
        for each in reversed(self.line):
            if each.is_dataclass:
                fields |= {field.name: field for field in each._given_fields()}
        return list(fields.values())

    def _given_fields(self) -> Iterator[Field]:
        for name, statement in self._annotated():
            full = self._outer(statement.annotation)
            if full in ("typing.ClassVar", "dataclasses.KW_ONLY"):
                continue
            if full == "dataclasses.InitVar" or _is_not_given(statement.value):
                message = f"the field '{name}' is not both given to the class and kept in it"
                hint = "leave it out of the dataclass, or make it a plain field"
                raise self.source.refusal(statement, message, hint)
            yield Field(name, statement.annotation, self.source)

    def tuple_fields(self) -> list[Field]:
        """The fields of a `NamedTuple`."""
        return [Field(name, each.annotation, self.source) for name, each in self._annotated()]

    def dict_fields(self) -> list[Field]:
        """The keys of a `TypedDict`, those of its bases first."""
        fields: dict[str, Field] = {}
        for each in reversed(self.line):
            partial = any(map(_is_total_false, each.node.keywords))
            for name, statement in each._annotated():
                annotation = statement.annotation
                full = each._outer(annotation)
                absent = full == "typing.NotRequired" or (partial and full != "typing.Required")
                fields[name] = Field(name, annotation, each.source, absent)
        return list(fields.values())

    def _annotated(self) -> Iterator[tuple[str, ast.AnnAssign]]:
        for statement in self.node.body:
            match statement:
                case ast.AnnAssign(target=ast.Name(id=name)):
                    yield name, statement

    def _outer(self, annotation: ast.expr) -> str:
        """The full name of what stands before the brackets."""
        outer = annotation.value if isinstance(annotation, ast.Subscript) else annotation
        return library_name(self.program, self.source, outer)

    # --- methods

    @cached_property
    def methods(self) -> dict[str, Method]:
        """Its methods by name, with those that it inherits."""
        return {
            statement.name: Method(each.source, statement)
            for each in reversed(self.line)
            for statement in each.node.body
            if isinstance(statement, FunctionNode)
        }

    @property
    def is_abstract(self) -> bool:
        """Whether it only says what others are like."""
        if "typing.Protocol" in self._own_libraries():
            return True
        return any(
            library_name(self.program, method.source, decorator) == "abc.abstractmethod"
            for method in self.methods.values()
            for decorator in method.node.decorator_list
        )

    def _own_libraries(self) -> Iterator[str]:
        return (library_name(self.program, self.source, base) for base in self._bases())

    # --- members

    def members(self) -> list[tuple[str, ast.expr]]:
        """The names of an enumeration and what they stand for."""
        return [pair for pair in self._assigned() if not pair[0].startswith("_")]

    def _assigned(self) -> Iterator[tuple[str, ast.expr]]:
        for statement in self.node.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    yield name, value
                case ast.Assign(targets=[ast.Tuple(elts=names)], value=value):
                    for each in names:
                        if isinstance(each, ast.Name):
                            yield each.id, value


def _is_not_given(value: ast.expr | None) -> bool:
    match value:
        case ast.Call(keywords=keywords):
            return any(map(_is_init_false, keywords))
    return False


def _is_init_false(keyword: ast.keyword) -> bool:
    return keyword.arg == "init" and _is_false(keyword.value)


def _is_total_false(keyword: ast.keyword) -> bool:
    return keyword.arg == "total" and _is_false(keyword.value)


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False
