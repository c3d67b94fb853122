"""From names to ports and types: goes through a flow in the order of its packets.

Each instance is reached when all that feeds it has a type: then its signature in this use is known,
and with it the types of what it feeds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from wasmflow.component import Port, Signature, Use
from wasmflow.graph.draft import Draft
from wasmflow.graph.graph import (
    Connection,
    Drop,
    FlowOutput,
    Input,
    Literal,
    Output,
    Target,
)
from wasmflow.graph.instances import Site
from wasmflow.graph.receivers import Receiver
from wasmflow.graph.short_form import FLOW, OUTPUT, Wire, Wiring, open_input
from wasmflow.graph.starts import (
    Start,
    constant_type,
    find_output,
    no_output,
    start_at_input,
    start_at_literal,
    start_at_output,
)
from wasmflow.graph.texts import FAN_IN, PINNED, end_text, json_text
from wasmflow.graph.uses import specialise
from wasmflow.manifest import model
from wasmflow.manifest.model import Role
from wasmflow.naming import Hints, canonical, listing
from wasmflow.problem import Problem
from wasmflow.types import model as wit


@dataclass(frozen=True, slots=True)
class Question:
    """A flow whose names are read, and what its types follow from."""

    flow: model.Component
    sites: tuple[Site, ...]
    wiring: Wiring
    inputs: tuple[Port, ...]
    #: The outputs that connections name, by canonical name of the instance.
    asked: Mapping[str, tuple[str, ...]]

    @property
    def closed(self) -> bool:
        """Whether every type is determined, so that what is not is `any`."""
        return all(port.type is not None for port in self.inputs)


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A connection that leads to an input; `start` is ``None`` if its other end was not found."""

    wire: Wire
    input: str
    start: Start | None

    @property
    def type(self) -> wit.Type | None:
        return self.start.type if self.start else None


def resolve_flow(
    question: Question, order: Sequence[int], hints: Hints
) -> tuple[Draft, list[Problem]]:
    """Everything that can be found in a flow, and what cannot."""
    resolver = _Resolver(question, hints)
    for index in order:
        resolver.visit(index)
    return resolver.draft(), resolver.problems


class _Resolver:
    def __init__(self, question: Question, hints: Hints) -> None:
        self._question = question
        self._hints = hints
        self._receivers = {i: each.copy() for i, each in question.wiring.receivers.items()}
        inputs = reversed(list(enumerate(question.inputs)))
        #: The index of each input of the flow by its canonical name; of two alike the first.
        self._inputs = {canonical(port.name): index for index, port in inputs}
        self._signatures: list[Signature | None] = [None] * len(question.sites)
        self._uses = [Use()] * len(question.sites)
        #: By place in the flow; what is pinned comes after all.
        self._connections: list[tuple[int, Connection]] = []
        self._into: dict[int | None, list[Wire]] = {}
        for wire in question.wiring.wires:
            self._into.setdefault(wire.target, []).append(wire)
        self.problems: list[Problem] = []

    def draft(self) -> Draft:
        """The flow, once every instance has been visited."""
        question = self._question
        outputs = self._flow_outputs()
        self._drop()
        self._connections.sort(key=lambda each: each[0])
        return Draft(
            question.flow,
            question.sites,
            tuple(self._signatures),
            tuple(self._uses),
            tuple(connection for _, connection in self._connections),
            replace(question.wiring, receivers=self._receivers),
            question.inputs,
            outputs,
        )

    # --- instances ---

    def visit(self, index: int) -> None:
        """Find the signature of an instance, after those of all that feed it."""
        site = self._question.sites[index]
        arrivals = self._arrivals(index)
        if site.outline is None:
            return
        signature = self._sign(index, site, arrivals)
        if signature is None:
            self._receivers[index].blurred = True
            return
        self._signatures[index] = signature
        for arrival in arrivals:
            self._arrive(index, site, signature, arrival)
        self._pin(index, site, signature)

    def _sign(self, index: int, site: Site, arrivals: Sequence[_Arrival]) -> Signature | None:
        if site.template is None:
            return site.outline
        inputs = {arrival.input: arrival.type for arrival in arrivals}
        receiver = self._receivers[index]
        for name, pinned in site.pinned.items():
            inputs.setdefault(receiver.find(name) or name, constant_type(pinned.value))
        asked = self._question.asked.get(canonical(site.instance.name), ())
        use = Use(inputs, site.constants, asked)
        use, signature = specialise(site.template, use, closed=self._question.closed)
        if isinstance(signature, Signature):
            self._uses[index] = use
            return signature
        if receiver.blurred:
            untyped = site.template.signature(Use(dict.fromkeys(inputs), site.constants, asked))
            certain = untyped if isinstance(untyped, list) else []
            signature = [problem for problem in signature if problem in certain]
        self._refuse_use(site, signature, arrivals, blurred=receiver.blurred)
        return None

    def _refuse_use(
        self, site: Site, found: Sequence[Problem], arrivals: Sequence[_Arrival], *, blurred: bool
    ) -> None:
        """What a template says of its use, at the places that it means.

        What it misses may have been misspelt: then that is a problem already. So may what has the
        types that it goes by: of a `blurred` use, `found` is what is wrong with it in any types.
        """
        places = {canonical(name): pinned.place for name, pinned in site.instance.pinned.items()}
        for arrival in arrivals:
            places[canonical(arrival.input)] = arrival.wire.connection.target.place
        for problem in found:
            place = places.get(canonical(problem.port or ""))
            if place is not None or not blurred:
                inside = f" (at {problem.place})" if problem.place.line else ""
                message = f"'{site.instance.name}' ({site.id}): {problem.message}{inside}"
                self.problems.append(Problem(message, problem.hint, place or site.instance.place))

    def _arrive(self, index: int, site: Site, signature: Signature, arrival: _Arrival) -> None:
        port = signature.input(arrival.input)
        if port is not None:
            self._connect(arrival, Input(index, port), signature.inputs[port], site.instance.name)
            return
        place = arrival.wire.connection.target.place
        known = [each.name for each in signature.inputs]
        hint = self._hints.suggest(arrival.input, known, noun="it")
        message = f"'{site.instance.name}' ({site.id}) has no input '{arrival.input}'"
        self.problems.append(Problem(message, hint, place))

    def _pin(self, index: int, site: Site, signature: Signature) -> None:
        for name, pinned in site.pinned.items():
            port = signature.input(name)
            if port is None:
                continue
            connection = Connection(
                Literal(pinned.value),
                Input(index, port),
                target_type=signature.inputs[port].type,
                constant=pinned.value,
                pinned=True,
                left=json_text(pinned.value),
                right=f"{site.instance.name}.{signature.inputs[port].name}",
                place=pinned.place,
            )
            self._connections.append((len(self._question.flow.connections) + index, connection))

    # --- connections ---

    def _connect(self, arrival: _Arrival, target: Target, port: Port | None, owner: str) -> None:
        start, written = arrival.start, arrival.wire.connection
        if start is None:
            return
        connection = Connection(
            start.source,
            target,
            start.names,
            start.path,
            start.type,
            port.type if port else None,
            start.constant,
            written.default,
            left=start.text,
            right=f"{owner}.{port.name}" if port else owner,
            place=written.target.place,
            default_place=written.default_place,
        )
        self._connections.append((arrival.wire.order, connection))

    def _arrivals(self, target: int) -> list[_Arrival]:
        """What leads to a receiver, in the order of the flow."""
        return [
            _Arrival(wire, name, self._start(wire, names))
            for wire in self._into.get(target, ())
            for name, names in self._inputs_of(wire, target)
        ]

    def _inputs_of(self, wire: Wire, target: int) -> list[tuple[str, tuple[str, ...]]]:
        """The inputs that a connection leads to, each with the names its output may have."""
        if wire.input is not None:
            return [(wire.input, _wanted(wire, wire.input))]
        signature = None if wire.source is None else self._signatures[wire.source]
        receiver = self._receivers[target]
        pairs = _chained(signature, receiver, target)
        text, place = end_text(wire.connection.source), wire.connection.target.place
        for name, _ in pairs:
            receiver.claim(name, f"'{text}'", place)
        if not pairs:
            receiver.blurred = True
            if wire.source is not None and signature is not None:
                self.problems.append(self._no_chain(wire, wire.source, signature, receiver))
        return pairs

    def _start(self, wire: Wire, names: tuple[str, ...]) -> Start | None:
        """Where a connection begins; ``None`` if that is not known, and a problem if it is wrong."""
        end = wire.connection.source
        if end.role is Role.LITERAL:
            return start_at_literal(end)
        found: Start | Problem | None = None
        if end.role is Role.FLOW:
            if wire.output is not None:
                index = self._inputs[canonical(wire.output)]
                found = start_at_input(index, self._question.inputs[index], end)
        elif wire.source is not None:
            found = self._start_at_output(wire.source, names, end)
        if isinstance(found, Problem):
            self.problems.append(found)
            return None
        return found

    def _start_at_output(
        self, source: int, names: tuple[str, ...], end: model.End
    ) -> Start | Problem | None:
        site, signature = self._question.sites[source], self._signatures[source]
        if signature is None:
            return None
        found = start_at_output(source, site, signature, names, end)
        return found or no_output(site, signature, names[-1], end, self._hints)

    def _no_chain(
        self, wire: Wire, index: int, signature: Signature, receiver: Receiver
    ) -> Problem:
        """`a -> b` where nothing of `a` is called as anything that `b` still takes."""
        source, target = wire.connection.source, wire.connection.target
        site = self._question.sites[index]
        gives = [port.name for port in (*signature.outputs, *signature.parts)]
        takes = [port.name for port in receiver.open]
        if not gives or (receiver.any_name and wire.target == FLOW):
            return no_output(site, signature, OUTPUT, source, self._hints)
        left, right = end_text(source), end_text(target)
        if receiver.any_name and wire.target is not None:
            who = f"'{target.instance}' ({self._question.sites[wire.target].id})"
            message = f"it is not clear which input of {who} this feeds: it may have any"
            return Problem(message, f"name it: {left} -> {right}.NAME", target.place)
        if not takes:
            hint = PINNED if receiver.all_pinned else FAN_IN
            return Problem(f"every input of '{right}' is fed already", hint, target.place)
        message = f"it is not clear what '{left} -> {right}' connects"
        given = f"'{left}' gives {listing(gives)}, '{right}' takes {listing(takes)}"
        hint = f"name both ports: {left}.{gives[0]} -> {right}.{takes[0]}"
        return Problem(f"{message}: {given}", hint, target.place)

    # --- what leaves the flow ---

    def _drop(self) -> None:
        """What leads to the sink; and what leads to nothing known, whose beginning may be wrong too."""
        for wire in self._into.get(None, ()):
            start = self._start(wire, _wanted(wire, OUTPUT))
            if wire.connection.target.role is Role.DROP:
                self._connect(_Arrival(wire, "", start), Drop(), None, "drop")

    def _flow_outputs(self) -> tuple[Port, ...]:
        arrivals = self._arrivals(FLOW)
        declared = self._question.flow.outputs
        first = {canonical(each.input): each for each in reversed(arrivals)}
        if declared is None:
            names = dict.fromkeys(canonical(each.input) for each in arrivals)
            ports = tuple(self._inferred(first[name]) for name in names)
        else:
            ports = tuple(
                self._declared(port, first.get(canonical(port.name))) for port in declared
            )
        index = {canonical(port.name): i for i, port in reversed(list(enumerate(ports)))}
        for arrival in arrivals:
            port = index[canonical(arrival.input)]
            self._connect(arrival, FlowOutput(port), ports[port], "<>")
        return ports

    def _inferred(self, arrival: _Arrival) -> Port:
        start, description = arrival.start, ""
        if start is not None and isinstance(start.source, Output) and not start.path:
            signature = self._signatures[start.source.node]
            description = signature.outputs[start.source.port].description if signature else ""
        return Port(arrival.input, arrival.type, description=description)

    def _declared(self, port: model.DeclaredPort, arrival: _Arrival | None) -> Port:
        inferred = Port(port.name, None) if arrival is None else self._inferred(arrival)
        description = port.description or inferred.description
        return Port(port.name, port.type or inferred.type, description=description)


def _wanted(wire: Wire, name: str) -> tuple[str, ...]:
    """The names that the output at the left of a connection may have, the best first."""
    return (wire.output,) if wire.output is not None else (name, OUTPUT)


def _chained(
    signature: Signature | None, receiver: Receiver, target: int
) -> list[tuple[str, tuple[str, ...]]]:
    """`a -> b`: `output` to the only open input, else each open input takes the output of its name."""
    name = open_input(receiver, target)
    if name is not None and (signature is None or signature.output(OUTPUT) is not None):
        return [(name, (OUTPUT,))]
    if signature is None:
        return []
    names = [port.name for port in receiver.open if find_output(signature, port.name)]
    return [(name, (name,)) for name in names]
