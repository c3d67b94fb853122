"""A transaction with streams, from the side of its caller: gives packets in, takes packets out.

The host calls this for every way in; `engine.transaction` is for transactions on value ports.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from time import monotonic
from typing import Final, NamedTuple

from wasmflow.component import Call, Callee, Transaction, Use, by_step
from wasmflow.engine.attach import as_stream, attacher, is_machine
from wasmflow.engine.channel import CAPACITY, UNBUFFERED, Channel, deserted
from wasmflow.engine.crew import Crew, Inlet, Part, Ports
from wasmflow.engine.events import TransactionBegan, TransactionEnded
from wasmflow.engine.failures import interrupted, timed_out
from wasmflow.engine.intake import Element
from wasmflow.engine.outgoing import Outgoing
from wasmflow.engine.shift import Shift
from wasmflow.engine.standing import Standing
from wasmflow.engine.strays import settle
from wasmflow.graph.plan import Node, Read
from wasmflow.packet import Failure, Kind, Slot


class Feed(NamedTuple):
    """What a caller gives to input ports that are fed in step."""

    ports: tuple[int, ...]
    #: Elements, with one slot per port, as many at a time as there happen to be. A generator is closed
    #: when the transaction is left.
    chunks: AsyncIterator[Sequence[Element]]


class _Feeder(Part):
    """Takes a feed as there is room for it, and never a chunk more."""

    def __init__(self, crew: Crew, call: Call, feed: Feed, into: Sequence[Channel]) -> None:
        super().__init__(crew, call, (into[0].label,))
        self._chunks = feed.chunks
        self._into = into
        self.for_caller = True

    def channels(self) -> tuple[list[Channel], list[Channel]]:
        return [], list(self._into)

    def work(self) -> None:
        if deserted(self._into):
            self.finish()
        elif self.pending is None and all(channel.room for channel in self._into):
            self.wait(self._next(), self._give)

    async def _next(self) -> Sequence[Element] | None:
        try:
            return await anext(self._chunks)
        except StopAsyncIteration:
            return None

    def _give(self, chunk: Sequence[Element] | None) -> None:
        if chunk is None:
            self.complete()
            return
        for element in chunk:
            for channel, slot in zip(self._into, element, strict=True):
                channel.put(slot)


#: How often packets are taken in a row while others wait for the event loop: for some milliseconds.
_ROW: Final = 1_000


class StreamTransaction:
    """A running transaction. Use it in an `async with` block; leaving that ends it and returns when
    nothing of it runs any more."""

    def __init__(
        self,
        component: Callee,
        values: Sequence[Slot],
        feeds: Sequence[Feed],
        transaction: Transaction,
    ) -> None:
        """`values` has one slot per input port; of those that are fed it is not looked at."""
        self.transaction = transaction
        self._component = component
        self._values = values
        self._feeds = feeds
        signature = component.signature
        self._shift = Shift(transaction)
        source = not any(port.stream for port in signature.inputs)
        room = UNBUFFERED if source else CAPACITY
        self._outputs = [Channel(f"{port.name} -> <>", room) for port in signature.outputs]
        #: Ports in step, each with its index; all value ports are one group.
        self._groups = [
            [(index, self._outputs[index]) for index in group]
            for group in by_step(signature.outputs).values()
        ]
        self._outgoing = Outgoing(transaction)
        #: Whether it has sent more than it may, and nothing more is taken.
        self._refused = False
        #: How often packets were taken since others had their turn.
        self._row = 0
        self._changed = asyncio.Event()
        self._task: asyncio.Task[Failure | None] | None = None

    async def __aenter__(self) -> StreamTransaction:
        if self.transaction.listen is not None:
            name = self._component.signature.name
            self.transaction.listen(TransactionBegan(self.transaction, name))
        self._attach()
        self._task = asyncio.create_task(self._run(), name=self.transaction.id)
        return self

    async def __aexit__(self, *error: object) -> None:
        task = self._task
        if task is None:
            return
        if not task.done():
            self.transaction.cancelled = True
            task.cancel()
        await _until_done(asyncio.ensure_future(self._wind_up(task)))

    async def _wind_up(self, task: asyncio.Task[Failure | None]) -> None:
        await asyncio.wait((task,))
        # A task that is cancelled before its first step has not seen to it.
        await self._shift.disband()
        async with AsyncExitStack() as stack:
            for feed in self._feeds:
                if hasattr(feed.chunks, "aclose"):
                    stack.push_async_callback(feed.chunks.aclose)

    def _attach(self) -> None:
        crew, call = self._shift.crew, Call(self.transaction)
        signature = self._component.signature
        node = Node(
            "", "", signature.name, Use(), signature,
            tuple(Read(i, stream=port.stream) for i, port in enumerate(signature.inputs)),
            0, (True,) * len(signature.outputs),
        )  # fmt: skip
        inlets: list[Inlet] = [
            as_stream(value) if port.stream else value
            for port, value in zip(signature.inputs, self._values, strict=True)
        ]
        for feed in self._feeds:
            into = [Channel(f"<>.{signature.inputs[i].name}") for i in feed.ports]
            for index, channel in zip(feed.ports, into, strict=True):
                inlets[index] = channel
            crew.add(_Feeder(crew, call, feed, into))
        for channel in self._outputs:
            channel.reader = self._notice
        self._shift.edges = [[each for _, each in group] for group in self._groups]
        streams = tuple(port.stream for port in signature.inputs)
        ports = Ports(tuple(inlets), streams, tuple((each,) for each in self._outputs))
        if is_machine(self._component):
            self._component.attach(ports, call, crew)
        else:
            attacher(node, self._component)(ports, call, crew)

    async def _run(self) -> Failure | None:
        failure = None
        try:
            limit = _time_left(self.transaction)
            async with asyncio.timeout(limit):
                failure = await self._shift.run()
        except TimeoutError:
            self.transaction.cancelled = True
            failure = timed_out("the transaction's time limit was reached")
            self.transaction.unhandled += [
                interrupted("/".join(path)) for path in self._shift.interrupted
            ]
        finally:
            unhandled = self.transaction.unhandled
            if failure is None and self.transaction.exhausted:
                failure = self._exhaustion()
            if failure is not None:
                unhandled.append(failure)
            settle(self.transaction)
            for channel in self._outputs:
                channel.end()
            self._changed.set()
            if self.transaction.listen is not None:
                self.transaction.listen(TransactionEnded(self.transaction, tuple(unhandled)))
        return failure

    # --- for the caller ---

    @property
    def begun(self) -> bool:
        return self._task is not None

    async def take(self) -> list[tuple[int, Slot]] | None:
        """The next packets of output ports in step, gaps included, each with the index of its port.

        A port that has ended before the others is absent; ``None`` if all have ended. Only one task
        may take at a time. Now and then it lets others run even where there are packets.
        """
        self._row += 1
        if self._row == _ROW:
            self._row = 0
            await asyncio.sleep(0)
        while not self._refused:
            for group in self._groups:
                if _ready(group):
                    return self._sent(
                        [(index, each.take()) for index, each in group if each.packets]
                    )
            if all(each.exhausted for each in self._outputs):
                return None
            await self._wait()
        return None

    def _sent(self, taken: list[tuple[int, Slot]]) -> list[tuple[int, Slot]] | None:
        """What was taken, unless it is more than the transaction may send: then it ends."""
        if not self._outgoing.bounded or self._outgoing.count(slot for _, slot in taken):
            return taken
        self._refused = True
        if self._task is not None and self._task.done():
            self.transaction.unhandled.append(self._exhaustion())
        self._shift.rouse()
        return None

    def _exhaustion(self) -> Failure:
        return Failure(Kind.ERROR, self.transaction.exhausted)

    async def _wait(self) -> None:
        self._changed.clear()
        for channel in self._outputs:
            if not channel.packets:
                channel.want()
        self._shift.taking = True
        self._shift.rouse()
        try:
            await self._changed.wait()
        finally:
            self._shift.taking = False

    def _notice(self) -> None:
        """Something has come for the caller, whose turn it is then."""
        self._shift.taking = False
        self._changed.set()

    @property
    def exhausted(self) -> list[int]:
        """The output ports that have ended, and of which all was taken, by index."""
        return [index for index, each in enumerate(self._outputs) if each.exhausted]

    def statistics(self) -> list[Standing]:
        """What every part of it does at the moment."""
        return self._shift.statistics()

    async def ended(self) -> None:
        """Wait for its end, after all ports have ended. Raises what only a bug of ours can raise."""
        if self._task is not None:
            await self._task


async def _until_done(task: asyncio.Future[None]) -> None:
    """Wait for a task, however often this is cancelled meanwhile; then be cancelled, if it was."""
    cancelled = None
    while not task.done():
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
    task.result()


def _time_left(transaction: Transaction) -> float | None:
    return None if transaction.deadline is None else max(0, transaction.deadline - monotonic())


def _ready(group: Sequence[tuple[int, Channel]]) -> bool:
    """Whether the next packets of ports in step are there."""
    there = False
    for _, channel in group:
        if channel.packets:
            there = True
        elif not channel.ended:
            return False
    return there
