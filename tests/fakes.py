"""Twins of what the engine works with: a clock that needs no time, components made of a function, flows
made of a few words."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar, cast

from wasmflow.component import (
    Call,
    Callee,
    Component,
    Emission,
    Outcome,
    Port,
    Signature,
    Transaction,
    Use,
)
from wasmflow.engine.run import SLICE, Program
from wasmflow.engine.streams import StreamProgram
from wasmflow.graph.plan import Constant, Node, Plan, Read, Retry, Source
from wasmflow.packet import EMPTY, Failure, Kind, Slot

T = TypeVar("T")


class Hang(BaseException):
    """Everybody waits, and nothing is left that could wake anybody."""


class _Selector(selectors.SelectSelector):
    """Instead of waiting, tells for how long it would have waited."""

    def __init__(self, jump: Callable[[float], None]) -> None:
        super().__init__()
        self._jump = jump

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if timeout is None and not events:
            raise Hang
        if timeout and not events:
            self._jump(timeout)
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock stands while there is work, and then jumps to the next timer.

    So sleeping takes no time, the order of events is the same in every run, and a program that
    hangs raises `Hang` at once.
    """

    def __init__(self) -> None:
        self._now = 0.0
        super().__init__(_Selector(self.advance))

    def time(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += seconds


def run_virtually(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on a `VirtualLoop`; it must leave no task behind."""

    async def and_nothing_else() -> T:
        result = await main
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, f"still running: {left}"
        return result

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(and_nothing_else())


@dataclass
class FakeComponent:
    """A component made of a function, with a memory of what was asked of it."""

    signature: Signature
    act: Callable[[tuple[Slot, ...], Call], Any]
    #: What it awaits before its outcome is there; ``None`` if it finishes at once.
    pause: Callable[[], Awaitable[object]] | None = None
    calls: list[Call] = field(default_factory=list)
    running: int = 0
    cancelled: int = 0

    def start(self, inputs: tuple[Slot, ...], call: Call) -> Outcome | Awaitable[Outcome]:
        self.calls.append(call)
        if self.pause is None:
            return self._come_to(inputs, call)
        self.running += 1
        return self._wait(self.pause, inputs, call)

    async def _wait(
        self, pause: Callable[[], Awaitable[object]], inputs: tuple[Slot, ...], call: Call
    ) -> Outcome:
        try:
            await pause()
            return self._come_to(inputs, call)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running -= 1

    def _come_to(self, inputs: tuple[Slot, ...], call: Call) -> Outcome:
        outcome: Outcome = self.act(inputs, call)
        return outcome


def ports(names: str) -> tuple[Port, ...]:
    """Ports from their names; "?" after a name makes it optional, "*" and a step a stream."""
    return tuple(_port(*name.partition("*")) for name in names.split())


def _port(name: str, star: str, step: str) -> Port:
    return Port(name.rstrip("?"), None, name.endswith("?"), int(step or 0) if star else None)


def fake(
    act: Callable[..., Any],
    inputs: str = "input",
    outputs: str = "output",
    *,
    delay: float | None = None,
) -> FakeComponent:
    """A component whose function takes its inputs one by one and returns the value of its only output.

    What is a `Failure`, or a tuple with a slot per output port, is taken as it is. With a `delay`
    in seconds, even 0, it is awaited.
    """

    def outcome(slots: tuple[Slot, ...], _call: Call) -> Any:
        result = act(*slots)
        return result if isinstance(result, Failure | tuple) else (result,)

    pause = None if delay is None else partial(asyncio.sleep, delay)
    return FakeComponent(Signature("fake", ports(inputs), ports(outputs)), outcome, pause)


@dataclass
class FakeStreamer:
    """A streaming component made of functions: for each element, at the end, for each pull."""

    signature: Signature
    act: Callable[..., Any] = lambda *_: ()
    rest: Callable[[], Any] = lambda: ()
    pulls: Callable[[int], Any] = lambda _: ()
    batches: bool = False
    #: What opening comes to instead of a session.
    refusal: Failure | None = None
    #: Awaited in every call, if it is given.
    pause: Callable[[], Awaitable[object]] | None = None
    sessions: list[FakeSession] = field(default_factory=list)

    def open(self, inputs: tuple[Slot, ...], call: Call) -> Any:
        if self.refusal is not None:
            return self.refusal
        self.sessions.append(FakeSession(self, inputs, call))
        return self.sessions[-1]


@dataclass
class FakeSession:
    """The session of a `FakeStreamer`, with a memory of what was asked of it."""

    streamer: FakeStreamer
    values: tuple[Slot, ...]
    call: Call
    pushed: list[Any] = field(default_factory=list)
    pulled: int = 0
    finished: bool = False
    closed: bool = False

    def push(self, elements: Any) -> Any:
        assert (self.finished, self.closed) == (False, False)
        self.pushed.append(elements)
        given = (list(elements),) if self.streamer.batches else elements[0]
        return self._come_to(self.streamer.act(*given))

    def finish(self) -> Any:
        assert (self.finished, self.closed) == (False, False)
        self.finished = True
        return self._come_to(self.streamer.rest())

    def pull(self) -> Any:
        assert not self.closed
        self.pulled += 1
        return self._come_to(self.streamer.pulls(self.pulled - 1))

    def close(self) -> None:
        self.closed = True

    def _come_to(self, emission: Any) -> Any:
        if self.streamer.pause is None:
            return emission
        return self._wait(self.streamer.pause, emission)

    async def _wait(self, pause: Callable[[], Awaitable[object]], emission: Any) -> Emission:
        await pause()
        result: Emission = emission
        return result


def transducer(act: Callable[..., Any], inputs: str = "input*", **more: Any) -> FakeStreamer:
    """One in step: its function returns the packet for each element."""
    signature = Signature("transducer", ports(inputs), ports("output*"))
    return FakeStreamer(signature, lambda *slots: _single(act(*slots)), **more)


def expander(act: Callable[..., Any], inputs: str = "input*", **more: Any) -> FakeStreamer:
    """One whose function returns any number of packets for each element."""
    return FakeStreamer(Signature("expander", ports(inputs), ports("output*1")), act, **more)


def reducer(rest: Callable[[list[Any]], Any], **more: Any) -> FakeStreamer:
    """One whose function makes one value of all elements."""
    signature = Signature("reducer", ports("input*"), ports("output"))
    made = FakeStreamer(signature, **more)
    made.rest = lambda: _single(rest([e[0] for each in made.sessions[-1].pushed for e in each]))
    return made


def source(*packets: Any, inputs: str = "", **more: Any) -> FakeStreamer:
    """One that sends these packets."""
    signature = Signature("source", ports(inputs), ports("output*"))

    def pulls(at: int) -> Any:
        return () if at >= len(packets) else _single(packets[at])

    return FakeStreamer(signature, pulls=pulls, **more)


def _single(packet: Any) -> Any:
    return packet if isinstance(packet, Failure) else [packet]


def never(inputs: str = "input", outputs: str = "output") -> FakeComponent:
    """A component that does not finish by itself."""
    signature = Signature("never", ports(inputs), ports(outputs))
    return FakeComponent(signature, lambda *_: EMPTY, lambda: asyncio.Event().wait())


def exception(message: str = "no", origin: str = "", payload: object = EMPTY) -> Failure:
    return Failure(Kind.EXCEPTION, message, origin, payload)


def error(message: str = "broken", origin: str = "") -> Failure:
    return Failure(Kind.ERROR, message, origin)


def transaction(**fields: Any) -> Transaction:
    return Transaction(**{"id": "t", "seed": 1, "timestamp": 2, **fields})


#: What feeds a port of a draft: ``"node.port"``, ``"<>.input"``, a `wire` with more to it, a constant.
Wire = str | tuple[str, Read] | Constant | None


def wire(port: str, default: object = EMPTY, **read: Any) -> tuple[str, Read]:
    """A connection from ``"node.port"`` that is more than that."""
    return port, Read(0, default=default, **read)


class Draft:
    """A flow being written: its nodes one after the other, each reading only from those before it.

    Ports are those of the components; what a component does not have reads as it is written.
    """

    def __init__(self, inputs: str = "") -> None:
        self._inputs = ports(inputs)
        self._slots = {f"<>.{port.name}": at for at, port in enumerate(self._inputs)}
        self._nodes: list[Node] = []
        self.components: list[Callee] = []
        self._owner: dict[int, int] = {}
        #: The slots that hold streams.
        self._streams = {at for at, port in enumerate(self._inputs) if port.stream}

    def node(
        self,
        name: str,
        component: Callee,
        wires: Mapping[str, Wire] | None = None,
        *,
        retry: Retry | None = None,
        namespace: str = "test",
        group: int = 0,
        batch: int = 256,
        **more: Wire,
    ) -> Draft:
        """Add an instance: input port to what feeds it, by keyword where its name allows."""
        signature = component.signature
        given = {**(wires or {}), **more}
        inputs = tuple(self._source(given.get(port.name)) for port in signature.inputs)
        names = [*(port.name for port in signature.outputs), "<error>"]
        first = len(self._slots)
        streams = [isinstance(each, Read) and each.stream for each in inputs]
        lifted = any(s and not p.stream for s, p in zip(streams, signature.inputs, strict=True))
        for at, port_name in enumerate(names):
            self._slots[f"{name}.{port_name}"] = first + at
            self._owner[first + at] = len(self._nodes)
            port = signature.outputs[at] if port_name != "<error>" else None
            if lifted or (port.stream if port else signature.streaming and signature.outputs):
                self._streams.add(first + at)
        after = sorted(
            {self._owner[r.slot] for r in inputs if isinstance(r, Read) and r.slot in self._owner}
        )
        self._nodes.append(
            Node(
                name=name,
                namespace=namespace,
                component=signature.name,
                use=Use(),
                signature=signature,
                inputs=inputs,
                outputs=first,
                read=(),
                error=first + len(signature.outputs),
                after=tuple(after),
                group=group,
                retry=retry,
                lifted=lifted,
                batch=batch,
            )
        )
        self.components.append(component)
        return self

    def plan(self, **outputs: Wire) -> Plan:
        """The plan, with the flow's outputs: name to what feeds it."""
        sources = tuple(self._source(each) for each in outputs.values())
        every = [*sources, *(source for node in self._nodes for source in node.inputs)]
        used = {source.slot for source in every if isinstance(source, Read)}
        nodes = tuple(_finished(node, used) for node in self._nodes)
        ports_ = tuple(
            Port(name, None, step=0 if isinstance(source, Read) and source.stream else None)
            for name, source in zip(outputs, sources, strict=True)
        )
        signature = Signature("flow", self._inputs, ports_)
        return Plan(signature, (EMPTY,) * len(self._inputs), nodes, sources, len(self._slots))

    def program(self, *, slice_seconds: float = SLICE, **outputs: Wire) -> Program:
        bound = cast(list[Component], self.components)
        return Program(self.plan(**outputs), bound, slice_seconds=slice_seconds)

    def streams(self, **outputs: Wire) -> StreamProgram:
        """The same as a flow with streams."""
        return StreamProgram(self.plan(**outputs), self.components)

    def _source(self, fed_by: Wire) -> Source:
        if isinstance(fed_by, str):
            return self._read(Read(0), fed_by)
        return self._read(fed_by[1], fed_by[0]) if isinstance(fed_by, tuple) else fed_by

    def _read(self, read: Read, name: str) -> Read:
        slot = self._slots[name]
        return replace(read, slot=slot, label=read.label or name, stream=slot in self._streams)


def _finished(node: Node, used: set[int]) -> Node:
    """The node, knowing which of its ports are read."""
    width = len(node.signature.outputs)
    read = tuple(node.outputs + at in used for at in range(width))
    return replace(node, read=read, error=node.error if node.error in used else None)
