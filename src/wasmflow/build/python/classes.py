"""Types of the classes that authors write: dataclasses, `NamedTuple`, `TypedDict`, `Enum`, `Flag`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from wasmflow.build.python.authored import (
    ENUMS,
    FLAGS,
    NAMED_TUPLE,
    TYPED_DICT,
    Authored,
    Field,
)
from wasmflow.build.python.declarations import GuestType
from wasmflow.build.python.labels import label, why_no_label
from wasmflow.build.python.names import Local
from wasmflow.build.python.source import Refused, Source
from wasmflow.build.python.written import Written
from wasmflow.types import model as wit

if TYPE_CHECKING:
    from wasmflow.build.python.annotations import Annotations

#: A `flags` of WIT has no more.
_MOST_FLAGS: Final = 32


def module_variable(source: Source) -> str:
    """The name that a module has in the glue."""
    return source.name.replace(".", "__") + "_py"


def read_class(annotations: Annotations, written: Written, found: Local) -> GuestType:
    """The type of a class that is used in an annotation. Raises `Refused`."""
    assert isinstance(found.node, ast.ClassDef)  # noqa: S101  # the caller saw to that
    authored = Authored(annotations.program, found.source, found.name, found.node)
    key = ("class", found.source.name, found.name)
    with annotations.within(written, found):
        return annotations.declarations.once(
            key, lambda: annotations.bounded(written, _Reader(annotations, authored).read(written))
        )


class _Reader:
    def __init__(self, annotations: Annotations, authored: Authored) -> None:
        self._authored = authored
        self._annotations = annotations
        self._name = authored.node.name
        #: The class, in the glue.
        self._reference = f"{module_variable(authored.source)}.{authored.name}"

    def read(self, written: Written) -> GuestType:
        """Declare the type; `written` is where it is used first."""
        libraries = self._authored.libraries
        if libraries & FLAGS:
            return self._flags()
        if libraries & ENUMS:
            return self._enum()
        if TYPED_DICT in libraries:
            return self._typed_dict()
        if NAMED_TUPLE in libraries:
            return self._record(self._authored.tuple_fields())
        if any(each.is_dataclass for each in self._authored.line):
            return self._record(self._authored.dataclass_fields())
        message = f"the class '{self._name}' is no dataclass, NamedTuple, TypedDict or Enum"
        raise written.refusal(message, f"write @dataclass above 'class {self._name}'")

    # --- records

    def _record(self, fields: Sequence[Field]) -> GuestType:
        types = self._types(fields)
        parts = self._parts(fields, [type_.type for type_ in types])
        given = self._given(fields, [type_.codec for type_ in types])
        return self._declare(
            lambda name: wit.Record(parts, name),
            lambda binding: f"record({binding}, {self._reference}, {given})",
            self._reference,
        )

    def _typed_dict(self) -> GuestType:
        fields = self._authored.dict_fields()
        types = self._types(fields)
        pairs = list(zip(fields, types, strict=True))
        crossing = [each.optional().type if field.absent else each.type for field, each in pairs]
        codecs = [f"Absent({each.codec})" if field.absent else each.codec for field, each in pairs]
        parts, given = self._parts(fields, crossing), self._given(fields, codecs)
        return self._declare(
            lambda name: wit.Record(parts, name),
            lambda binding: f"typed_dict({binding}, {given})",
            "dict",
        )

    def _types(self, fields: Sequence[Field]) -> list[GuestType]:
        if not fields:
            raise self._refusal(f"'{self._name}' has no fields, and a record must have one")
        return self._annotations.read_all(
            Written(field.source, field.annotation, f"{self._name}-{field.name}")
            for field in fields
        )

    def _parts(self, fields: Sequence[Field], types: Sequence[wit.Type]) -> tuple[wit.Part, ...]:
        labels = self._labels([field.name for field in fields])
        return tuple(map(wit.Part, labels, types))

    def _given(self, fields: Sequence[Field], codecs: Sequence[str]) -> str:
        return ", ".join(
            f"{field.name}={codec}" for field, codec in zip(fields, codecs, strict=True)
        )

    # --- choices

    def _enum(self) -> GuestType:
        members = [name for name, _ in self._authored.members()]
        cases = self._members_labels(members)
        return self._declare(
            lambda name: wit.Enum(cases, name), self._of("choice", members), self._reference
        )

    def _flags(self) -> GuestType:
        members = [name for name, value in self._authored.members() if not _is_combined(value)]
        names = self._members_labels(members)
        if len(names) > _MOST_FLAGS:
            raise self._refusal(f"'{self._name}' has more than {_MOST_FLAGS} flags")
        return self._declare(
            lambda name: wit.Flags(names, name), self._of("flags", members), self._reference
        )

    def _members_labels(self, members: Sequence[str]) -> tuple[str, ...]:
        if not members:
            raise self._refusal(f"'{self._name}' has no members")
        return tuple(self._labels(members))

    def _of(self, codec: str, members: Sequence[str]) -> Callable[[str], str]:
        given = ", ".join(f"{self._reference}.{member}" for member in members)
        return lambda binding: f"{codec}({binding}, {given})"

    # --- both

    def _labels(self, names: Sequence[str]) -> list[str]:
        """The names in WIT, which must differ."""
        found: dict[str, str] = {}
        for name in names:
            made = label(name)
            if made is None:
                raise self._refusal(*why_no_label(name))
            if made in found:
                raise self._refusal(f"'{found[made]}' and '{name}' are both '{made}' in WIT")
            found[made] = name
        return list(found)

    def _refusal(self, message: str, hint: str = "") -> Refused:
        return self._authored.source.refusal(self._authored.node, message, hint)

    def _declare(
        self, type_: Callable[[str], wit.Type], codec: Callable[[str], str], python_class: str
    ) -> GuestType:
        docs = ast.get_docstring(self._authored.node) or ""
        declarations = self._annotations.declarations
        return declarations.declare(self._name, type_, codec, [python_class], docs)


def _is_combined(value: ast.expr) -> bool:
    """Whether a member of a `Flag` is no flag of its own: several of them, or none."""
    match value:
        case ast.BinOp() | ast.UnaryOp() | ast.Name():
            return not isinstance(getattr(value, "op", None), ast.LShift)
        case ast.Constant(value=int(number)):
            return number.bit_count() != 1
    return False
