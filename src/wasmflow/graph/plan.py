"""The compiled plan of a flow: what to call, in which order, and where each input comes from.

`graph.compile` makes it, `engine` runs it, `graph.render` shows it. It is plain data: no component,
no open file and no function is in it, so that it can be printed, compared, and rewritten by a pass.

During a transaction every packet stands in a numbered *slot*: first the flow's inputs, then the
outputs of each node, in the order of the plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from wasmflow.component import Signature, Use
from wasmflow.packet import EMPTY, Empty
from wasmflow.types import model as wit
from wasmflow.types.path import Step


@dataclass(frozen=True, slots=True)
class Read:
    """A connection, seen from the input or flow output that it feeds."""

    slot: int
    #: Into the value; may come to nothing or to an exception.
    path: tuple[Step, ...] = ()
    #: The type at the end of the path and the type wanted; ``None`` passes any value unchanged.
    source: wit.Type | None = None
    target: wit.Type | None = None
    #: Whether it feeds an optional input, which none and the null of `any` leave out.
    optional: bool = False
    #: JSON that replaces a failure that crosses; every "$ERROR" in it stands for the message.
    default: wit.Json | Empty = EMPTY
    #: How a message names this connection: ``a.output.user -> b.name``.
    label: str = ""
    #: Whether any number of packets cross, each with what is said above; else one at most.
    stream: bool = False


@dataclass(frozen=True, slots=True)
class Constant:
    """A value known at load, of the type of the port that it feeds."""

    value: object


#: How many elements of a stream a component that takes batches is given at once, unless its author says.
BATCH: Final = 256

#: Where an input or flow output gets its packet; ``None`` leaves an optional input out.
Source: TypeAlias = Read | Constant | None


@dataclass(frozen=True, slots=True)
class Retry:
    """Repeats a call after an error, not after an exception."""

    #: How often to try again after the first try.
    times: int
    #: Seconds to wait before the first repetition; each later one waits `factor` times as long.
    delay: float = 0.0
    factor: float = 2.0


@dataclass(frozen=True)
class Node:
    """The place of an instance in the plan."""

    name: str
    #: The collection's namespace in the manifest, or ``self`` or ``core``.
    namespace: str
    component: str
    use: Use
    signature: Signature
    #: One per input port of the signature.
    inputs: tuple[Source, ...]
    #: The slot of its first output; the others follow.
    outputs: int
    #: Per output port: whether something takes its failures: a connection to anything but ``drop``,
    #: or one with a default.
    read: tuple[bool, ...]
    #: The slot of its ``<error>`` port, if connected.
    error: int | None = None
    #: Indexes, in the plan, of the nodes whose packets it reads.
    after: tuple[int, ...] = ()
    #: Nodes of one collection with one number are called one after the other, whatever happens.
    group: int = 0
    retry: Retry | None = None
    #: Whether a stream meets one of its value ports: it is called for each element then.
    lifted: bool = False
    #: How many elements one push is given at most, where the component takes batches.
    batch: int = BATCH

    @property
    def address(self) -> str:
        """What its component is called in events and messages; what a caller asks for has no namespace."""
        return f"{self.namespace}::{self.component}" if self.namespace else self.component


@dataclass(frozen=True)
class Plan:
    """A flow, ready to run. `nodes` are sorted so that each reads only from those before it."""

    signature: Signature
    #: Per flow input: what it holds when nothing is given, of the port's type; `EMPTY` for nothing.
    defaults: tuple[object, ...]
    nodes: tuple[Node, ...]
    #: One per output port of the signature.
    outputs: tuple[Source, ...]
    #: How many slots a transaction needs.
    slots: int
    #: What leads to ``drop`` by a path: it is followed, and where it cannot be, that is a failure.
    dropped: tuple[Read, ...] = ()

    @property
    def streaming(self) -> bool:
        """Whether any packet of it stands in a stream."""
        return self.signature.streaming or any(
            node.lifted or node.signature.streaming for node in self.nodes
        )
