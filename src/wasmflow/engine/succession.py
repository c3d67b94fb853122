"""A component that makes streams of values, where a stream meets these: its streams one after the other."""

from __future__ import annotations

from collections.abc import Callable

from wasmflow.component import Call
from wasmflow.engine.channel import Channel
from wasmflow.engine.crew import Crew, Part, Ports
from wasmflow.engine.intake import END, Element, Intake, Outlets
from wasmflow.packet import EMPTY


class Succession(Part):
    """Has an instance of its own for each element, and passes on what it sends, without gaps."""

    def __init__(
        self,
        crew: Crew,
        call: Call,
        name: str,
        attach: Callable[[Ports, Call, Crew], None],
        ports: Ports,
    ) -> None:
        super().__init__(crew, call, (*call.path, name))
        self._attach = attach
        self._intake = Intake(ports.inputs, ports.streams)
        self._outlets = Outlets(ports.outputs)
        self._labels = [port[0].label if port else name for port in ports.outputs]
        #: What the instance of the element writes to.
        self._inner: list[Channel] = []

    def channels(self) -> tuple[list[Channel], list[Channel]]:
        return self._intake.channels, self._outlets.channels

    def close(self) -> None:
        for channel in self._inner:
            channel.leave()

    def work(self) -> None:
        if self._outlets.deserted:
            self.finish()
        elif self._intake.held():
            while self._pass_on():
                element = self._intake.next()
                if element is None:
                    return
                if element is END:
                    self.finish()
                    return
                self._begin(element)

    def _begin(self, element: Element) -> None:
        call = self.call._replace(elements=(*self.call.elements, self._intake.count - 1))
        # Little room, so that a source of streams does not run ahead either.
        self._inner = [Channel(label, capacity=0) for label in self._labels]
        outputs = tuple((channel,) for channel in self._inner)
        self._attach(Ports(element, (False,) * len(element), outputs), call, self.crew)
        for channel in self._inner:
            channel.reader = self.rouse

    def _pass_on(self) -> bool:
        """Pass on what there is. Says whether the instance has ended, and there is room."""
        outlets, crew = self._outlets, self.crew
        for index, channel in enumerate(self._inner):
            while channel.packets and outlets.room:
                packet = channel.take()
                if packet is not EMPTY:
                    outlets.put(index, packet)
                if crew.late:
                    self.rouse()
                    return False
        if all(channel.exhausted for channel in self._inner):
            return outlets.room
        if outlets.room:
            for channel in self._inner:
                channel.want()
        return False
