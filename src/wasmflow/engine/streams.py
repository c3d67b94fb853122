"""Runs a flow with streams: its nodes become the parts of a crew, its connections channels.

The counterpart of `engine.run`, which runs flows of values faster. All that can be decided before a
transaction is decided in `StreamProgram`; `attach` only makes channels and parts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Sequence
from typing import cast

from wasmflow.component import Call, Callee, Outcome
from wasmflow.engine.attach import attacher, capacity
from wasmflow.engine.channel import CAPACITY, Channel, deserted, end_with
from wasmflow.engine.crew import Crew, Flow, Inlet, Part, Ports
from wasmflow.engine.crossing import Reading
from wasmflow.engine.intake import Element, Intake
from wasmflow.engine.joins import reason_to_skip
from wasmflow.engine.passage import Passage, Turn, unchanged
from wasmflow.engine.shift import Shift
from wasmflow.engine.strays import stray
from wasmflow.graph.plan import Constant, Node, Plan, Read, Source
from wasmflow.packet import EMPTY, Failure, Slot


class StreamProgram:
    """A flow with streams that can be attached to a crew. Holds nothing of a transaction."""

    def __init__(self, plan: Plan, callees: Sequence[Callee]) -> None:
        """`callees` are those of the plan's nodes, in their order."""
        self.plan = plan
        self.signature = plan.signature
        pairs = zip(plan.nodes, callees, strict=True)
        self._attachers = [attacher(node, callee) for node, callee in pairs]
        #: The room in what each slot's owner writes to.
        self._room = {slot: capacity(node) for node in plan.nodes for slot in _slots_of(node)}
        self._outputs = [Reading([source]) for source in plan.outputs]
        self._dropped = [Reading([read]) for read in plan.dropped]
        #: Slots with one reader: what stands in an input of the flow is then read where it comes in.
        reads = Counter(
            source.slot
            for source in (
                *(s for node in plan.nodes for s in node.inputs),
                *plan.outputs,
                *plan.dropped,
            )
            if isinstance(source, Read)
        )
        self._alone = {slot for slot, count in reads.items() if count == 1}
        ports = plan.signature.inputs
        self._values = [i for i, port in enumerate(ports) if not port.stream]
        self._value_ports = [ports[i] for i in self._values]

    def start(self, inputs: tuple[Slot, ...], call: Call) -> Awaitable[Outcome]:
        """Run it as a component, which it is if its own ports are values: with a crew of its own."""
        return self._run(inputs, call)

    async def _run(self, inputs: tuple[Slot, ...], call: Call) -> Outcome:
        shift = Shift(call.transaction)
        outputs = tuple((Channel(port.name),) for port in self.signature.outputs)
        self.attach(Ports(inputs, (False,) * len(inputs), outputs), call, shift.crew)
        failure = await shift.run()
        if failure is not None:
            return failure
        return tuple(channel.packets[0] if channel.packets else EMPTY for (channel,) in outputs)

    def attach(self, ports: Ports, call: Call, crew: Crew) -> None:
        """Work on these ports: at once, or when all values have come."""
        if any(isinstance(ports.inputs[i], Channel) for i in self._values):
            crew.add(_Gate(crew, call, self, ports))
        else:
            self.begin(ports, call, crew)

    def begin(self, ports: Ports, call: Call, crew: Crew) -> None:
        """Work on these ports, whose values are known. Rule 1 holds for the flow as for any component."""
        inputs = list(ports.inputs)
        for index in self._values:
            if inputs[index] is EMPTY:
                inputs[index] = self.plan.defaults[index]
        values: Element = tuple(inputs[i] for i in self._values)
        reason = reason_to_skip(values, self._value_ports)
        if reason is None:
            inside = crew.inside(Flow.seen(call, self.signature.outputs, ports.outputs))
            _Attachment(self, inputs, ports.outputs, call, inside).make()
            return
        for inlet in inputs:
            if isinstance(inlet, Channel):
                inlet.leave()
        for outlets in ports.outputs:
            end_with(reason, outlets, broken=True)
        if isinstance(reason, Failure) and not ports.outputs:
            stray(call, [reason])


def _slots_of(node: Node) -> list[int]:
    last = node.outputs + len(node.signature.outputs)
    return [*range(node.outputs, last), *([] if node.error is None else [node.error])]


class _Gate(Part):
    """Waits for the values of a flow before anything in it starts."""

    def __init__(self, crew: Crew, call: Call, program: StreamProgram, ports: Ports) -> None:
        super().__init__(crew, call, call.path)
        self._program = program
        self._ports = ports
        self._at = program._values
        self._values = Intake(tuple(ports.inputs[i] for i in self._at), (False,) * len(self._at))
        self._begun = False

    def channels(self) -> tuple[list[Channel], list[Channel]]:
        """Until the flow has begun, all of it; then only what has been read."""
        if self._begun:
            return self._values.channels, []
        reading = [inlet for inlet in self._ports.inputs if isinstance(inlet, Channel)]
        return reading, [channel for port in self._ports.outputs for channel in port]

    def work(self) -> None:
        writing = self.channels()[1]
        if deserted(writing):
            self.finish()
        elif self._values.held():
            values = cast(Element, self._values.next())
            inputs = list(self._ports.inputs)
            for index, value in zip(self._at, values, strict=True):
                inputs[index] = value
            ports = Ports(tuple(inputs), self._ports.streams, self._ports.outputs)
            self._begun = True
            self._program.begin(ports, self.call, self.crew)
            self.complete()


class _Attachment:
    """One run of a program: its channels, then its parts."""

    def __init__(
        self,
        program: StreamProgram,
        inputs: list[Inlet],
        outputs: tuple[tuple[Channel, ...], ...],
        call: Call,
        crew: Crew,
    ) -> None:
        self._program = program
        self._inputs = inputs
        self._outputs = outputs
        self._call = call
        self._crew = crew
        #: Of each slot, the channels of all that read it.
        self._readers: dict[int, list[Channel]] = {}

    def make(self) -> None:
        plan = self._program.plan
        inlets = [tuple(self._inlet(source) for source in node.inputs) for node in plan.nodes]
        for index, source in enumerate(plan.outputs):
            self._lead_out(index, source)
        for index, read in enumerate(plan.dropped):
            self._drop(index, read)
        self._spread()
        for node, inputs, attach in zip(plan.nodes, inlets, self._program._attachers, strict=True):
            streams = tuple(isinstance(s, Read) and s.stream for s in node.inputs)
            outputs = tuple(tuple(self._readers.get(slot, ())) for slot in _slots_of(node))
            attach(Ports(inputs, streams, outputs), self._call, self._crew)

    def _inlet(self, source: Source) -> Inlet:
        if source is None:
            return EMPTY
        if isinstance(source, Constant):
            return source.value
        if source.slot < len(self._inputs):
            given = self._inputs[source.slot]
            if not isinstance(given, Channel) or source.slot in self._program._alone:
                return given
        channel = Channel(source.label, self._room(source))
        self._readers.setdefault(source.slot, []).append(channel)
        return channel

    def _room(self, source: Read) -> int:
        """What comes in is passed on with as much room as it came with, or sources would run ahead."""
        given = self._inputs[source.slot] if source.slot < len(self._inputs) else EMPTY
        if isinstance(given, Channel):
            return given.capacity
        return self._program._room.get(source.slot, CAPACITY)

    def _lead_out(self, index: int, source: Source) -> None:
        """Have an output's packets come from where the plan says."""
        reading, channels = self._program._outputs[index], self._outputs[index]
        if not isinstance(source, Read):
            end_with(EMPTY if source is None else source.value, channels)
        elif reading.plain:
            self._readers.setdefault(source.slot, []).extend(channels)
        else:
            call = self._call
            ports = Ports((self._inlet(source),), (source.stream,), (channels,))
            self._pass(ports, lambda element: reading(element, call))

    def _drop(self, index: int, read: Read) -> None:
        """Follow a path to the sink; where it cannot be followed, that has nowhere to go."""
        reading, call = self._program._dropped[index], self._call

        def turn(element: Element) -> Element:
            (slot,) = reading(element, call)
            if isinstance(slot, Failure) and not isinstance(element[0], Failure):
                stray(call, [slot])
            return ()

        self._pass(Ports((self._inlet(read),), (read.stream,), ()), turn)

    def _spread(self) -> None:
        """Give the flow's inputs to those who read them."""
        for index, inlet in enumerate(self._inputs):
            readers = tuple(self._readers.get(index, ()))
            if isinstance(inlet, Channel):
                stream = self._program.signature.inputs[index].stream
                if index in self._program._alone and not readers:
                    continue
                if readers:
                    self._pass(Ports((inlet,), (stream,), (readers,)), unchanged)
                else:
                    inlet.leave()
            else:
                end_with(inlet, readers)

    def _pass(self, ports: Ports, turn: Turn) -> None:
        self._crew.add(Passage(self._crew, self._call, ports, turn))
