"""Puts instances of any kind of component to work in a crew."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, TypeGuard, cast

from wasmflow.component import Call, Callee, Component, Machine, Streamer, by_step
from wasmflow.engine.channel import CAPACITY, UNBUFFERED, Channel, end_with
from wasmflow.engine.crew import Crew, Inlet, Ports
from wasmflow.engine.crossing import Reading
from wasmflow.engine.elements import Elements, ElementStep
from wasmflow.engine.passage import Passage, unchanged
from wasmflow.engine.sessions import SessionPart, SessionStep
from wasmflow.engine.sorting import Sorting
from wasmflow.engine.succession import Succession
from wasmflow.graph.plan import Node

#: Puts one instance to work: its ports are those of its node, then `<error>` if that is read.
Attach: TypeAlias = Callable[[Ports, Call, Crew], None]


def attacher(node: Node, callee: Callee) -> Attach:
    """How the instance of a node is put to work."""
    if not callee.signature.streaming:
        step = ElementStep(node, cast(Component, callee))
        return lambda ports, call, crew: crew.add(Elements(crew, call, step, ports))
    attach = _streaming(node, callee)
    if not node.lifted:
        return attach
    outputs = node.signature.outputs
    return lambda ports, call, crew: crew.add(
        Succession(crew, call, node.name, attach, ports, outputs)
    )


def capacity(node: Node) -> int:
    """The room in what a node writes to: none if it is a source, which must not run ahead."""
    signature = node.signature
    source = signature.streaming and not any(port.stream for port in signature.inputs)
    return UNBUFFERED if source else CAPACITY


def is_machine(callee: Callee) -> TypeGuard[Machine]:
    """Whether it is put to work by its own `attach`."""
    return hasattr(callee, "attach")


def _streaming(node: Node, callee: Callee) -> Attach:
    if is_machine(callee):
        return _MachineStep(node, callee).attach
    step = SessionStep(node, cast(Streamer, callee))
    return lambda ports, call, crew: crew.add(SessionPart(crew, call, step, ports))


class _MachineStep:
    """The instance of a machine. What crosses its connections does so in passages before it."""

    def __init__(self, node: Node, machine: Machine) -> None:
        self._node = node
        self._machine = machine
        self._readings = [Reading([source], (node.name,)) for source in node.inputs]
        self._sorted = node.error is not None or not all(node.read)
        groups = by_step(node.signature.inputs)
        #: Inputs that are in step.
        self._groups = [group for step, group in groups.items() if step is not None]

    def attach(self, ports: Ports, call: Call, crew: Crew) -> None:
        node = self._node
        inner = call._replace(
            path=(*call.path, node.name), group=(*call.group, node.namespace, node.group)
        )
        inputs = [self._crossed(i, ports, call, crew) for i in range(len(ports.inputs))]
        for group in self._groups:
            self._keep_step(group, inputs, ports.streams, inner, crew)
        outputs = ports.outputs
        if self._sorted:
            room = capacity(node)
            names = [f"{node.name}.{port.name}" for port in node.signature.outputs]
            inside = tuple((Channel(name, room),) for name in names)
            crew.add(Sorting(crew, inner, node, inside, outputs))
            outputs = inside
        self._machine.attach(Ports(tuple(inputs), ports.streams, outputs), inner, crew)

    def _crossed(self, index: int, ports: Ports, call: Call, crew: Crew) -> Inlet:
        inlet, reading = ports.inputs[index], self._readings[index]
        if not isinstance(inlet, Channel):
            return reading((inlet,), call)[0]
        if reading.plain:
            return inlet
        into = Channel(inlet.label, inlet.capacity)
        alone = Ports((inlet,), (ports.streams[index],), ((into,),))
        crew.add(Passage(crew, call, alone, lambda element: reading(element, call)))
        return into

    def _keep_step(
        self,
        group: list[int],
        inputs: list[Inlet],
        streams: tuple[bool, ...],
        call: Call,
        crew: Crew,
    ) -> None:
        """Values beside streams are held: given anew with each element. Alone, they are one element."""
        if len(group) == 1 and not streams[group[0]]:
            inputs[group[0]] = as_stream(inputs[group[0]])
        elif not all(streams[i] for i in group):
            room = min([CAPACITY, *(inputs[i].capacity for i in group if streams[i])])
            into = [Channel(call.path[-1], room) for _ in group]
            ports = Ports(
                tuple(inputs[i] for i in group),
                tuple(streams[i] for i in group),
                tuple((channel,) for channel in into),
            )
            crew.add(Passage(crew, call, ports, unchanged, in_step=True))
            for i, channel in zip(group, into, strict=True):
                inputs[i] = channel


def as_stream(inlet: Inlet) -> Channel:
    """A value as a stream of one, or of none."""
    if isinstance(inlet, Channel):
        return inlet
    channel = Channel()
    end_with(inlet, (channel,))
    return channel
