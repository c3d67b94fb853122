"""A transaction with streams, from the side of its caller: gives packets in, takes packets out.

The host calls this for every way in; `engine.transaction` is for transactions on value ports.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from time import monotonic
from typing import Final

from wasmflow.component import Call, Callee, Transaction, Use
from wasmflow.engine.attach import as_stream, attacher
from wasmflow.engine.channel import CAPACITY, UNBUFFERED, Channel
from wasmflow.engine.crew import Crew, Inlet, Part, Ports, Standing
from wasmflow.engine.events import TransactionBegan, TransactionEnded
from wasmflow.engine.failures import in_order
from wasmflow.graph.plan import Node, Read
from wasmflow.packet import EMPTY, Failure, Kind, Slot

#: The end of a port, for who takes packets.
_OVER: Final = object()


class Feeder(Part):
    """Gives a stream of the caller's to a port: never more than there is room for."""

    def __init__(self, crew: Crew, call: Call, packets: AsyncIterator[Slot], into: Channel) -> None:
        super().__init__(crew, call, (into.label,))
        self._packets = packets
        self._into = into
        self.for_caller = True

    def channels(self) -> tuple[list[Channel], list[Channel]]:
        return [], [self._into]

    def work(self) -> None:
        if self._into.left:
            self.finish()
        elif self.pending is None and self._into.room:
            self.wait(self._next(), self._give)

    async def _next(self) -> Slot:
        try:
            return await anext(self._packets)
        except StopAsyncIteration:
            return _OVER

    def _give(self, packet: Slot) -> None:
        if packet is _OVER:
            self.finish()
        else:
            self._into.put(packet)


class StreamTransaction:
    """A running transaction. Use it in an `async with` block; leaving that ends it and returns when
    nothing of it runs any more."""

    def __init__(
        self,
        component: Callee,
        inputs: Sequence[Slot | AsyncIterator[Slot]],
        transaction: Transaction,
    ) -> None:
        """`inputs` has one entry per input port: a value, `EMPTY`, or for a stream port an iterator."""
        self.transaction = transaction
        self._component = component
        self._inputs = inputs
        signature = component.signature
        self._crew = Crew(transaction)
        source = not any(port.stream for port in signature.inputs)
        room = UNBUFFERED if source else CAPACITY
        self._outputs = [Channel(f"{port.name} -> <>", room) for port in signature.outputs]
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
        await asyncio.wait((task,))

    def _attach(self) -> None:
        crew, call = self._crew, Call(self.transaction)
        signature = self._component.signature
        node = Node(
            "", "", signature.name, Use(), signature,
            tuple(Read(i, stream=port.stream) for i, port in enumerate(signature.inputs)),
            0, (True,) * len(signature.outputs),
        )  # fmt: skip
        inlets: list[Inlet] = []
        for port, given in zip(signature.inputs, self._inputs, strict=True):
            if port.stream and hasattr(given, "__anext__"):
                inlet = Channel(f"<>.{port.name}")
                crew.add(Feeder(crew, call, given, inlet))
                inlets.append(inlet)
            else:
                inlets.append(as_stream(given) if port.stream else given)
        for channel in self._outputs:
            channel.reader = self._changed.set
        crew.edges = self._outputs
        streams = tuple(
            port.stream and isinstance(inlet, Channel)
            for port, inlet in zip(signature.inputs, inlets, strict=True)
        )
        ports = Ports(tuple(inlets), streams, tuple((each,) for each in self._outputs))
        if hasattr(self._component, "attach"):
            self._component.attach(ports, call, crew)
        else:
            attacher(node, self._component)(ports, call, crew)

    async def _run(self) -> Failure | None:
        failure = None
        try:
            limit = _time_left(self.transaction)
            async with asyncio.timeout(limit):
                failure = await self._crew.run()
        except TimeoutError:
            self.transaction.cancelled = True
            failure = Failure(Kind.ERROR, "the transaction's time limit was reached")
        finally:
            unhandled = self.transaction.unhandled
            if failure is not None:
                unhandled.append(failure)
            unhandled[:] = in_order(unhandled)
            for channel in self._outputs:
                channel.end()
            self._changed.set()
            if self.transaction.listen is not None:
                self.transaction.listen(TransactionEnded(self.transaction, tuple(unhandled)))
        return failure

    # --- for the caller ---

    async def take(self, groups: Sequence[Sequence[int]]) -> tuple[int, tuple[Slot, ...]] | None:
        """The next packets of a group of output ports, with its index; ``None`` if all have ended.

        The packets of a group come together, gaps included; `EMPTY` stands for a port that has ended
        before the others. Only one task may take at a time.
        """
        channels = [[self._outputs[i] for i in group] for group in groups]
        while True:
            for index, group in enumerate(channels):
                if _ready(group):
                    packets = (each.take() if each.packets else EMPTY for each in group)
                    return index, tuple(packets)
            if all(each.exhausted for group in channels for each in group):
                return None
            await self._wait([each for group in channels for each in group])

    async def _wait(self, channels: Sequence[Channel]) -> None:
        self._changed.clear()
        for channel in channels:
            if not channel.packets:
                channel.want()
        self._crew.rouse()
        await self._changed.wait()

    def statistics(self) -> list[Standing]:
        """What every part of it does at the moment."""
        return self._crew.statistics()

    async def ended(self) -> None:
        """Wait for its end, after all ports have ended. Raises what only a bug of ours can raise."""
        if self._task is not None:
            await self._task


def _time_left(transaction: Transaction) -> float | None:
    return None if transaction.deadline is None else max(0, transaction.deadline - monotonic())


def _ready(group: Sequence[Channel]) -> bool:
    """Whether the next packets of ports in step are there."""
    complete = all(each.packets or each.ended for each in group)
    return complete and any(each.packets for each in group)
