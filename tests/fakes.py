"""Twins of what the engine works with: a clock that needs no time, components made of a function, flows
made of a few words."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

from wasmflow.component import Call, Component, Outcome, Port, Signature, Transaction, Use
from wasmflow.engine.run import SLICE, Program
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
    """Ports from their names; "?" after a name makes it optional."""
    return tuple(Port(name.rstrip("?"), None, name.endswith("?")) for name in names.split())


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
        self._components: list[Component] = []
        self._owner: dict[int, int] = {}

    def node(
        self,
        name: str,
        component: Component,
        wires: Mapping[str, Wire] | None = None,
        *,
        retry: Retry | None = None,
        namespace: str = "test",
        group: int = 0,
        **more: Wire,
    ) -> Draft:
        """Add an instance: input port to what feeds it, by keyword where its name allows."""
        signature = component.signature
        given = {**(wires or {}), **more}
        inputs = tuple(self._source(given.get(port.name)) for port in signature.inputs)
        names = [*(port.name for port in signature.outputs), "<error>"]
        first = len(self._slots)
        for at, port_name in enumerate(names):
            self._slots[f"{name}.{port_name}"] = first + at
            self._owner[first + at] = len(self._nodes)
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
            )
        )
        self._components.append(component)
        return self

    def plan(self, **outputs: Wire) -> Plan:
        """The plan, with the flow's outputs: name to what feeds it."""
        sources = tuple(self._source(each) for each in outputs.values())
        every = [*sources, *(source for node in self._nodes for source in node.inputs)]
        used = {source.slot for source in every if isinstance(source, Read)}
        nodes = tuple(_finished(node, used) for node in self._nodes)
        signature = Signature("flow", self._inputs, ports(" ".join(outputs)))
        return Plan(signature, (EMPTY,) * len(self._inputs), nodes, sources, len(self._slots))

    def program(self, *, slice_seconds: float = SLICE, **outputs: Wire) -> Program:
        return Program(self.plan(**outputs), self._components, slice_seconds=slice_seconds)

    def _source(self, fed_by: Wire) -> Source:
        if isinstance(fed_by, str):
            return Read(self._slots[fed_by], label=fed_by)
        if isinstance(fed_by, tuple):
            name, read = fed_by
            return replace(read, slot=self._slots[name], label=read.label or name)
        return fed_by


def _finished(node: Node, used: set[int]) -> Node:
    """The node, knowing which of its ports are read."""
    width = len(node.signature.outputs)
    read = tuple(node.outputs + at in used for at in range(width))
    return replace(node, read=read, error=node.error if node.error in used else None)
