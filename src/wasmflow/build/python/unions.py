"""Unions in annotations: an option where `None` is a member, a variant where several others are."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from wasmflow.build.python import vocabulary
from wasmflow.build.python.declarations import GuestType
from wasmflow.build.python.names import Local
from wasmflow.build.python.written import Written
from wasmflow.types import model as wit

if TYPE_CHECKING:
    from wasmflow.build.python.annotations import Annotations

#: Characters of a name that lists the members; longer ones help nobody.
_LONGEST_NAME = 40


def read_union(annotations: Annotations, written: Written) -> GuestType:
    """The type of `A | B | None`, `Optional[A]`, `Union[A, B]`. Raises `Refused`."""
    parts = list(_parts(annotations, written))
    others = [part for part in parts if not part.is_none]
    if len(others) > 1:
        parts = [each for part in parts for each in _expanded(annotations, part)]
        others = [part for part in parts if not part.is_none]
    members = annotations.read_all(others)
    if not members:
        raise written.refusal("None is its only value", vocabulary.PORT_TYPES)
    nullable = len(others) < len(parts) or any(member.payload for member in members)
    plain = _simplified([member.required for member in members])
    made = plain[0] if len(plain) == 1 else _variant(annotations, written, plain)
    return made.optional() if nullable else made


def _parts(annotations: Annotations, written: Written) -> Iterator[Written]:
    """What stands between the bars, or in the brackets."""
    written = written.unquoted()
    match written.node:
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            yield from _parts(annotations, written.part(left))
            yield from _parts(annotations, written.part(right))
        case ast.Subscript(value=outer) if (
            full := annotations.library_name(written.source, outer)
        ) in vocabulary.UNIONS:
            for part in written.parts:
                yield from _parts(annotations, part)
            if full == "typing.Optional":
                yield written.part(ast.copy_location(ast.Constant(None), written.node))
        case _:
            yield written


def _expanded(annotations: Annotations, part: Written) -> Iterator[Written]:
    """The members of a union that is itself a member, under a name that the author gave it."""
    found = None
    if isinstance(part.node, ast.Name | ast.Attribute):
        found = annotations.meaning(part.source, part.node)
    if not isinstance(found, Local) or not isinstance(found.node, ast.BinOp | ast.Subscript):
        yield part
        return
    with annotations.within(part, found):
        inner = list(_parts(annotations, Written(found.source, found.node, found.name, named=True)))
        if len(inner) == 1:
            yield part
        else:
            for each in inner:
                yield from _expanded(annotations, each)


def _simplified(members: Sequence[GuestType]) -> list[GuestType]:
    """Without repetitions, and without what another member takes in: `float` takes every `int`."""
    distinct = {(member.type, member.codec): member for member in members}.values()
    codecs = {member.codec for member in distinct}
    for member in distinct:
        if member.type == wit.ANY:
            return [member]
    return [member for member in distinct if member.codec != "S64" or "F64" not in codecs]


def _variant(annotations: Annotations, written: Written, members: Sequence[GuestType]) -> GuestType:
    classes = [name for member in members for name in member.classes]
    if shared := sorted({name for name in classes if classes.count(name) > 1}):
        message = (
            f"two members of the union are both {shared[0]} in Python and cannot be told apart"
        )
        raise written.refusal(message, "wrap one of them in a dataclass")
    key = ("union", *((member.type, member.codec) for member in members))
    return annotations.declarations.once(key, lambda: _declared(annotations, written, members))


def _declared(
    annotations: Annotations, written: Written, members: Sequence[GuestType]
) -> GuestType:
    names = [member.case for member in members]
    if len(set(names)) < len(names):  # classes of one name, from two modules
        names = [member.codec.removesuffix("_codec").replace("_", "-") for member in members]
    cases = [wit.Part(name, member.type) for name, member in zip(names, members, strict=True)]
    codecs = ", ".join(member.codec for member in members)
    listed = "-or-".join(names)
    return annotations.declarations.declare(
        written.name if written.named or len(listed) > _LONGEST_NAME else listed,
        lambda name: wit.Variant(tuple(cases), name),
        lambda binding: f"union({binding}, {codecs})",
        {name for member in members for name in member.classes},
    )
