"""What stands under `flow`, read as a whole: connections, and the instances written inside them.

An instance that a line writes in its place, ``text::greet[g]``, is one of the component's as if it
stood under `instances`, and can be used as ``g`` on other lines. One without a name, ``text::greet[]``,
is called after its component, ``greet-1``, ``greet-2`` and so on, by a name that no line mentions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, count

from wasmflow.manifest import tree
from wasmflow.manifest.connection import connect
from wasmflow.manifest.constant import read_default
from wasmflow.manifest.document import ConnectionBlock
from wasmflow.manifest.model import Connection, Instance
from wasmflow.manifest.shape import convert
from wasmflow.manifest.term import Misread, Term, parse_end, parse_line
from wasmflow.naming import canonical
from wasmflow.packet import EMPTY, Empty
from wasmflow.problem import NOWHERE, Place, Problem
from wasmflow.types.model import Json


@dataclass(frozen=True, slots=True)
class Flow:
    connections: tuple[Connection, ...]
    #: All instances: those declared, then those written in connections.
    instances: Mapping[str, Instance]


def read_flow(
    lines: Iterable[tree.Node], declared: Mapping[str, Instance], problems: list[Problem]
) -> Flow:
    """The connections of `lines`, short and verbose; what is wrong with them goes to `problems`."""
    links = [link for line in lines if (link := _read(line, problems))]
    register = _Register(declared, links)
    links = [link for each in links if (link := _entered(each, register, problems))]
    connections = chain.from_iterable(_connections(link, register, problems) for link in links)
    return Flow(tuple(connections), register.instances)


@dataclass(frozen=True, slots=True)
class _Link:
    """An entry of `flow`: the terms of a connection or chain."""

    terms: tuple[Term, ...]
    default: Json | Empty = EMPTY
    default_place: Place = NOWHERE


def _read(line: tree.Node, problems: list[Problem]) -> _Link | None:
    """What an entry says; nothing where the shape check or the grammar has found a problem."""
    try:
        if isinstance(line, tree.Mapping):
            return _read_block(line, problems)
        if isinstance(line, tree.Scalar) and isinstance(line.value, str):
            return _Link(parse_line(line.value, line.locate))
    except Misread as misread:
        problems.append(_with_comment(misread.problem, line))
    return None


def _with_comment(problem: Problem, line: tree.Node) -> Problem:
    """The problem, with a further hint where YAML has cut the line at a ``#``."""
    if not (isinstance(line, tree.Scalar) and line.comment):
        return problem
    comment = "YAML takes what follows ' #' for a comment: put quotes around the whole connection"
    return replace(problem, hint=f"{problem.hint}; {comment}".removeprefix("; "))


def _read_block(node: tree.Mapping, problems: list[Problem]) -> _Link | None:
    block = convert(node, ConnectionBlock)
    if block is None:
        return None
    terms = (_read_end(tree.get(node, "from")), _read_end(tree.get(node, "to")))
    default = tree.get(node, "default")
    if default is None:
        return _Link(terms)
    return _Link(terms, read_default(default, problems), default.place)


def _read_end(node: tree.Node | None) -> Term:
    """What stands under `from` or `to`, which has the right shape."""
    written = tree.text(node, "instance") or tree.Scalar("")
    term = parse_end(written.text, written.locate)
    if written is node:
        return term
    port = tree.get(node, "port")
    if term.port is not None:
        raise Misread("a port is written under 'port' here", "", term.place)
    if not term.name and not term.component:
        hint = f"write the constant in place of the block: '{term.text}'"
        raise Misread("this is a constant, not an instance", hint, term.place)
    path = tuple(str(tree.plain(step)) for step in tree.items(tree.get(node, "path")))
    if path and port is None:
        raise Misread("a path begins at a port", "add 'port'", written.place)
    return replace(term, literal=EMPTY, port=tree.plain(port) if port else None, path=path)


def _entered(link: _Link, register: _Register, problems: list[Problem]) -> _Link | None:
    """The link with a name for each of its instances."""
    try:
        return replace(link, terms=tuple(map(register.enter, link.terms)))
    except Misread as misread:
        problems.append(misread.problem)
        return None


class _Register:
    """The instances of a component, found by any spelling of their names."""

    def __init__(self, declared: Mapping[str, Instance], links: Iterable[_Link]) -> None:
        self.instances = dict(declared)
        self._known = {canonical(name): instance for name, instance in declared.items()}
        mentioned = {canonical(term.name) for link in links for term in link.terms}
        self._taken = mentioned | self._known.keys()
        self._numbers: dict[str, Iterator[int]] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._known

    def enter(self, term: Term) -> Term:
        """The term with the name of its instance, which is there from now on. Raises `Misread`."""
        if term.component is None:
            return term
        namespace, component = term.component
        instance = Instance(
            term.name or self._new_name(component), namespace, component, place=term.place
        )
        known = self._known.setdefault(canonical(instance.name), instance)
        if known is instance:
            self.instances[instance.name] = instance
        elif (known.namespace, known.component) != term.component:
            message = (
                f"instance '{known.name}' is {known.namespace}::{known.component} at {known.place}"
            )
            raise Misread(message, "call this one by another name", term.place)
        return replace(term, name=instance.name)

    def _new_name(self, component: str) -> str:
        """A name that nothing else has and no line mentions."""
        stem = re.sub(r"[^A-Za-z0-9]+", "-", component.rpartition(".")[2]).strip("-") or "instance"
        numbers = self._numbers.setdefault(stem, count(1))
        names = (f"{stem}-{number}" for number in numbers)
        return next(name for name in names if name not in self._taken)


def _connections(link: _Link, register: _Register, problems: list[Problem]) -> list[Connection]:
    try:
        return [
            Connection(source, target, link.default, source.place, link.default_place)
            for source, target in connect(link.terms, register)
        ]
    except Misread as misread:
        problems.append(misread.problem)
        return []
