"""The graph of one flow: its instances, and connections from known ports to known ports.

`graph.build` makes it from a manifest, `graph.compile` turns it into a plan, `graph.render` shows
it. It is plain data, about names and types; nothing in it can be called.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from wasmflow.component import Port, Signature, Use
from wasmflow.manifest.model import RetrySpec
from wasmflow.packet import EMPTY, Empty
from wasmflow.problem import NOWHERE, Place
from wasmflow.types import model as wit
from wasmflow.types.path import Step

#: The namespaces that every manifest has.
CORE = "core"
SELF = "self"


@dataclass(frozen=True, slots=True)
class FlowInput:
    """An input of the flow, by its index in the signature."""

    port: int


@dataclass(frozen=True, slots=True)
class Output:
    """An output of a node."""

    node: int
    port: int


@dataclass(frozen=True, slots=True)
class ErrorPort:
    """The failures of a node, as values of the type `wasmflow.graph.plan.FAILURE`."""

    node: int


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant, as JSON."""

    value: wit.Json


@dataclass(frozen=True, slots=True)
class Input:
    """An input of a node."""

    node: int
    port: int


@dataclass(frozen=True, slots=True)
class FlowOutput:
    """An output of the flow, by its index in the signature."""

    port: int


@dataclass(frozen=True, slots=True)
class Drop:
    """The sink."""


#: Where a connection begins.
Source: TypeAlias = FlowInput | Output | ErrorPort | Literal
#: Where a connection ends.
Target: TypeAlias = Input | FlowOutput | Drop


@dataclass(frozen=True, slots=True)
class Connection:
    """From one port to another. What `with` pins is a connection from a literal."""

    source: Source
    target: Target
    #: The path into the source's value: as written, and resolved.
    names: tuple[str, ...] = ()
    path: tuple[Step, ...] = ()
    #: The type at the end of the path, and the type of the target; ``None`` where undetermined.
    source_type: wit.Type | None = None
    target_type: wit.Type | None = None
    #: The JSON that it always sends, if that is known at load: a literal, or of a `core::sender`.
    constant: wit.Json | Empty = EMPTY
    #: JSON that replaces a failure that crosses; `EMPTY` if none does.
    default: wit.Json | Empty = EMPTY
    #: Whether it stands in an instance's `with`.
    pinned: bool = False
    #: ``None`` if one value at most crosses it; else it carries a stream, in step with all that have the
    #: same number. Ports of the flow have the same numbers in its signature.
    step: int | None = None
    #: How messages name its two ends.
    left: str = ""
    right: str = ""
    place: Place = field(default=NOWHERE, compare=False)
    default_place: Place = field(default=NOWHERE, compare=False)

    @property
    def label(self) -> str:
        return f"{self.left} -> {self.right}"


@dataclass(frozen=True)
class Node:
    """An instance, with what it was found to be."""

    name: str
    #: The namespace in the manifest, or ``self`` or ``core``.
    namespace: str
    component: str
    signature: Signature
    use: Use = field(default_factory=Use)
    retry: RetrySpec | None = None
    #: Whether a stream meets one of its value ports, so that it is called for each element.
    lifted: bool = False
    #: How many elements it is given at once, at most; ``None`` if its author does not say.
    batch: int | None = None
    place: Place = field(default=NOWHERE, compare=False)

    @property
    def id(self) -> str:
        """The component as manifests write it."""
        return f"{self.namespace}::{self.component}"


@dataclass(frozen=True)
class Graph:
    """A flow without problems. Nodes and connections stand in the manifest's order."""

    name: str
    signature: Signature
    nodes: tuple[Node, ...] = ()
    connections: tuple[Connection, ...] = ()
    #: Per input of the flow: the JSON that its author gave as a default, or `EMPTY`.
    defaults: tuple[wit.Json | Empty, ...] = ()

    def target_port(self, target: Target) -> Port | None:
        """The port where a connection ends; ``None`` for the sink."""
        if isinstance(target, FlowOutput):
            return self.signature.outputs[target.port]
        if isinstance(target, Input):
            return self.nodes[target.node].signature.inputs[target.port]
        return None
