"""The contract with whatever does work: a wasm function, a flow, a remote service, a queue worker.

Callers (the engine) know signatures and `Component.start`; they do not know what kind they call.
Implementers live in `wasmflow.collections`. Nothing here does anything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from time import perf_counter_ns
from typing import Any, Final, NamedTuple, Protocol, TypeAlias, runtime_checkable

from wasmflow.errors import WasmflowError
from wasmflow.grants import NOTHING, Grants
from wasmflow.limits import USUAL, Limits
from wasmflow.naming import canonical, same
from wasmflow.packet import EMPTY, Empty, Failure, Slot
from wasmflow.problem import Problem
from wasmflow.types import model as wit


@dataclass(frozen=True, slots=True)
class Port:
    """A named, typed way in or out. A value port carries at most one packet, a stream port any number.

    `type` is ``None`` where nothing determines it (a generic port): any value passes unchanged.
    An optional input whose source sends nothing takes `none`; its type is that of the value inside.
    """

    name: str
    type: wit.Type | None
    optional: bool = False
    #: ``None`` for a value port. Stream ports of one signature with the same number are in step: the
    #: n-th packets of all belong together, gaps included.
    step: int | None = None
    description: str = ""
    #: What the component uses if an optional input gets nothing, as JSON; `EMPTY` if it has no default.
    default: wit.Json | Empty = EMPTY

    @property
    def stream(self) -> bool:
        return self.step is not None


def by_step(ports: Sequence[Port]) -> dict[int | None, list[int]]:
    """The indexes of ports by their step; those of value ports by ``None``."""
    groups: dict[int | None, list[int]] = {}
    for index, port in enumerate(ports):
        groups.setdefault(port.step, []).append(index)
    return groups


class Timing(NamedTuple):
    """Something in a flow that depends on when packets come, not only on what they are."""

    #: The path of the instance, from the flow on.
    instance: str
    #: In words: which component it is, and what it does.
    reason: str


@dataclass(frozen=True)
class Signature:
    """What a component takes and gives: its ports, in their order."""

    name: str
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    description: str = ""
    #: Why the same inputs may come to other packets another time; empty if it is repeatable.
    timing: tuple[Timing, ...] = ()

    @cached_property
    def streaming(self) -> bool:
        """Whether any of its ports is a stream."""
        return any(port.stream for port in (*self.inputs, *self.outputs))

    def input(self, name: str) -> int | None:
        """The index of the input port of this name."""
        return self._inputs.get(canonical(name))

    def output(self, name: str) -> int | None:
        """The index of the output port of this name. Parts of the only output are not counted."""
        return self._outputs.get(canonical(name))

    @cached_property
    def _inputs(self) -> dict[str, int]:
        return _indexes(self.inputs)

    @cached_property
    def _outputs(self) -> dict[str, int]:
        return _indexes(self.outputs)

    @cached_property
    def parts(self) -> tuple[Port, ...]:
        """The fields or cases of the only output, which are ports too; empty if they are not.

        A part is read as a path into ``output``. A case without payload sends ``true``.
        """
        if len(self.outputs) != 1 or self.outputs[0].name != "output":
            return ()
        parts = _parts(self.outputs[0].type)
        if any(same(part.name, "output") for part in parts):
            return ()
        step = self.outputs[0].step
        return tuple(
            Port(part.name, wit.BOOL if part.type is None else part.type, step=step)
            for part in parts
        )

    @cached_property
    def opened(self) -> bool:
        """Whether the result is shown as the object of its fields rather than as ``output``."""
        return bool(self.parts) and isinstance(self.outputs[0].type, wit.Record)


#: What `<error>` of an instance sends: a failure as a value.
ERROR_PORT: Final = wit.Record(
    (
        wit.Part("kind", wit.Enum(("exception", "error"), "kind")),
        wit.Part("message", wit.STRING),
        wit.Part("origin", wit.STRING),
        wit.Part("payload", wit.Option(wit.ANY)),
    ),
    "failure",
)


def _indexes(ports: tuple[Port, ...]) -> dict[str, int]:
    """The index of each port by its canonical name."""
    return {canonical(port.name): index for index, port in enumerate(ports)}


def _parts(type_: wit.Type | None) -> tuple[wit.Part, ...]:
    if isinstance(type_, wit.Record):
        return type_.fields
    return type_.cases if isinstance(type_, wit.Variant) else ()


@dataclass(frozen=True)
class Use:
    """How one flow uses a component: what a template decides its signature from."""

    #: Input port to the type of what is connected to it, ``None`` if undetermined; in flow order.
    inputs: Mapping[str, wit.Type | None] = field(default_factory=dict)
    #: The `with` of the instance.
    constants: Mapping[str, wit.Json] = field(default_factory=dict)
    #: The output ports that connections ask for.
    outputs: tuple[str, ...] = ()


@runtime_checkable
class Template(Protocol):
    """A component that is generic over types: a pure function from its use to its signature."""

    @property
    def outline(self) -> Signature:
        """Its fixed ports and description, for those who list it; generic ports have no type."""

    @property
    def constants(self) -> Mapping[str, str]:
        """The names that `with` may hold besides input ports, each with its description."""

    @property
    def any_input(self) -> bool:
        """Whether it has every input port that a connection names."""

    def signature(self, use: Use) -> Signature | list[Problem]:
        """The signature in this use; or what is wrong with the use, with `Problem.port` set."""


Definition: TypeAlias = Signature | Template


class Stray(NamedTuple):
    """A failure that had nowhere to go, and where that was."""

    failure: Failure
    #: The instance, as in `Call`.
    path: tuple[str, ...]
    elements: tuple[int, ...]


@dataclass(slots=True, eq=False)
class Transaction:
    """One invocation of one component with all that it calls.

    Fixed when it begins, but for the fields at the end, which only the engine and the host write.
    """

    id: str
    #: Seeds the random numbers of every call; 0 to 2^64-1.
    seed: int
    #: What every clock starts at: milliseconds since 1970 in UTC.
    timestamp: int
    #: When the transaction ends at the latest, in seconds of ``time.monotonic()``; ``None`` for never.
    deadline: float | None = None
    #: A store per call instead of shared ones. Packets are the same either way.
    fresh: bool = False
    #: The caller's trace context (W3C ``traceparent``), handed on unchanged.
    trace: str = ""
    #: What it may use in all. One with streams may stand still for `transaction_seconds`, the time not
    #: counted in which it waits for its caller to give or take packets.
    limits: Limits = USUAL
    #: Counts nanoseconds while a call begins on the event loop: cheap, and good enough as long as nothing
    #: else has the processor. Calls that workers go on with are measured by the processor's own clock.
    clock: Callable[[], int] = perf_counter_ns
    #: Is told what happens, as the values of `wasmflow.engine.events`; ``None`` if nobody listens.
    listen: Callable[[Any], None] | None = None
    #: Set once when the transaction is given up; work on other threads looks at it and stops.
    cancelled: bool = False
    #: When something moved in it last, as its event loop counts seconds.
    moved: float = 0.0
    #: Nanoseconds that components have worked so far: by the paths of their instances, and in all.
    #: Threads add to it without a lock: what that may lose is less than what clocks do.
    spent: defaultdict[tuple[str, ...], int] = field(default_factory=lambda: defaultdict(int))
    spent_in_all: int = 0
    #: Bytes printed so far.
    printed: int = 0
    #: Its calls and streaming components that are at work, of those that have a store.
    at_work: int = 0
    #: Which of its limits it has reached, in words; nothing of it is to be called any more.
    exhausted: str = ""
    #: Failures that have had nowhere to go so far; at its end they are `unhandled`.
    strays: list[Stray] = field(default_factory=list)
    #: Once it has ended: the failures that had nowhere to go.
    unhandled: list[Failure] = field(default_factory=list)

    @property
    def trace_id(self) -> str:
        """What logs call it: the id of its caller's trace, its own if it has none."""
        return self.trace.split("-")[1] if self.trace else self.id

    def move(self, time: float) -> None:
        """Something moves at that time, or not before it and then for sure."""
        self.moved = max(self.moved, time)

    def spend(self, path: tuple[str, ...], nanoseconds: int) -> None:
        """The component at that path has worked for so long."""
        self.spent[path] += nanoseconds
        self.spent_in_all = total = self.spent_in_all + nanoseconds
        most = self.limits.transaction_cpu_seconds
        if most is not None and total > most * 1e9:
            self.exhausted = (
                f"its transaction has taken more than {most:g} s of the processor, its limit"
            )


class Call(NamedTuple):
    """The circumstances of one call of a component."""

    transaction: Transaction
    #: The instances from the outermost flow to this call; empty for a call from the edge.
    path: tuple[str, ...] = ()
    #: Counts the repetitions of `retry`, of this call and of the flows that it is in; 0 is the first
    #: try of all. No two calls of a transaction have the same path, elements and attempt.
    attempt: int = 0
    #: Calls of one transaction with the same group run one after the other and may share a store.
    #: A repetition has a group of its own.
    group: tuple[str | int, ...] = ()
    #: The number of the element at each lifted level; empty on value ports.
    elements: tuple[int, ...] = ()


#: What a call comes to: a failure of the whole call, or one slot per output port.
Outcome: TypeAlias = Failure | tuple[Slot, ...]


class Component(Protocol):
    """Something that can be called."""

    @property
    def signature(self) -> Signature: ...

    def start(self, inputs: tuple[Slot, ...], call: Call) -> Outcome | Awaitable[Outcome]:
        """Do the work on value ports.

        `inputs` has one slot per input port: a value of the port's type, or `EMPTY` on an optional
        port. Returns the outcome at once if it can be had without waiting, else an awaitable of it.
        Never raises for what a component may do wrong: that is a `Failure`. Cancelling the awaitable
        stops the work, and does not return before it has stopped.
        """


#: What one call of a session sent on its output, in order; or the failure of that call.
Emission: TypeAlias = Failure | Sequence[Slot]


class Session(Protocol):
    """A streaming component at work, from its constructor to its end. Is called once at a time.

    What cannot finish inline returns an awaitable; cancelling it stops the work and does not return
    before it has stopped. After an error (not an exception) it is only closed.
    """

    def push(self, elements: Sequence[tuple[Slot, ...]]) -> Emission | Awaitable[Emission]:
        """Give it elements, each with one slot per stream input; just one if it takes no batches.

        An optional input takes `EMPTY` for nothing. Where the output is in step with the inputs,
        exactly one slot comes back, which is `EMPTY` if nothing is sent for the element.
        """

    def finish(self) -> Emission | Awaitable[Emission]:
        """All elements were given: the rest of the output."""

    def pull(self) -> Emission | Awaitable[Emission]:
        """The next packet of a source; empty when there are no more."""

    def close(self) -> None:
        """Throw it away at once, wherever it is. Safe to call twice."""


class Streamer(Protocol):
    """A component with stream ports that the engine pushes to, or pulls from if it takes no streams.

    It has one output at most. It is called differently from a `Component`; both are bound to nodes.
    """

    @property
    def signature(self) -> Signature: ...

    @property
    def batches(self) -> bool:
        """Whether `push` takes any number of elements at once."""

    def open(
        self, inputs: tuple[Slot, ...], call: Call
    ) -> Session | Failure | Awaitable[Session | Failure]:
        """Begin. `inputs` has one slot per value input, in their order."""


class Machine(Protocol):
    """A component that works on its ports itself: a flow with streams, or what chooses which to read.

    Only what is made of the engine's own parts can be one: `wasmflow.engine.crew` says what `ports`
    and `crew` are.
    """

    @property
    def signature(self) -> Signature: ...

    def attach(self, ports: Any, call: Call, crew: Any) -> None:
        """Have the crew do its work, from those inputs to those outputs."""


#: What a node of a plan is bound to.
Callee: TypeAlias = Component | Streamer | Machine


@dataclass(frozen=True, slots=True)
class Import:
    """Something that a collection wants from its host, and what it gets of it."""

    name: str
    #: ``available, nothing granted``, or what was granted.
    status: str


@dataclass(frozen=True, slots=True)
class About:
    """What a collection says of itself beyond its components, for people who inspect it."""

    #: The kind of collection: ``wasm``, ``manifest``, ``core``.
    kind: str
    description: str = ""
    #: Short facts in reading order, such as ``language`` or ``size``.
    facts: Mapping[str, str] = field(default_factory=dict)
    imports: tuple[Import, ...] = ()
    #: The file that it is from, as its user named it; empty where it is from none.
    origin: str = ""
    #: SHA-256 of its content in hexadecimal; empty where it has none, or nobody here can know it.
    digest: str = ""
    #: What it is granted; ``None`` for the outermost manifest, which may use all that it asks for.
    granted: Grants | None = NOTHING
    #: The limits that hold for it; ``None`` where none apply.
    limits: Limits | None = None
    #: The collections that it uses, by the namespaces that it has them under.
    parts: Mapping[str, About] = field(default_factory=dict)
    #: Writes what it exports and imports as WIT text, where it is made of that.
    wit: Callable[[], str] | None = field(default=None, repr=False, compare=False)

    def tree(self, path: str = "") -> Iterator[tuple[str, About]]:
        """It and all that it uses, each after its user, with the path of namespaces to it."""
        yield path, self
        for namespace, part in self.parts.items():
            yield from part.tree(f"{path}/{namespace}" if path else namespace)


class Collection(Protocol):
    """A namespace of components that has been opened."""

    @property
    def about(self) -> About: ...

    @property
    def definitions(self) -> Mapping[str, Definition]:
        """Every component by the name it is printed with. `refused` are not among them."""

    @property
    def refused(self) -> Mapping[str, str]:
        """Components that are there and cannot be run, each with the reason."""

    def component(self, name: str, use: Use) -> Callee:
        """The component of that name, for that use. Raises ``KeyError`` if there is none.

        One without stream ports is a `Component`.
        """

    def release(self, transaction: Transaction) -> None:
        """Let go of what was held for a transaction that has ended. Safe to call twice or for nothing."""

    async def aclose(self) -> None:
        """Let go of everything. Safe to call twice."""


class TransactionFailed(WasmflowError):
    """A transaction failed: a component said no, or broke. What a flow handled is not among it."""

    def __init__(self, failure: Failure, also: tuple[Failure, ...] = ()) -> None:
        super().__init__(str(failure))
        self.failure = failure
        #: Other failures of the same transaction, in a fixed order.
        self.also = also
