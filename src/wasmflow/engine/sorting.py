"""What a flow with streams sends, where not all is read as it is: failures go to `<error>`, or nowhere."""

from __future__ import annotations

from wasmflow.component import Call
from wasmflow.engine.channel import Channel
from wasmflow.engine.crew import Crew, Flow, Part
from wasmflow.engine.failures import deliver
from wasmflow.engine.strays import stray
from wasmflow.graph.plan import Node
from wasmflow.packet import EMPTY, Slot


class Sorting(Part):
    """Stands behind all outputs of one instance. Each keeps its own pace, and its gaps."""

    def __init__(
        self,
        crew: Crew,
        call: Call,
        node: Node,
        inside: tuple[tuple[Channel, ...], ...],
        outputs: tuple[tuple[Channel, ...], ...],
    ) -> None:
        """`inside` has one channel per output; `outputs` has those that read it, then `<error>`'s."""
        super().__init__(crew, call, call.path)
        self._inside = [channel for (channel,) in inside]
        self._outputs = outputs[: len(inside)]
        self._read = node.read
        self._to_error = node.error is not None
        self._errors = outputs[-1] if self._to_error else ()
        self._streams = [port.stream for port in node.signature.outputs]
        self._flow = Flow.seen(call, node.signature.outputs, outputs)

    def channels(self) -> tuple[list[Channel], list[Channel]]:
        return self._inside, [*self._errors, *(each for port in self._outputs for each in port)]

    def lanes(self) -> list[tuple[list[Channel], list[Channel]]]:
        return [
            ([inside], [*outlets, *self._errors])
            for inside, outlets in zip(self._inside, self._outputs, strict=True)
            if not inside.exhausted
        ]

    def work(self) -> None:
        if self._flow.left:
            self.finish()
            return
        for index in range(len(self._inside)):
            self._pass_on(index)
        if all(channel.exhausted for channel in self._inside):
            # Failures are in step with an output that is the only one.
            self.broken = len(self._inside) == 1 and self._inside[0].broken
            self.complete()

    def _pass_on(self, index: int) -> None:
        inside, outlets = self._inside[index], self._outputs[index]
        while inside.packets and _room(outlets) and _room(self._errors):
            self._send(index, inside.take())
            if self.shift.late:
                self.rouse()
                return
        if inside.exhausted:
            for channel in outlets:
                channel.end(broken=inside.broken)
        elif not inside.packets:
            inside.want()

    def _send(self, index: int, slot: Slot) -> None:
        delivery = deliver((slot,), (self._read[index],), error_port=self._to_error)
        stray(self.call, delivery.unhandled)
        (sent,) = delivery.outputs
        if self._streams[index] or sent is not EMPTY:
            _put(self._outputs[index], sent)
        # What several outputs add to `<error>` keeps no place.
        if delivery.error is not EMPTY or (self._streams[index] and len(self._inside) == 1):
            _put(self._errors, delivery.error)


def _room(channels: tuple[Channel, ...]) -> bool:
    return all(channel.room for channel in channels)


def _put(channels: tuple[Channel, ...], packet: Slot) -> None:
    for channel in channels:
        channel.put(packet)
