"""Which port each end of a connection means: the rules of the short form that need no types.

They settle the right side of nearly every connection, and with it what feeds each input. Left to
`graph.resolve`, which knows types, are connections that name no output, and both sides of `a -> b`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from wasmflow.component import Port
from wasmflow.graph.instances import Site
from wasmflow.graph.receivers import Receiver, only
from wasmflow.graph.texts import FAN_IN, PINNED, end_text
from wasmflow.manifest import model
from wasmflow.manifest.model import Role
from wasmflow.manifest.term import NAME
from wasmflow.naming import Hints, canonical, listing
from wasmflow.problem import Place, Problem

#: What a component's result is called, and what a flow's output is called if nothing names it.
OUTPUT = "output"
#: The receiver that stands for the outputs of the flow; the others are indexes of instances.
FLOW = -1


@dataclass(frozen=True, slots=True)
class Wire:
    """A connection, or one of several that `<> -> b` stands for, as far as names settle it."""

    #: The index of its connection in the flow.
    order: int
    connection: model.Connection
    #: The instance it begins at, if it begins at one that exists.
    source: int | None
    #: The output, or the flow's input, that it begins at; ``None`` if it names none, or none that exists.
    output: str | None
    #: Where it leads: an instance, `FLOW`, or ``None`` for `drop` and for what does not exist.
    target: int | None
    #: The input it leads to; ``None`` if none exists, or the outputs of its source decide.
    input: str | None = None


@dataclass(frozen=True)
class Wiring:
    """The connections of a flow, read. What is still undecided claims its input in `graph.resolve`."""

    wires: tuple[Wire, ...]
    #: By index of the instance, and `FLOW`.
    receivers: Mapping[int, Receiver]
    #: The names of the flow's inputs, and whether there can be no others.
    inputs: tuple[str, ...]
    complete: bool
    #: The canonical names of the inputs that nothing takes from.
    unused: frozenset[str]
    problems: tuple[Problem, ...]


def read_short_form(flow: model.Component, sites: Sequence[Site], hints: Hints) -> Wiring:
    """Settle the ends of every connection of a flow as far as names alone can."""
    reader = _Reader(flow, sites, hints)
    for index, site in enumerate(sites):
        reader.read_pinned(index, site)
    for order, connection in enumerate(flow.connections):
        reader.read_named(order, connection)
    reader.read_others()
    return reader.wiring()


def find_instances(flow: model.Component) -> dict[str, int]:
    """The index of each instance by its canonical name; of two alike the first."""
    return {canonical(name): i for i, name in reversed(list(enumerate(flow.instances)))}


def offered(end: model.End) -> str | None:
    """The name that a left side offers to its right side: the path's last, else the port's."""
    names = (*end.path[::-1], end.port or "")
    return next((name for name in names if NAME.fullmatch(name) and not name.isdigit()), None)


def open_input(receiver: Receiver, index: int) -> str | None:
    """Where a packet goes that nothing names: the only open input, or the flow's output `output`."""
    return OUTPUT if index == FLOW and receiver.any_name else only(receiver.open)


class _Reader:
    def __init__(self, flow: model.Component, sites: Sequence[Site], hints: Hints) -> None:
        self._flow = flow
        self._sites = sites
        self._hints = hints
        self._instances = find_instances(flow)
        self._receivers = {i: _site_receiver(site) for i, site in enumerate(sites)}
        self._receivers[FLOW] = _flow_receiver(flow.outputs)
        self._inputs = _flow_receiver(flow.inputs)
        self._complete = True
        #: Wires by their place in the flow, and those that wait until all names are known.
        self._wires: list[list[Wire]] = [[] for _ in flow.connections]
        self._waiting: list[tuple[Wire, int]] = []
        self._unknown: set[str] = set()
        self._problems: list[Problem] = []

    def wiring(self) -> Wiring:
        wires = tuple(wire for group in self._wires for wire in group)
        used: dict[str, str] = {}
        for wire in wires:
            if _from_flow(wire) and wire.output is not None:
                used.setdefault(canonical(wire.output), wire.output)
        listed = [] if self._inputs.blurred else self._inputs.names
        return Wiring(
            wires,
            self._receivers,
            tuple(used.values() if self._flow.inputs is None else self._inputs.names),
            self._complete,
            frozenset(map(canonical, listed)) - used.keys(),
            tuple(self._problems),
        )

    # --- connections to an input that something names ---

    def read_pinned(self, index: int, site: Site) -> None:
        receiver = self._receivers[index]
        for name, pinned in site.pinned.items():
            port = receiver.find(name)
            if port is not None:
                receiver.pin(port, pinned.place)
            elif receiver.known:
                self._refuse_input(index, name, pinned.place, tuple(site.constant_names))

    def read_named(self, order: int, connection: model.Connection) -> None:
        source, target = connection.source, connection.target
        wire = Wire(order, connection, self._instance(source), source.port, self._target(target))
        if wire.target is None:
            self._lead_nowhere(wire)
            return
        receiver = self._receivers[wire.target]
        wanted = target.port or offered(source)
        port = receiver.find(wanted) if wanted is not None else None
        if port is not None:
            self._claim(wire, receiver, port)
        elif target.port is None:
            self._waiting.append((wire, wire.target))
        else:
            self._refuse_target(connection, wire.target, target.port)
            self._complete = self._complete and not _is_unnamed(wire)
            self._keep(replace(wire, target=None))

    def _target(self, end: model.End) -> int | None:
        if end.role is Role.FLOW:
            return FLOW
        index = self._instance(end)
        return index if index is not None and self._receivers[index].known else None

    def _instance(self, end: model.End) -> int | None:
        if end.role is not Role.INSTANCE:
            return None
        name = canonical(end.instance)
        if name not in self._instances and name not in self._unknown:
            self._unknown.add(name)
            self._refuse_instance(end)
        return self._instances.get(name)

    def _lead_nowhere(self, wire: Wire) -> None:
        """To the sink, or to something of which nothing is known."""
        target = wire.connection.target
        if not _is_unnamed(wire) or target.port is not None:
            self._keep(wire, target.port)
            return
        self._complete = False
        if target.role is Role.DROP:
            message, hint = "it is not clear which input of the flow this drops", "name it: <>.NAME"
            self._problems.append(Problem(message, hint, wire.connection.source.place))

    # --- connections to an open input ---

    def read_others(self) -> None:
        for receiver in self._receivers.values():
            receiver.settle()
        for wire, target in self._waiting:
            if wire.output is not None or wire.connection.source.role is Role.LITERAL:
                self._fill(wire, target)
            elif _from_flow(wire):
                self._spread(wire, target)
            else:
                self._keep(wire)  # its outputs decide

    def _fill(self, wire: Wire, target: int) -> None:
        """A literal, or a port of which the right side has no namesake: to the only open input."""
        receiver = self._receivers[target]
        name = open_input(receiver, target)
        if name is not None:
            self._claim(wire, receiver, name)
        else:
            self._refuse_open(wire, target)
            self._keep(replace(wire, target=None))

    def _spread(self, wire: Wire, target: int) -> None:
        """`<> -> b`: each open input takes the flow's input of its name.

        What takes any name takes every input that the flow lists.
        """
        receiver = self._receivers[target]
        given = receiver.names if self._inputs.any_name else self._inputs.names
        names = receiver.open_among(given)
        for name in names:
            self._claim(wire, receiver, name)
        if not names:
            self._complete = False
            refuse = self._refuse_open if self._inputs.any_name else self._refuse_spread
            refuse(wire, target)

    def _claim(self, wire: Wire, receiver: Receiver, port: str) -> None:
        connection = wire.connection
        receiver.claim(port, f"'{end_text(connection.source)}'", connection.target.place)
        self._keep(wire, port)

    def _keep(self, wire: Wire, port: str | None = None) -> None:
        output = wire.output
        if _from_flow(wire):
            output = self._flow_input(wire, output or port)
        self._wires[wire.order].append(replace(wire, output=output, input=port))

    def _flow_input(self, wire: Wire, name: str | None) -> str | None:
        """The flow's input of this name; a problem if the author lists them and this is not listed."""
        if name is None or self._inputs.find(name) is not None:
            return name
        self._inputs.blurred = True
        hint = self._hints.suggest(name, self._inputs.names, noun="`inputs`")
        place = wire.connection.source.place
        self._problems.append(Problem(f"the flow has no input '{name}'", hint, place))
        return None

    # --- what is wrong ---

    def _refuse_instance(self, end: model.End) -> None:
        """The instance that was probably meant may lack what went elsewhere."""
        message, known = f"there is no instance '{end.instance}'", self._flow.instances
        near = self._hints.nearest(end.instance, known)
        if near is not None:
            self._receivers[self._instances[canonical(near)]].blurred = True
        hint = self._hints.suggest(end.instance, known, noun="the flow")
        self._problems.append(Problem(message, hint, end.place))

    def _refuse_target(self, connection: model.Connection, index: int, name: str) -> None:
        """A connection to no input, perhaps to a constant."""
        site = None if index == FLOW else self._sites[index]
        constants = {canonical(each): each for each in site.constant_names} if site else {}
        constant = constants.get(canonical(name))
        if site is None or constant is None:
            self._refuse_input(index, name, connection.target.place)
            return
        literal = connection.source.role is Role.LITERAL
        value = end_text(connection.source) if literal else "…"
        entry = f"{site.instance.name}: {{ id: {site.id}, with: {{ {constant}: {value} }} }}"
        hint = f"write it under `instances`: {entry}"
        if constant in site.constants:
            hint = "leave this connection out: `with` gives it"
        message = f"'{constant}' of {site.described} is a constant, which no connection gives"
        self._problems.append(Problem(message, hint, connection.target.place))

    def _refuse_input(
        self, index: int, name: str, place: Place, constants: tuple[str, ...] = ()
    ) -> None:
        receiver = self._receivers[index]
        receiver.blurred = True
        who, what = self._described(index)
        hint = self._hints.suggest(name, [*receiver.names, *constants], noun=who)
        what = f"{what} or constant" if constants else what
        self._problems.append(Problem(f"{who} has no {what} '{name}'", hint, place))

    def _refuse_open(self, wire: Wire, index: int) -> None:
        receiver = self._receivers[index]
        receiver.blurred = True
        who, what = self._described(index)
        names = [port.name for port in receiver.open]
        source, target = wire.connection.source, wire.connection.target
        left, right = end_text(source), end_text(target)
        hint = f"name it: {left} -> {right}.{names[0] if names else 'NAME'}"
        if names:
            message = f"it is not clear which {what} of {who} this feeds: {listing(names)} are open"
        elif receiver.any_name:
            message = f"it is not clear which {what} of {who} this feeds: it may have any"
            if _is_unnamed(wire):
                hint = f"name each: <>.NAME -> {right}.NAME; or list the flow's inputs in `inputs`"
        elif receiver.ports:
            message = f"every {what} of {who} is fed already"
            hint = PINNED if receiver.all_pinned else FAN_IN
        else:
            message, hint = f"{who} has no {what}s", ""
        self._problems.append(Problem(message, hint, target.place))

    def _refuse_spread(self, wire: Wire, index: int) -> None:
        """`<> -> b` where no input that the flow lists is called as an open one of `b`."""
        receiver = self._receivers[index]
        names, inputs = [port.name for port in receiver.open], self._inputs.names
        if receiver.any_name:
            self._refuse_more(wire, index)
            return
        if not names:
            self._refuse_open(wire, index)
            return
        receiver.blurred = True
        who, what = self._described(index)
        hint, target = f"list {listing(names)} in `inputs`", wire.connection.target
        message = "no input of the flow"
        if inputs:
            message = f"{message} ({listing(inputs)})"
            hint = f"{hint}, or name both: <>.{inputs[0]} -> {end_text(target)}.{names[0]}"
        which = f"the open {what}" if len(names) == 1 else f"an open {what}"
        message = f"{message} has the name of {which} of {who}: {listing(names)}"
        self._problems.append(Problem(message, hint, target.place))

    def _refuse_more(self, wire: Wire, index: int) -> None:
        """`<> -> b` where `b` takes any name, and is fed by name all that the flow lists, if it lists any."""
        self._receivers[index].blurred = True
        who, what = self._described(index)
        message, inputs = f"nothing leads to {who} here: `inputs` lists none", self._inputs.names
        if inputs:
            named = f"with the name of an input of the flow ({listing(inputs)})"
            message = f"every {what} of {who} {named} is fed already"
        place = wire.connection.target.place
        self._problems.append(Problem(message, "leave this connection out", place))

    def _described(self, index: int) -> tuple[str, str]:
        if index == FLOW:
            return "the flow", "output"
        site = self._sites[index]
        return f"'{site.instance.name}' ({site.id})", "input"


def _from_flow(wire: Wire) -> bool:
    return wire.connection.source.role is Role.FLOW


def _is_unnamed(wire: Wire) -> bool:
    """Whether it begins at inputs of the flow that its right side must name."""
    return _from_flow(wire) and wire.output is None


def _site_receiver(site: Site) -> Receiver:
    return Receiver(site.ports, any_name=site.any_input, known=site.outline is not None)


def _flow_receiver(declared: tuple[model.DeclaredPort, ...] | None) -> Receiver:
    """The flow's own inputs or outputs: those that its author lists, else whichever are asked for."""
    ports = [Port(port.name, port.type) for port in declared or ()]
    return Receiver(ports, any_name=declared is None)
