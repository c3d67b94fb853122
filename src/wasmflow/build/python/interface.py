"""What a component made from Python exports: its functions and types, as WIT and as metadata."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from wasmflow.build.python.annotations import Annotations
from wasmflow.build.python.declarations import Declaration, Declarations
from wasmflow.build.python.docstrings import Docs
from wasmflow.build.python.functions import Function, Parameter, read_function
from wasmflow.build.python.labels import label
from wasmflow.build.python.program import Program
from wasmflow.build.python.public import Candidate, Public, public_functions
from wasmflow.build.python.source import Refused
from wasmflow.collections.wasm.bounds import MOST_NODES_IN_ALL
from wasmflow.collections.wasm.section import ComponentNotes, Metadata, PortNotes
from wasmflow.errors import ProblemsError
from wasmflow.packet import EMPTY
from wasmflow.problem import Place, Problem
from wasmflow.types import model as wit
from wasmflow.types.wit import Function as WitFunction
from wasmflow.types.wit import format_interface, identifier

#: The world that the toolchain is asked for.
WORLD: Final = "component"


@dataclass(frozen=True)
class Interface:
    """The functions of one source."""

    name: str
    functions: tuple[Function, ...]
    declarations: tuple[Declaration, ...]
    docs: str = ""
    warnings: tuple[Problem, ...] = ()

    @property
    def full_name(self) -> str:
        """The name that the component's binary has for it."""
        return f"local:{self.name}/{self.name}"

    def wit(self, *, with_docs: bool) -> str:
        """Its WIT: the package, the interface, and the world that exports it."""
        functions = [_wit_function(each, with_docs) for each in self.functions]
        docs = {each.name: each.docs for each in self.declarations}
        text = format_interface(
            self.name, functions, self.docs if with_docs else "", docs if with_docs else {}
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
            components={each.label: _notes(each) for each in self.functions},
            language="python",
            source=f"sha256:{digest.hexdigest()}",
        )


def read_interface(program: Program) -> Interface:
    """The interface of a program. Raises `ProblemsError` with everything that is wrong with it."""
    public = public_functions(program)
    declarations = Declarations([each.label for each in public.candidates])
    annotations = Annotations(program, declarations)
    problems = [*program.problems, *public.problems]
    functions: list[tuple[Candidate, Function]] = []
    for candidate in public.candidates:
        try:
            functions.append((candidate, read_function(annotations, candidate)))
        except Refused as refused:
            problems += refused.problems
    problems += _nothing(program, public) + _any_taken(public, declarations)
    problems += _too_large(functions, annotations)
    if any(not problem.warning for problem in problems):
        raise ProblemsError(problems)
    docs = ast.get_docstring(program.main.tree) or ""
    return Interface(
        _name(program),
        tuple(each for _, each in functions),
        tuple(declarations.all),
        docs,
        tuple(problems),
    )


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


def _too_large(
    functions: Sequence[tuple[Candidate, Function]], annotations: Annotations
) -> Iterator[Problem]:
    """What would keep a function from being called, or the whole artifact from being opened."""
    extents = annotations.extents
    total = sum(extents.of(each.type).nodes for each in annotations.declarations.all)
    told = False
    for candidate, function in functions:
        wanted = _wit_function(function, with_docs=False)
        extent = extents.of_function(wanted.parameters, wanted.result)
        total += extent.nodes
        if extent.excess:
            message = f"the types of '{function.name}' have {extent.excess}"
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


def _wit_function(function: Function, with_docs: bool) -> WitFunction:
    parameters = tuple(wit.Part(each.label, each.type) for each in function.parameters)
    result = wit.Result(function.result.type if function.result else None, wit.STRING)
    docs = _documented(function) if with_docs else ""
    return WitFunction(function.label, parameters, result, docs)


def _documented(function: Function) -> str:
    told = [
        f"{each.label}: {text}"
        for each in function.parameters
        if (text := function.docs.parameters.get(each.name))
    ]
    return "\n\n".join(filter(None, [function.docs.description, "\n".join(told)]))


def _notes(function: Function) -> ComponentNotes:
    """Every input is noted, even if nothing is said of it: shells complete from the notes."""
    inputs = {each.label: _input_notes(function.docs, each) for each in function.parameters}
    returns = function.docs.returns
    outputs = {"output": PortNotes(returns)} if returns and function.result else {}
    return ComponentNotes(function.docs.description, inputs, outputs)


def _input_notes(docs: Docs, parameter: Parameter) -> PortNotes:
    description = docs.parameters.get(parameter.name, "")
    if parameter.default is EMPTY:
        return PortNotes(description)
    return PortNotes(description, parameter.default)
