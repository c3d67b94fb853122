"""What a manifest says, once it has been read and found well-formed: frozen values with their places.

`manifest.load` makes them from YAML; `graph.build` gives them meaning. Names are as the author wrote them.
The place of what has a key is that of the key, unless it says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from wasmflow.grants import NOTHING, Grants
from wasmflow.manifest import tree
from wasmflow.packet import EMPTY, Empty
from wasmflow.problem import NOWHERE, Place, Problem
from wasmflow.types import model as wit


@dataclass(frozen=True, slots=True)
class Limit:
    """What a manifest sets one of `wasmflow.limits.Limits` to, in its unit."""

    value: float
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class External:
    """An entry of `external`: a namespace and what it stands for."""

    namespace: str
    #: ``wasm`` or ``manifest``.
    kind: str
    reference: str
    #: Environment variables that a manifest used from here may see, already substituted.
    variables: Mapping[str, str] = field(default_factory=dict)
    #: Where the reference stands.
    place: Place = NOWHERE
    #: What the manifest grants it, and where that stands.
    grant: Grants = NOTHING
    grant_place: Place = NOWHERE
    #: Limits that are said of it.
    limits: Mapping[str, Limit] = field(default_factory=dict)
    #: The reference as it is written, where that stands alone in place of a block.
    short: str = ""


class Role(Enum):
    """What one end of a connection is."""

    INSTANCE = "instance"
    #: ``<>``: the flow's input on the left, its output on the right.
    FLOW = "flow"
    #: A JSON constant, on the left only.
    LITERAL = "literal"
    #: The sink, on the right only.
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class End:
    """One end of a connection, as written."""

    role: Role
    #: The instance, if it is one.
    instance: str = ""
    #: The port as written; ``None`` if left out. ``<error>`` for an instance's error port.
    port: str | None = None
    #: What follows the port, on the left only: names are ``str``, list indexes written as numbers too.
    path: tuple[str, ...] = ()
    #: The constant, if it is one.
    literal: wit.Json = None
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Connection:
    source: End
    target: End
    #: JSON that replaces a failure; `EMPTY` if none is given.
    default: wit.Json | Empty = EMPTY
    place: Place = NOWHERE
    default_place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Pinned:
    """A constant of `with`."""

    value: wit.Json
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class RetrySpec:
    times: int
    delay: float = 0.0
    factor: float = 2.0
    #: Where the number or block stands.
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Instance:
    """A named use of a component; those written inside a connection are among them."""

    name: str
    namespace: str
    component: str
    pinned: Mapping[str, Pinned] = field(default_factory=dict)
    retry: RetrySpec | None = None
    #: How many elements of a stream it is given at once; ``None`` if its author does not say.
    batch: int | None = None
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class DeclaredPort:
    """An entry of a component's `inputs` or `outputs`."""

    name: str
    #: ``None`` if the author leaves the type to be inferred.
    type: wit.Type | None = None
    #: Whether it is stated as ``stream<T>``, of which `type` is the ``T``; ``None`` without a type.
    stream: bool | None = None
    #: ``None`` if the author does not say: then what the input feeds does. An input stated as `option<T>`
    #: is optional, and of type `T`; any other type says nothing of it.
    optional: bool | None = None
    description: str = ""
    default: wit.Json | Empty = EMPTY
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Component:
    """An entry of `components`: a flow."""

    name: str
    instances: Mapping[str, Instance]
    connections: tuple[Connection, ...]
    #: ``None`` where the author does not list them: then there are those that connections name.
    inputs: tuple[DeclaredPort, ...] | None = None
    outputs: tuple[DeclaredPort, ...] | None = None
    description: str = ""
    place: Place = NOWHERE
    #: Whether something in it could not be read, and is missing here.
    incomplete: bool = False


@dataclass(frozen=True, slots=True)
class WrittenTrigger:
    """An entry of `triggers`, as it is written: `manifest.triggers` reads it where it is to be used."""

    name: str
    node: tree.Node = field(repr=False)
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Manifest:
    path: Path
    external: Mapping[str, External] = field(default_factory=dict)
    components: Mapping[str, Component] = field(default_factory=dict)
    name: str = ""
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    #: Limits of the transactions that begin in it.
    limits: Mapping[str, Limit] = field(default_factory=dict)
    triggers: Mapping[str, WrittenTrigger] = field(default_factory=dict)
    #: The namespaces whose entries could not be read: what uses them cannot be checked.
    unread: frozenset[str] = frozenset()
    #: SHA-256 of its bytes in hexadecimal.
    digest: str = ""
    #: What is wrong with it as far as reading goes, sorted by place. One that has any is only checked.
    problems: tuple[Problem, ...] = ()
