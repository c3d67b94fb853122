"""What a component made from Python exports: its members and types, as WIT and as metadata."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from wasmflow.build.python.annotations import Annotations
from wasmflow.build.python.declarations import Declaration, Declarations
from wasmflow.build.python.docstrings import Docs
from wasmflow.build.python.functions import Function, read_function
from wasmflow.build.python.labels import RESERVED, camel, label
from wasmflow.build.python.program import Program
from wasmflow.build.python.public import Candidate, Public, public_members
from wasmflow.build.python.signatures import Parameter
from wasmflow.build.python.source import Refused
from wasmflow.build.python.stream_classes import read_stream_class
from wasmflow.build.python.stream_functions import read_stream_function
from wasmflow.build.python.streaming import Method, Streaming
from wasmflow.collections.wasm.bounds import MOST_NODES_IN_ALL
from wasmflow.collections.wasm.section import ComponentNotes, Metadata, PortNotes
from wasmflow.errors import ProblemsError
from wasmflow.packet import EMPTY
from wasmflow.problem import Place, Problem
from wasmflow.types import model as wit
from wasmflow.types.wit import Function as WitFunction
from wasmflow.types.wit import Resource, format_interface, identifier

#: The world that the toolchain is asked for.
WORLD: Final = "component"

_EXCEPTION_DOCS: Final = "What was raised: its class, its message, and its place in the source."

#: What becomes a component.
Member: TypeAlias = Function | Streaming


@dataclass(frozen=True)
class Interface:
    """The components of one source, in their order there."""

    name: str
    members: tuple[Member, ...]
    declarations: tuple[Declaration, ...]
    #: What its components fail with.
    exception: wit.Record
    docs: str = ""
    warnings: tuple[Problem, ...] = ()

    @property
    def functions(self) -> tuple[Function, ...]:
        """The components on values."""
        return tuple(each for each in self.members if isinstance(each, Function))

    @property
    def streaming(self) -> tuple[Streaming, ...]:
        """The streaming components."""
        return tuple(each for each in self.members if isinstance(each, Streaming))

    @property
    def full_name(self) -> str:
        """The name that the component's binary has for it."""
        return f"local:{self.name}/{self.name}"

    def wit(self, *, with_docs: bool) -> str:
        """Its WIT: the package, the interface, and the world that exports it."""
        members = [_wit_member(each, self.exception, with_docs) for each in self.members]
        docs = {each.name: each.docs for each in self.declarations}
        docs[self.exception.name or ""] = _EXCEPTION_DOCS
        text = format_interface(
            self.name, members, self.docs if with_docs else "", docs if with_docs else {}
        )
        name = identifier(self.name)
        world = f"world {WORLD} {{\n    export {name};\n}}\n"
        return f"package local:{name};\n\n{text}\n{world}"

    def metadata(self, program: Program) -> Metadata:
        """What the component says of itself."""
        digest = hashlib.sha256()
        for name, source in sorted(program.modules.items()):
            digest.update(f"{name}\0{len(source.content)}\0".encode() + source.content)
        return Metadata(
            description=self.docs,
            components={each.label: _notes(each) for each in self.members},
            language="python",
            source=f"sha256:{digest.hexdigest()}",
        )


def read_interface(program: Program) -> Interface:
    """The interface of a program. Raises `ProblemsError` with everything that is wrong with it."""
    public = public_members(program)
    declarations = Declarations([each.label for each in public.candidates])
    annotations = Annotations(program, declarations)
    problems = [*program.problems, *public.problems]
    members: list[tuple[Candidate, Member]] = []
    for candidate in public.candidates:
        try:
            members.append((candidate, _read(annotations, candidate)))
        except Refused as refused:
            problems += refused.problems
    problems += _nothing(program, public) + _any_taken(public, declarations)
    problems += _taken_names(members)
    problems += _too_large(members, annotations)
    for _, member in members:
        problems += member.warnings if isinstance(member, Streaming) else ()
    if any(not problem.warning for problem in problems):
        raise ProblemsError(problems)
    docs = ast.get_docstring(program.main.tree) or ""
    return Interface(
        _name(program),
        tuple(each for _, each in members),
        tuple(declarations.all),
        declarations.exception,
        docs,
        tuple(problems),
    )


def _read(annotations: Annotations, candidate: Candidate) -> Member:
    """A member with its types. Raises `Refused` with everything that is wrong with it."""
    node = candidate.node
    if isinstance(node, ast.ClassDef):
        return read_stream_class(annotations, candidate, node)
    streaming = read_stream_function(annotations, candidate, node)
    return streaming or read_function(annotations, candidate, node)


def _nothing(program: Program, public: Public) -> list[Problem]:
    if public.candidates:
        return []
    hint = "write 'def greet(name: str) -> str:', for example"
    message = "there is no public function with type annotations, so there are no components"
    return [Problem(message, hint, Place(program.main.shown))]


def _any_taken(public: Public, declarations: Declarations) -> list[Problem]:
    """The type of JSON values is known by its name, which a function must leave to it then."""
    if not any(each.name == "any" for each in declarations.all):
        return []
    message = "a function cannot be called 'any' where the type Any is used"
    return [
        each.source.problem(each.node, message, "give it another name")
        for each in public.candidates
        if each.label == "any"
    ]


def _taken_names(members: Iterable[tuple[Candidate, Member]]) -> Iterator[Problem]:
    """The class of a resource cannot have a name that the bindings need for themselves."""
    taken = {camel(name) for name in RESERVED}
    for candidate, member in members:
        if isinstance(member, Streaming):
            name = camel(member.label)
            if name in taken:
                message = f"a streaming component cannot be called '{member.label}' here"
                yield candidate.source.problem(candidate.node, message, "give it another name")
            taken.add(name)


def _too_large(
    members: Sequence[tuple[Candidate, Member]], annotations: Annotations
) -> Iterator[Problem]:
    """What would keep a member from being called, or the whole artifact from being opened."""
    extents = annotations.extents
    total = sum(extents.of(each.type).nodes for each in annotations.declarations.all)
    told = False
    for candidate, member in members:
        exception = annotations.declarations.exception
        called = [extents.of_function(*each) for each in _called(member, exception)]
        total += sum(extent.nodes for extent in called)
        if excess := next((extent.excess for extent in called if extent.excess), None):
            message = f"the types of '{member.name}' have {excess}"
            yield candidate.source.problem(candidate.node, message, "use Any for some of them")
        elif total > MOST_NODES_IN_ALL and not told:
            told = True
            message = f"the types up to here have more than {MOST_NODES_IN_ALL} parts, unfolded"
            yield candidate.source.problem(candidate.node, message, "make two components of it")


def _name(program: Program) -> str:
    """What to call the interface: the name of the file, or of the folder whose package it makes."""
    path = program.main.path
    name = path.parent.name if path.stem == "__init__" else path.stem
    return label(name.lstrip("0123456789-_. ")) or "module"


def _called(
    member: Member, exception: wit.Record
) -> list[tuple[tuple[wit.Part, ...], wit.Type | None]]:
    """The parameters and the result of everything that is called of a member."""
    wanted = _wit_member(member, exception, with_docs=False)
    if isinstance(wanted, WitFunction):
        return [(wanted.parameters, wanted.result)]
    methods = [(each.parameters, each.result) for each in wanted.methods]
    return [(wanted.parameters, wanted.error), *methods]


def _wit_member(member: Member, exception: wit.Record, with_docs: bool) -> WitFunction | Resource:
    docs = _documented(member) if with_docs else ""
    if isinstance(member, Function):
        result = wit.Result(member.result.type if member.result else None, exception)
        return WitFunction(member.label, _parts(member.parameters), result, docs)
    methods = tuple(_wit_method(each, exception) for each in member.methods)
    return Resource(member.label, _parts(member.constructor), methods, docs, exception)


def _wit_method(method: Method, exception: wit.Record) -> WitFunction:
    name = method.name.replace("_", "-")
    return WitFunction(name, _parts(method.parameters), wit.Result(method.result, exception))


def _parts(parameters: Iterable[Parameter]) -> tuple[wit.Part, ...]:
    return tuple(wit.Part(each.label, each.type) for each in parameters)


def _documented(member: Member) -> str:
    told = [
        f"{each.label}: {text}"
        for each in member.inputs
        if (text := member.docs.parameters.get(each.name))
    ]
    return "\n\n".join(filter(None, [member.docs.description, "\n".join(told)]))


def _notes(member: Member) -> ComponentNotes:
    """Every input is noted, even if nothing is said of it: shells complete from the notes."""
    inputs = {each.label: _input_notes(member.docs, each) for each in member.inputs}
    returns = member.docs.returns
    outputs = {"output": PortNotes(returns)} if returns and _gives(member) else {}
    return ComponentNotes(member.docs.description, inputs, outputs)


def _gives(member: Member) -> bool:
    if isinstance(member, Function):
        return member.result is not None
    return any(each.result is not None for each in member.methods)


def _input_notes(docs: Docs, parameter: Parameter) -> PortNotes:
    description = docs.parameters.get(parameter.name, "")
    if parameter.default is EMPTY:
        return PortNotes(description)
    return PortNotes(description, parameter.default)
