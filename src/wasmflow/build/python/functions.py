"""The functions of a source that become components on values, with their parameters and results."""

from __future__ import annotations

from dataclasses import dataclass

from wasmflow.build.python.annotations import Annotations
from wasmflow.build.python.authored import FunctionNode
from wasmflow.build.python.declarations import GuestType
from wasmflow.build.python.docstrings import Docs, docs_of
from wasmflow.build.python.public import Candidate
from wasmflow.build.python.signatures import Parameter, SignatureReader
from wasmflow.build.python.source import Refused


@dataclass(frozen=True)
class Function:
    """A function that becomes a component."""

    name: str
    label: str
    parameters: tuple[Parameter, ...]
    #: ``None`` if it returns nothing.
    result: GuestType | None
    docs: Docs

    @property
    def inputs(self) -> tuple[Parameter, ...]:
        """All inputs."""
        return self.parameters


def read_function(annotations: Annotations, candidate: Candidate, node: FunctionNode) -> Function:
    """A function with its types. Raises `Refused` with everything that is wrong with it."""
    reader = SignatureReader(annotations, candidate.source, node, candidate.label, node.name)
    arguments = reader.arguments()
    parameters = reader.parameters(arguments)
    reader.check_names(arguments)
    result = reader.result()
    if reader.problems:
        raise Refused(*reader.problems)
    docs = docs_of(node)
    return Function(candidate.name, candidate.label, tuple(parameters), result, docs)
