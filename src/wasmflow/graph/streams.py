"""Which inputs of a flow are streams: those that are stated to be, and those that have to be.

A port of a flow carries one value unless something makes it a stream. An instance that takes a stream
is looked at for what could give it one: if that is a single input of the flow, the input is a stream.
What follows from that for the rest of the flow, `graph.steps` finds out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wasmflow.component import Port, Signature
from wasmflow.graph.draft import Draft
from wasmflow.graph.graph import (
    Connection,
    ErrorPort,
    FlowInput,
    FlowOutput,
    Input,
    Output,
    Source,
    Target,
)
from wasmflow.naming import listing
from wasmflow.packet import EMPTY
from wasmflow.problem import Problem
from wasmflow.types.wit import describe

#: The step of an `<error>` that is in step with no port.
OWN = -1


def error_step(signature: Signature) -> int | None:
    """The step of `<error>` of an instance that takes or makes streams, as `Port.step` has it.

    It is that of the only output, if that is a value or in step with an input. Else the failures are a
    stream of their own, without gaps.
    """
    steps = {None, *(port.step for port in signature.inputs)}
    outputs = [port.step for port in signature.outputs]
    return outputs[0] if len(outputs) == 1 and outputs[0] in steps else OWN


class Feeds:
    """What feeds each input of a flow's instances and each of its outputs; constants are left out."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._found: dict[Target, Connection] = {}
        for each in draft.connections:
            if each.constant is EMPTY:
                self._found.setdefault(each.target, each)

    def of(self, node: int) -> Iterator[tuple[Port, Connection]]:
        """The inputs of an instance that something feeds."""
        signature = self._draft.signatures[node]
        for index, port in enumerate(signature.inputs if signature else ()):
            if (connection := self._found.get(Input(node, index))) is not None:
                yield port, connection

    def of_output(self, index: int) -> Connection | None:
        return self._found.get(FlowOutput(index))


def stream_inputs(
    draft: Draft, order: Sequence[int], feeds: Feeds
) -> tuple[frozenset[int], list[Problem]]:
    """The inputs of the flow that are streams, by index. `order` has each instance after its feeders.

    It is a problem if a port that takes a stream could get one from any of several inputs.
    """
    search = _Search(draft, feeds)
    for node in order:
        search.visit(node)
    chosen = search.stated
    takers = [(each, search.sent(each.source).givers) for each in _takers(draft, feeds)]
    wanting = [(each, givers) for each, givers in takers if givers]
    for _, givers in wanting:
        if givers.bit_count() == 1:
            chosen |= givers
    unclear = {givers: each for each, givers in reversed(wanting) if not givers & chosen}
    problems = [_unclear(draft, each, givers) for givers, each in unclear.items()]
    return frozenset(_bits(chosen)), problems


def _takers(draft: Draft, feeds: Feeds) -> Iterator[Connection]:
    """The connections to ports that take a stream."""
    for node in range(len(draft.sites)):
        yield from (connection for port, connection in feeds.of(node) if port.stream)
    for index, declared in enumerate(draft.flow.outputs or ()):
        if declared.stream and (connection := feeds.of_output(index)) is not None:
            yield connection


@dataclass(frozen=True, slots=True)
class _Sent:
    """What a source sends, whatever the flow's undecided inputs are, and what would make it a stream."""

    stream: bool = False
    #: A bit for each undecided input that would make a stream of it if it were one.
    givers: int = 0


class _Search:
    def __init__(self, draft: Draft, feeds: Feeds) -> None:
        self._draft = draft
        self._feeds = feeds
        stated = [port.stream for port in draft.flow.inputs or ()]
        self._said = dict(enumerate(stated))
        #: The inputs that are stated to be streams, a bit for each.
        self.stated = sum(1 << index for index, stream in enumerate(stated) if stream)
        #: Of the instances that take values: what their value outputs send, since they may be lifted.
        self._nodes: dict[int, _Sent] = {}

    def visit(self, node: int) -> None:
        signature = self._draft.signatures[node]
        if signature is None or any(port.stream for port in signature.inputs):
            return
        stream, givers = False, 0
        for _, connection in self._feeds.of(node):
            sent = self.sent(connection.source)
            stream, givers = stream or sent.stream, givers | sent.givers
        self._nodes[node] = _Sent(stream, 0 if stream else givers)

    def sent(self, source: Source) -> _Sent:
        match source:
            case FlowInput(port):
                said = self._said.get(port)
                return _Sent(givers=1 << port) if said is None else _Sent(stream=said)
            case Output(node, port) if signature := self._draft.signatures[node]:
                return self._sent_by(node, stream=signature.outputs[port].stream)
            case ErrorPort(node) if signature := self._draft.signatures[node]:
                stream = signature.streaming and error_step(signature) is not None
                return self._sent_by(node, stream=stream)
        return _Sent()

    def _sent_by(self, node: int, *, stream: bool) -> _Sent:
        return _Sent(stream=True) if stream else self._nodes.get(node, _Sent())


def _bits(number: int) -> Iterator[int]:
    while number:
        yield (number & -number).bit_length() - 1
        number &= number - 1


def _unclear(draft: Draft, wanting: Connection, givers: int) -> Problem:
    ports = [draft.inputs[index] for index in _bits(givers)]
    names = listing(port.name for port in ports)
    message = (
        f"'{wanting.right}' takes a stream, and any of the flow's inputs {names} could give it"
    )
    first = ports[0]
    hint = f"state in `inputs` which is one, as in {first.name}: stream<{describe(first.type)}>"
    return Problem(message, hint, wanting.place)
