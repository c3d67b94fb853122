"""Where a connection begins: from the words on its left to a port, a path into its value, and a type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from wasmflow.component import ERROR_PORT, Port, Signature
from wasmflow.graph.graph import CORE, ErrorPort, FlowInput, Literal, Output, Source
from wasmflow.graph.instances import Site
from wasmflow.graph.short_form import OUTPUT
from wasmflow.graph.texts import end_text
from wasmflow.manifest.model import End
from wasmflow.manifest.term import ERROR
from wasmflow.naming import Hints, canonical, same
from wasmflow.packet import EMPTY, Empty
from wasmflow.problem import Problem
from wasmflow.types import model as wit
from wasmflow.types.path import Step, follow, resolve


@dataclass(frozen=True, slots=True)
class Start:
    """Where a connection begins."""

    source: Source
    #: How messages name it.
    text: str
    #: The type at the end of the path; ``None`` if it is undetermined.
    type: wit.Type | None
    names: tuple[str, ...] = ()
    path: tuple[Step, ...] = ()
    #: What it sends, if that is known at load.
    constant: wit.Json | Empty = EMPTY


def start_at_literal(end: End) -> Start:
    value = end.literal
    return Start(Literal(value), end_text(end), constant_type(value), constant=value)


def start_at_input(index: int, port: Port, end: End) -> Start | Problem:
    """At the input of the flow that has this index."""
    start = Start(FlowInput(index), end_text(replace(end, port=port.name)), port.type)
    return _enter(start, end.path, end)


def start_at_output(
    index: int, site: Site, signature: Signature, names: Sequence[str], end: End
) -> Start | Problem | None:
    """At the first of `names` that is an output of an instance; ``None`` if none of them is one."""
    if names[0] == ERROR:
        return _enter(Start(ErrorPort(index), end_text(end), ERROR_PORT), end.path, end)
    found = next(filter(None, (find_output(signature, name) for name in names)), None)
    if found is None:
        return None
    port, part = found
    name = part[0] if part else signature.outputs[port].name
    text = end_text(replace(end, port=name))
    start = Start(Output(index, port), text, signature.outputs[port].type)
    sent = _sent(site)
    if sent is not EMPTY:
        return _enter_constant(replace(start, type=wit.ANY), sent, end)
    return _enter(start, part + end.path, end)


def find_output(signature: Signature, name: str) -> tuple[int, tuple[str, ...]] | None:
    """The output of this name, or the part of the only output as a path into it."""
    index = signature.output(name)
    if index is not None:
        return index, ()
    part = next((part.name for part in signature.parts if same(part.name, name)), None)
    return None if part is None else (0, (part,))


def no_output(site: Site, signature: Signature, name: str, end: End, hints: Hints) -> Problem:
    """An instance lacks the output that a connection wants."""
    who = f"'{site.instance.name}' ({site.id})"
    known = [port.name for port in (*signature.outputs, *signature.parts)]
    hint = hints.suggest(name, known, noun="it") if known else "it has no outputs"
    if field := _field_of_output(signature, name):
        hint = f"write the path: {site.instance.name}.{OUTPUT}.{field}"
    return Problem(f"{who} has no output '{name}'", hint, end.place)


def _field_of_output(signature: Signature, name: str) -> str | None:
    """The field of this name where fields are no ports, since one of them is itself ``output``."""
    index = signature.output(OUTPUT)
    sent = None if index is None or signature.parts else signature.outputs[index].type
    fields = sent.fields if isinstance(sent, wit.Record) else ()
    return next((field.name for field in fields if same(field.name, name)), None)


def constant_type(value: wit.Json) -> wit.Type:
    """The type of a constant where that of a port does not tell."""
    match value:
        case bool():
            return wit.BOOL
        case str():
            return wit.STRING
        case float():
            return wit.F64
        case int() if wit.INTEGERS[wit.S64][0] <= value <= wit.INTEGERS[wit.S64][1]:
            return wit.S64
    return wit.ANY


def _enter(start: Start, names: tuple[str, ...], end: End) -> Start | Problem:
    if not names:
        return start
    if start.type is None:  # generic: each use of the flow resolves the path anew
        return replace(start, names=names)
    found = resolve(start.type, names)
    if isinstance(found, Problem):
        return found.at(end.place)
    return replace(start, names=names, path=found.steps, type=found.type)


def _sent(site: Site) -> wit.Json | Empty:
    """What a `core::sender` sends."""
    if canonical(site.instance.namespace) != CORE or canonical(site.component) != "sender":
        return EMPTY
    return site.constants.get(OUTPUT, EMPTY)


def _enter_constant(start: Start, sent: wit.Json, end: End) -> Start | Problem:
    """A path into a constant is followed at load; what it comes to is a constant as well."""
    entered = _enter(start, end.path, end)
    if isinstance(entered, Problem):
        return entered
    try:
        value = follow(entered.path)(sent)
    except wit.Misfit as misfit:
        return Problem(f"the constant has no such part: {misfit}", "", end.place)
    return (
        entered if value is EMPTY else replace(entered, type=constant_type(value), constant=value)
    )
