"""From a component binary to its components: signatures as data, and what cannot run with the reason.

`collection` calls it once when an artifact is opened. Nothing is run and nothing instantiated: all is
read from the binary's types, and descriptions and defaults from its `wasmflow` section.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, TypeAlias

import msgspec
import wasmtime.component as wt
from wasmtime import Engine

from wasmflow.collections.wasm.introspection import (
    LONGEST_NAME,
    TooLarge,
    TypeNames,
    TypeReader,
    Unsupported,
    exports_of,
    imports_of,
)
from wasmflow.collections.wasm.names import ByName, Label, Names
from wasmflow.collections.wasm.resources import (
    CONSTRUCTOR,
    IN_STEP,
    Shape,
    Shapeless,
    read_shape,
)
from wasmflow.collections.wasm.section import ComponentNotes, Metadata, PortNotes
from wasmflow.component import Port, Signature
from wasmflow.naming import canonical, lookup
from wasmflow.packet import EMPTY
from wasmflow.problem import Problem
from wasmflow.types import model as wit
from wasmflow.types.json import decoder

#: A constructor, method or static function of a resource.
_MEMBER: Final = re.compile(r"\[(?:async )?(constructor|method|static)\]([^.]+)(?:\.(.+))?")
_NESTED: Final = "it is an interface inside an interface, and these cannot be called"
_UNCALLABLE: Final = "it is a whole module or component, and only functions can be called"


@dataclass(frozen=True)
class Export:
    """A function that can run as a component."""

    #: The interface that it is in, as the binary names it; ``None`` for the root.
    interface: str | None
    function: str
    #: What it is called with; an optional input is an `option` here.
    parameters: tuple[wit.Part, ...]
    #: What it returns, before anything of it is opened.
    result: wit.Type | None
    signature: Signature


@dataclass(frozen=True)
class StreamExport:
    """A resource that can run as a streaming component."""

    #: The interface that it is in, as the binary names it; ``None`` for the root.
    interface: str | None
    resource: str
    shape: Shape
    signature: Signature


@dataclass(frozen=True)
class Exports:
    """What an artifact exports."""

    components: ByName[Export | StreamExport]
    #: Why a component cannot run.
    refused: ByName[str]
    #: What is wrong with the artifact as a whole, and warnings about its descriptions.
    problems: tuple[Problem, ...] = ()


def read_exports(component: wt.ComponentType, engine: Engine, metadata: Metadata) -> Exports:
    """The components of an artifact, with what its section says of them.

    An artifact that declares more than is read has a problem and no components.
    """
    try:
        found = dict(_callables(component, engine))
    except TooLarge as error:
        problem = Problem(f"the component declares {error}", "split it into several components")
        return Exports(ByName(Names(()), {}), ByName(Names(()), {}), (problem,))
    names = Names(found)
    notes = {names.find(name): said for name, said in metadata.components.items()}
    components: dict[Label, Export | StreamExport] = {}
    problems: list[Problem] = []
    for label, runnable in found.items():
        if not isinstance(runnable, str):
            name = names.printed(label)
            said, wrong = _checked(name, _inputs(runnable), notes.get(label, _NO_NOTES))
            components[label] = _export(label, name, runnable, said)
            problems += wrong
    refused = {label: reason for label, reason in found.items() if isinstance(reason, str)}
    return Exports(ByName(names, components), ByName(names, refused), tuple(problems))


def opened(result: wit.Type | None) -> wit.Type | None:
    """The type of the port `output` of a function with this result; ``None`` if it has no output."""
    if isinstance(result, wit.Result):
        result = result.ok
    return result.payload if isinstance(result, wit.Option) else result


class _Function(NamedTuple):
    parameters: tuple[wit.Part, ...]
    result: wit.Type | None


#: What stands behind a label: a function, a resource, or the reason why it cannot run.
_Callable: TypeAlias = _Function | Shape | str
_NO_NOTES: Final = ComponentNotes()
_NO_PORT_NOTES: Final = PortNotes()


def _callables(component: wt.ComponentType, engine: Engine) -> Iterator[tuple[Label, _Callable]]:
    """Everything that somebody may want to call: the root's, then interface by interface."""
    reader = TypeReader()
    root = exports_of(component, engine)
    names = reader.names(root, _imported_names(component, engine, reader))
    yield from _members(None, root, names, reader)
    for interface, item in root.items():
        if isinstance(item, wt.ComponentInstanceType):
            items = exports_of(item, engine)
            if not _is_of_python(interface, items):
                yield from _members(interface, items, reader.names(items, names), reader)


def _imported_names(component: wt.ComponentType, engine: Engine, reader: TypeReader) -> TypeNames:
    """The names of types that functions at the root use from imported interfaces."""
    names: TypeNames = {}
    for interface, item in imports_of(component, engine).items():
        if isinstance(item, wt.ComponentInstanceType) and not interface.startswith("wasi:"):
            names = reader.names(exports_of(item, engine), names)
    return names


def _members(
    interface: str | None,
    items: Mapping[str, wt.ComponentItem],
    names: TypeNames,
    reader: TypeReader,
) -> Iterator[tuple[Label, _Callable]]:
    """What can and what cannot be called of the root or of one interface."""
    resources: dict[str, dict[str, tuple[str, wt.FuncType]]] = {}
    for name, item in items.items():
        label = Label(interface, name)
        if isinstance(item, wt.FuncType):
            if member := _MEMBER.fullmatch(name):
                kind, resource, method = member.groups()
                members = resources.setdefault(resource, {})
                if kind != "static":
                    members[method or CONSTRUCTOR] = name, item
            elif not _is_of_quickjs(label, function := _function(item, names, reader)):
                yield label, function
        elif isinstance(item, wt.ComponentType | wt.ModuleType):
            yield label, _UNCALLABLE
        elif isinstance(item, wt.ComponentInstanceType) and interface is not None:
            yield label, _NESTED
    for resource, members in resources.items():
        yield Label(interface, resource), _resource(members, names, reader)


def _resource(
    members: Mapping[str, tuple[str, wt.FuncType]], names: TypeNames, reader: TypeReader
) -> Shape | str:
    try:
        return read_shape(members, names, reader)
    except Shapeless as error:
        return str(error)


def _function(function: wt.FuncType, names: TypeNames, reader: TypeReader) -> _Callable:
    try:
        return _Function(*reader.function(function, names))
    except Unsupported as error:
        return f"{error}, which cannot be passed"


def _is_of_python(interface: str, items: Mapping[str, wt.ComponentItem]) -> bool:
    """Whether this is the interface that componentize-py exports for itself."""
    return interface == "exports" and "init" in items


def _is_of_quickjs(label: Label, function: _Callable) -> bool:
    """Whether this is the function that componentize-qjs exports for itself."""
    if label != (None, "init") or not isinstance(function, _Function):
        return False
    return [each.name for each in function.parameters[:2]] == ["shim", "script"]


def _inputs(runnable: _Function | Shape) -> tuple[wit.Part, ...]:
    """What its inputs are made from."""
    if isinstance(runnable, _Function):
        return runnable.parameters
    return (*runnable.constructor.parameters, *runnable.streams)


def _checked(
    name: str, parameters: tuple[wit.Part, ...], notes: ComponentNotes
) -> tuple[ComponentNotes, list[Problem]]:
    """The notes on inputs that there are, without defaults that do not fit, and warnings about these."""
    declared = {canonical(part.name): part for part in parameters}
    inputs: dict[str, PortNotes] = {}
    problems = []
    for port, said in notes.inputs.items():
        part = declared.get(canonical(port))
        if said.default is not msgspec.UNSET and (reason := _misfit(part, said.default)):
            said = PortNotes(said.description)
            message = (
                f"the default of input '{port[:LONGEST_NAME]}' of '{name}' is ignored: {reason}"
            )
            problems.append(Problem(message, "build the component anew", warning=True))
        if part is not None:
            inputs[part.name] = said
    return ComponentNotes(notes.description, inputs, notes.outputs), problems[:_MOST_WARNINGS]


#: About the defaults of one component. A stranger's section can have a hundred thousand.
_MOST_WARNINGS: Final = 100


def _misfit(part: wit.Part | None, default: wit.Json) -> str | None:
    if part is None:
        return "there is no such input"
    if not isinstance(part.type, wit.Option):
        return "the input is required"
    try:
        decoder(part.type.payload)(default)
    except wit.Misfit as misfit:
        return str(misfit)
    return None


def _export(
    label: Label, name: str, runnable: _Function | Shape, notes: ComponentNotes
) -> Export | StreamExport:
    if isinstance(runnable, Shape):
        return StreamExport(*label, runnable, _stream_signature(name, runnable, notes))
    inputs = tuple([_input(part, notes.inputs) for part in runnable.parameters])
    outputs = _outputs(opened(runnable.result), notes.outputs)
    signature = Signature(name, inputs, outputs, notes.description)
    return Export(*label, *runnable, signature)


def _stream_signature(name: str, shape: Shape, notes: ComponentNotes) -> Signature:
    values = [_input(part, notes.inputs) for part in shape.constructor.parameters]
    streams = [replace(_input(part, notes.inputs), step=IN_STEP) for part in shape.streams]
    outputs = _outputs(shape.output, notes.outputs, shape.step)
    return Signature(name, (*values, *streams), outputs, notes.description)


def _input(part: wit.Part, notes: Mapping[str, PortNotes]) -> Port:
    said = notes.get(part.name, _NO_PORT_NOTES)
    if not isinstance(part.type, wit.Option):
        return Port(part.name, part.type, description=said.description)
    default = EMPTY if said.default is msgspec.UNSET else said.default
    return Port(part.name, part.type.payload, True, None, said.description, default)


def _outputs(
    type_: wit.Type | None, notes: Mapping[str, PortNotes], step: int | None = None
) -> tuple[Port, ...]:
    if type_ is None:
        return ()
    said = lookup("output", notes) or PortNotes()
    return (Port("output", type_, step=step, description=said.description),)
