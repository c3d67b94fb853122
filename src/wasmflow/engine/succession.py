"""A component that makes streams of values, where a stream meets these: its streams one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wasmflow.component import Call, Port, by_step
from wasmflow.engine.channel import Channel
from wasmflow.engine.crew import Crew, Part, Ports
from wasmflow.engine.intake import END, Element, Intake, Outlets
from wasmflow.packet import EMPTY, Slot


class Succession(Part):
    """Has an instance of its own for each element, and passes on what it sends.

    A value output is in step with the elements: for each it sends one packet, or leaves a gap. In
    streams gaps vanish; but streams in step keep them, and are made equally long for each element.
    """

    def __init__(
        self,
        crew: Crew,
        call: Call,
        name: str,
        attach: Callable[[Ports, Call, Crew], None],
        ports: Ports,
        outputs: Sequence[Port],
    ) -> None:
        """`outputs` are those of the signature; `ports` may have `<error>` behind them."""
        super().__init__(crew, call, (*call.path, name))
        self._attach = attach
        self._intake = Intake(ports.inputs, ports.streams)
        self._outlets = Outlets(ports.outputs)
        self._lanes = _lanes(name, ports.outputs, outputs)
        #: The parts of the instance of the element.
        self._inner = Crew(crew.shift, outer=crew, done=self.rouse)

    def channels(self) -> tuple[list[Channel], list[Channel]]:
        inside = [lane.inside for lane in self._lanes]
        return self._intake.channels + inside, self._outlets.channels

    def lanes(self) -> list[tuple[list[Channel], list[Channel]]]:
        unfinished = [each for each in self._lanes if not each.inside.exhausted]
        apart = [([each.inside], list(each.outlets)) for each in unfinished]
        # The next element is taken when all is sent for this one.
        inlets = [*self._intake.channels, *(each.inside for each in unfinished)]
        return [*apart, (inlets, self._outlets.channels)]

    def discard(self) -> None:
        self.shift.forsake(self.call._replace(path=self.path))

    def work(self) -> None:
        if self._outlets.deserted:
            self.finish()
        elif self._intake.held():
            while self._pass_on():
                element = self._intake.next()
                if element is None:
                    return
                if element is END:
                    self.broken = self._intake.broken
                    self.complete()
                    return
                self._begin(element)

    def _begin(self, element: Element) -> None:
        call = self.call._replace(elements=(*self.call.elements, self._intake.count - 1))
        for lane in self._lanes:
            lane.begin()
        outputs = tuple((lane.inside,) for lane in self._lanes)
        self._attach(Ports(element, (False,) * len(element), outputs), call, self._inner)
        for lane in self._lanes:
            lane.inside.reader = self.rouse

    def _pass_on(self) -> bool:
        """Pass on what there is. Says whether the instance has ended, and there is room."""
        for lane in self._lanes:
            while lane.inside.packets and lane.room:
                lane.send(lane.inside.take())
                if self.shift.late:
                    self.rouse()
                    return False
            if not lane.inside.packets and lane.room:
                lane.inside.want()
        # How long the longest is shows only now.
        for lane in self._lanes:
            lane.fill()
        ended = not self._inner.parts and all(lane.ended for lane in self._lanes)
        return ended and self._outlets.room


class _Lane:
    """One output: the channel that the instance of an element writes to, and those that read it."""

    def __init__(self, label: str, outlets: tuple[Channel, ...], least: int) -> None:
        self._label = label
        self.outlets = outlets
        #: How many packets it has for each element at least.
        self._least = least
        self._sent = least
        #: Those that have equally many, itself among them.
        self.equals = [self]
        self.inside = Channel()
        self.inside.end()

    def begin(self) -> None:
        """Another element."""
        # Little room, so that a source of streams does not run ahead either.
        self.inside = Channel(self._label, capacity=0)
        self._sent = 0

    @property
    def room(self) -> bool:
        return all(channel.room for channel in self.outlets)

    @property
    def ended(self) -> bool:
        """Whether all is sent for the element."""
        return self.inside.exhausted and self._sent == self._due

    @property
    def _due(self) -> int:
        return max(self._least, *(lane._sent for lane in self.equals))

    def send(self, packet: Slot) -> None:
        if packet is EMPTY and not self._least and len(self.equals) == 1:
            return
        self._sent += 1
        for channel in self.outlets:
            channel.put(packet)

    def fill(self) -> None:
        """Leave gaps for what did not come before the end."""
        while self.inside.exhausted and self._sent < self._due and self.room:
            self.send(EMPTY)


def _lanes(name: str, ports: Sequence[tuple[Channel, ...]], outputs: Sequence[Port]) -> list[_Lane]:
    lanes = []
    for index, outlets in enumerate(ports):
        value = index < len(outputs) and not outputs[index].stream
        lanes.append(_Lane(outlets[0].label if outlets else name, outlets, least=int(value)))
    for step, group in by_step(outputs).items():
        for index in group if step is not None else ():
            lanes[index].equals = [lanes[i] for i in group]
    return lanes
