"""Connections from their terms: which side each stands on and what it is there; and back to text.

`manifest.flow` connects the terms of all lines of a component; whoever names a connection in a
message prints it with `format_connection`.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from itertools import pairwise
from typing import Final, NoReturn

from wasmflow.manifest.model import Connection, End, Role
from wasmflow.manifest.term import ERROR, NAME, Misread, Term
from wasmflow.manifest.tree import excerpt
from wasmflow.naming import canonical
from wasmflow.packet import EMPTY
from wasmflow.types.json import dumps

FLOW: Final = "<>"
DROP: Final = "drop"

_INPUT, _OUTPUT = "<input>", "<output>"
_ANGLES: Final = {
    "<core>": "a component has its own clock and random numbers; others are inputs: <>.seed",
    "<link>": "name the collection under 'external', and a component of it as namespace::component",
    ERROR: "write the instance before it: greet.<error>",
}


def connect(terms: Sequence[Term], instances: Container[str]) -> list[tuple[End, End]]:
    """The two ends of each connection of a chain. Raises `Misread`.

    `instances` holds the canonical names of all instances. Every term has a name by now, but for
    mere constants.
    """
    for term in terms[1:-1]:
        _check_inner(term, instances)
    return [
        (_source(left, instances), _target(right, instances)) for left, right in pairwise(terms)
    ]


def format_connection(connection: Connection) -> str:
    """The connection in the short form, which has no room for a default."""
    return f"{format_end(connection.source)} -> {format_end(connection.target)}"


def format_end(end: End) -> str:
    """One end in the short form."""
    match end.role:
        case Role.LITERAL:
            return dumps(end.literal)
        case Role.DROP:
            return DROP
        case Role.FLOW | Role.INSTANCE:
            head = FLOW if end.role is Role.FLOW else end.instance
            steps = end.path if end.port is None else (end.port, *end.path)
            return ".".join((head, *map(_format_step, steps)))


def _format_step(name: str) -> str:
    return name if name == ERROR or NAME.fullmatch(name) else dumps(name)


def _fail(term: Term, message: str, hint: str = "") -> NoReturn:
    raise Misread(message, hint, term.place)


def _is_constant(term: Term, instances: Container[str]) -> bool:
    """Whether it is JSON; an instance of that name wins."""
    return term.literal is not EMPTY and canonical(term.name) not in instances


def _is_drop(term: Term, instances: Container[str]) -> bool:
    return term.name == DROP and not term.component and DROP not in instances


def _source(term: Term, instances: Container[str]) -> End:
    if _is_constant(term, instances):
        return End(Role.LITERAL, literal=term.literal, place=term.place)
    if _is_drop(term, instances):
        _fail(term, "'drop' gives nothing", "it stands on the right of '->'")
    if term.name == _OUTPUT:
        _fail(term, "the flow's output gives nothing", "the flow's input is <> or <input>")
    return _end(term)


def _target(term: Term, instances: Container[str]) -> End:
    if _is_constant(term, instances):
        _fail(term, "a constant takes nothing", "constants stand on the left of '->'")
    if _is_drop(term, instances):
        if term.port is not None:
            _fail(term, "'drop' has no ports", "write drop")
        return End(Role.DROP, place=term.place)
    if term.name == _INPUT:
        _fail(term, "the flow's input takes nothing", "the flow's output is <> or <output>")
    if term.port == ERROR:
        _fail(term, f"{ERROR} gives failures and takes none", "it stands on the left of '->'")
    if term.path:
        _fail(term, "a path leads into what is sent, and stands on the left of '->'")
    return _end(term)


def _end(term: Term) -> End:
    """The flow itself or an instance, on either side."""
    if term.name.startswith("<"):
        _check_flow(term)
        return End(Role.FLOW, port=term.port, path=term.path, place=term.place)
    if term.port == "" or ((term.port or "").startswith("<") and term.port != ERROR):
        _fail(term, f"there cannot be a port '{excerpt(term.port or '')}'")
    return End(Role.INSTANCE, term.name, term.port, term.path, place=term.place)


def _check_flow(term: Term) -> None:
    if term.name not in (FLOW, _INPUT, _OUTPUT):
        hint = _ANGLES.get(term.name, "write <> for the flow's input or output")
        _fail(term, f"there is no {excerpt(term.name)}", hint)
    if term.port == ERROR:
        _fail(term, f"the flow itself has no {ERROR}", "it is a port of instances")
    if term.port is not None and not NAME.fullmatch(term.port):
        hint = "names have letters, digits, '_', and '-' between them"
        _fail(term, f"a port of the flow cannot be called '{excerpt(term.port)}'", hint)


def _check_inner(term: Term, instances: Container[str]) -> None:
    """Between two arrows only an instance can stand, and no port: it would be one of two."""
    if _is_constant(term, instances):
        _fail(term, "a constant can only begin a chain")
    if term.name.startswith("<"):
        _fail(term, "the flow itself can only begin or end a chain", "write two connections")
    if _is_drop(term, instances):
        _fail(term, "'drop' can only end a chain")
    if term.port is not None:
        hint = f"write two connections: … -> {term.text} and {term.name} -> …"
        _fail(term, f"'{term.text}' takes and gives here, on one port", hint)
