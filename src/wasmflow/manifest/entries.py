"""The named entries of a component's blocks: instances and declared ports.

Each `read_…` makes a value of the model from an entry, and adds to the problems it is given. What has
the wrong shape has been reported before and is passed over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, TypeVar

from wasmflow.limits import parse_limit
from wasmflow.manifest import tree
from wasmflow.manifest.constant import read_default
from wasmflow.manifest.document import RetryBlock
from wasmflow.manifest.model import DeclaredPort, Instance, Limit, Pinned, RetrySpec
from wasmflow.manifest.shape import convert
from wasmflow.manifest.tree import excerpt
from wasmflow.naming import canonical
from wasmflow.packet import EMPTY
from wasmflow.problem import Problem
from wasmflow.types import model as wit
from wasmflow.types.grammar import PortType, TypeSyntaxError, parse_port_type

T = TypeVar("T")
ReadEntry: TypeAlias = Callable[[tree.Entry, list[Problem]], T | None]


def read_named(node: tree.Node | None, read: ReadEntry[T], problems: list[Problem]) -> dict[str, T]:
    """What `read` makes of each entry of a mapping. No two may have the same name, spelled otherwise."""
    values: dict[str, T] = {}
    first: dict[str, tree.Entry] = {}
    for entry in tree.entries(node):
        other = first.setdefault(canonical(entry.name), entry)
        if other is not entry:
            message = f"'{excerpt(entry.name)}' and '{excerpt(other.name)}' are the same name"
            hint = f"'_' and '-' are taken as equal; the other one is at {other.place}"
            problems.append(Problem(message, hint, entry.place))
        value = read(entry, problems)
        if value is not None:
            values[entry.name] = value
    return values


def read_instance(entry: tree.Entry, problems: list[Problem]) -> Instance | None:
    """An entry of `instances`: a component's id, or a block with one."""
    written = tree.text(entry.value, "id")
    if written is None:
        return None
    namespace, _, component = written.text.partition("::")
    if not namespace or not component:
        message = f"'{excerpt(written.text)}' does not say which component it is"
        hint = "write namespace::component, such as text::greet, self::hello or core::merge"
        problems.append(Problem(message, hint, written.place))
        return None
    return Instance(
        entry.name,
        namespace,
        component,
        pinned=_pinned(entry.value, problems),
        retry=_retry(tree.get(entry.value, "retry")),
        batch=_batch(tree.get(entry.value, "batch")),
        place=entry.place,
    )


def _pinned(node: tree.Node, problems: list[Problem]) -> dict[str, Pinned]:
    pins, older = tree.get(node, "with"), tree.get(node, "config")
    if pins and older:
        hint = "write all constants under 'with'"
        problems.append(Problem("'config' and 'with' are the same", hint, older.place))
    return read_named(pins or older, _pin, problems)


def _pin(entry: tree.Entry, _problems: list[Problem]) -> Pinned:
    return Pinned(tree.plain(entry.value), entry.place)


def _retry(node: tree.Node | None) -> RetrySpec | None:
    if node is None:
        return None
    if block := convert(node, RetryBlock):
        return RetrySpec(block.times, block.delay, block.factor, node.place)
    times = tree.plain(node)
    return RetrySpec(times, place=node.place) if isinstance(times, int) else None


def _batch(node: tree.Node | None) -> int | None:
    number = tree.plain(node) if node else None
    return number if isinstance(number, int) else None


def read_input(entry: tree.Entry, problems: list[Problem]) -> DeclaredPort:
    """An entry of `inputs`. One of type `option<T>` is an optional `T`, unless it says otherwise."""
    stated = _type(entry.value, problems)
    type_ = stated.type if stated else None
    said, default = tree.get(entry.value, "optional"), tree.get(entry.value, "default")
    optional = tree.plain(said) is True if said else None
    if optional is None and isinstance(type_, wit.Option):
        type_, optional = type_.payload, True
    if said and default and optional is False:
        hint = "leave 'optional' out: an input with a default is optional"
        problems.append(Problem("this input has a default", hint, said.place))
    return DeclaredPort(
        entry.name,
        type_,
        stated.stream if stated else None,
        optional,
        tree.said(entry.value, "description"),
        read_default(default, problems) if default else EMPTY,
        entry.place,
    )


def read_output(entry: tree.Entry, problems: list[Problem]) -> DeclaredPort:
    """An entry of `outputs`."""
    stated = _type(entry.value, problems)
    return DeclaredPort(
        entry.name,
        stated.type if stated else None,
        stated.stream if stated else None,
        description=tree.said(entry.value, "description"),
        place=entry.place,
    )


def _type(node: tree.Node, problems: list[Problem]) -> PortType | None:
    written = tree.text(node, "type")
    if written is None:
        return None
    try:
        return parse_port_type(written.text)
    except TypeSyntaxError as error:
        place = written.locate(error.offset)
        problems.append(Problem(error.problem, error.hint, place))
        return None


def read_limits(node: tree.Node | None) -> dict[str, Limit]:
    """The entries of `limits`, a block of either kind."""
    values = ((entry, _limit(entry)) for entry in tree.entries(node))
    return {entry.name: Limit(value, entry.value.place) for entry, value in values if value}


def _limit(entry: tree.Entry) -> float | None:
    value = entry.value.value if isinstance(entry.value, tree.Scalar) else None
    return parse_limit(entry.name, value) if isinstance(value, str) else value
