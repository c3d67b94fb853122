"""How components are shown to people and to machines: for `inspect` and for the help of `invoke`.

Pure: from signatures to lines or JSON. What is described may come from strangers.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from wasmflow.cli.output import Terminal, one_line, printable
from wasmflow.codec.texts import shown_type
from wasmflow.component import Definition, Port, Signature
from wasmflow.packet import EMPTY
from wasmflow.types import model as wit
from wasmflow.types.json import dumps
from wasmflow.types.model import Json
from wasmflow.types.wit import Function, format_interface, identifier, spell_out

Named: TypeAlias = wit.Record | wit.Variant | wit.Enum | wit.Flags

#: Stands before what is said of the port above.
_BENEATH: Final = " "

#: Descriptions of ports begin in this column, beneath the port where its type reaches further.
COLUMN: Final = 44


def outline(definition: Definition) -> Signature:
    """The ports of a component; of a generic one those that every use of it has."""
    return definition if isinstance(definition, Signature) else definition.outline


def component_lines(
    definition: Definition, terminal: Terminal, lifted: Sequence[str] = ()
) -> Iterator[str]:
    """A component with its ports, with what `with` may hold besides, and with what is `lifted` in it."""
    signature = outline(definition)
    yield f"  {terminal.bold(printable(signature.name))}"
    yield from wrapped(signature.description, terminal.width, indent=4)
    for lead, text, description in _entries(definition):
        before = f"    {terminal.faint(f'{lead:4}')} " if lead else " " * 11
        indent = 9 if lead else 11
        yield from _entry_lines(before, indent, text, description, terminal)
    yield from (f"    {line}" for line in stream_lines(signature, lifted))


def stream_lines(signature: Signature, lifted: Sequence[str]) -> Iterator[str]:
    """Which ports are in step, what is called for each element of a stream, and what depends on timing."""
    steps: dict[int, list[str]] = {}
    for port in (*signature.inputs, *signature.outputs):
        if port.step is not None:
            steps.setdefault(port.step, []).append(port.name)
    for names in steps.values():
        if len(names) > 1:
            yield printable(f"in step: {', '.join(names)}")
    if lifted:
        yield printable(f"called for each element: {', '.join(lifted)}")
    for each in signature.timing:
        yield printable(f"not repeatable: {each.reason} ({each.instance})")


def _entries(definition: Definition) -> Iterator[tuple[str, str, str]]:
    """What a component takes and gives: what kind of thing it is, its text and description."""
    signature = outline(definition)
    yield from (("in", port_text(port), port.description) for port in signature.inputs)
    if not isinstance(definition, Signature):
        if definition.any_input:
            yield "in", "NAME: any", "Every input that a connection asks for."
        for name, description in definition.constants.items():
            yield "with", printable(name), description
    yield from (("out", port_text(port), port.description) for port in signature.outputs)
    yield from _part_entries(signature)


def _part_entries(signature: Signature) -> Iterator[tuple[str, str, str]]:
    """The fields or cases of the only output. Those of a stream come with its packets, not by themselves."""
    if signature.parts and signature.outputs[0].stream:
        yield _BENEATH, "every packet has" if signature.opened else "every packet is one of", ""
    for part in signature.parts:
        yield "", port_text(replace(part, step=None)), part.description


def _entry_lines(
    lead: str, indent: int, text: str, description: str, terminal: Terminal
) -> Iterator[str]:
    """`lead` is what stands before the text, `indent` how wide that is on the terminal."""
    if not description:
        yield lead + text
        return
    first, *others = wrapped(description, terminal.width, indent=_indent(terminal.width))
    if indent + len(text) + 2 > _indent(terminal.width):
        yield lead + text
        yield first
    else:
        yield lead + text + first[indent + len(text) :]
    yield from others


def _indent(width: int) -> int:
    return COLUMN if width >= COLUMN + 30 else 13


def port_text(port: Port) -> str:
    """A port as ``name: type``, ``name?: type`` if it is optional, and its default: nothing cut off."""
    mark = "?" if port.optional else ""
    default = "" if port.default is EMPTY else f" = {dumps(port.default)}"
    return printable(f"{port.name}{mark}: {shown_type(port)}{default}")


def wrapped(text: str, width: int, indent: int) -> list[str]:
    """Text from others in lines of the terminal's width; paragraphs stay apart."""
    lines: list[str] = []
    for paragraph in text.strip().split("\n\n"):
        space = " " * indent
        lines += textwrap.wrap(
            one_line(paragraph).replace(" | ", " "),
            max(min(width, 100), indent + 20),
            initial_indent=space,
            subsequent_indent=space,
        )
    return lines


def named_types(signatures: Iterable[Signature]) -> list[Named]:
    """The types that ports are described by, by name; each after those it is made of."""
    found: dict[tuple[str | None, wit.Type], Named] = {}
    for signature in signatures:
        for port in (*signature.inputs, *signature.outputs):
            _collect(port.type, found)
    return list(found.values())


def _collect(type_: wit.Type | None, found: dict[tuple[str | None, wit.Type], Named]) -> None:
    for part in _inside(type_):
        _collect(part, found)
    if isinstance(type_, Named) and type_.name:
        found.setdefault((type_.name, type_), type_)


def _inside(type_: wit.Type | None) -> Iterable[wit.Type | None]:
    match type_:
        case wit.List():
            return (type_.element,)
        case wit.Option():
            return (type_.payload,)
        case wit.Tuple():
            return type_.elements
        case wit.Result():
            return (type_.ok, type_.err)
        case wit.Record():
            return (field.type for field in type_.fields)
        case wit.Variant():
            return (case.type for case in type_.cases)
    return ()


def wit_text(name: str, signatures: Sequence[Signature], description: str) -> str:
    """The interface that a component with these ports would export.

    What a signature no longer tells is left out: that a function may fail, and with what. So are
    components with streams, which are no functions; a comment names them.
    """
    streaming = [each.name for each in signatures if each.streaming]
    functions = [
        Function(
            signature.name,
            tuple(wit.Part(port.name, _parameter(port)) for port in signature.inputs),
            _result(signature),
            signature.description,
        )
        for signature in signatures
        if not signature.streaming
    ]
    package = f"package local:{identifier(name)};"
    left_out = f"\n// with streams: {', '.join(map(identifier, streaming))}\n" if streaming else ""
    return f"{package}\n\n{format_interface(name, functions, description)}{left_out}"


def _parameter(port: Port) -> wit.Type:
    type_ = port.type or wit.ANY
    return wit.Option(type_) if port.optional else type_


def _result(signature: Signature) -> wit.Type | None:
    """Several outputs are a record in which what sends nothing is `none`."""
    if len(signature.outputs) == 1 and signature.outputs[0].name == "output":
        return signature.outputs[0].type or wit.ANY
    fields = [wit.Part(port.name, wit.Option(port.type or wit.ANY)) for port in signature.outputs]
    return wit.Record(tuple(fields), f"{signature.name}-outputs") if fields else None


def component_json(definition: Definition, lifted: Sequence[str] = ()) -> Json:
    """A component for machines. Types are WIT, with nothing left to names.

    `any_input`: whether it has every input that a connection asks for; `constants`: what `with` may
    hold besides inputs; `lifted`: the instances of a flow that are called for each element; `timing`: why
    it is not repeatable, if it is not. Ports with the same `step` are in step.
    """
    signature = outline(definition)
    generic = None if isinstance(definition, Signature) else definition
    constants = generic.constants if generic else {}
    return {
        "name": signature.name,
        "description": signature.description,
        "inputs": [_port_json(port) for port in signature.inputs],
        "outputs": [_port_json(port) for port in signature.outputs],
        "parts": [_port_json(port) for port in signature.parts],
        "any_input": generic is not None and generic.any_input,
        "constants": [{"name": name, "description": text} for name, text in constants.items()],
        "lifted": list(lifted),
        "timing": [each._asdict() for each in signature.timing],
    }


def _port_json(port: Port) -> Json:
    default = {} if port.default is EMPTY else {"default": port.default}
    return {
        "name": port.name,
        "type": spell_out(port.type or wit.ANY),
        "optional": port.optional,
        "stream": port.stream,
        **({} if port.step is None else {"step": port.step}),
        "description": port.description,
        **default,
    }
