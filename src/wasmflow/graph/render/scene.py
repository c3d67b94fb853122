"""What every drawing of a graph shows: boxes with rows, and edges from row to row.

An instance is a box, however much is inside it; so is each input and output of the flow. Constants,
defaults and what is dropped are notes on rows, not boxes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final, TypeAlias

from wasmflow.component import ERROR_PORT, Port
from wasmflow.graph.graph import (
    CORE,
    Connection,
    Drop,
    ErrorPort,
    FlowInput,
    FlowOutput,
    Graph,
    Input,
    Literal,
    Node,
    Output,
    Source,
    Target,
)
from wasmflow.graph.texts import carried_text, json_text, signature_text, type_text
from wasmflow.manifest.term import ERROR
from wasmflow.packet import EMPTY
from wasmflow.types.path import CaseOf

_SWITCH: Final = f"{CORE}::switch"


class Kind(Enum):
    """What a box stands for."""

    INPUT = auto()
    NODE = auto()
    OUTPUT = auto()


class Side(Enum):
    """Where the edges of a row are."""

    LEFT = auto()
    INSIDE = auto()
    RIGHT = auto()


@dataclass(frozen=True, slots=True)
class Row:
    side: Side
    name: str
    type: str = ""
    #: What else there is to know: ``= "Hello"``, ``or "none"``, ``dropped``.
    note: str = ""

    @property
    def text(self) -> str:
        typed = f"{self.name}: {self.type}" if self.type else self.name
        return f"{typed} {self.note}" if self.note else typed


@dataclass(frozen=True, slots=True)
class Box:
    kind: Kind
    title: str
    #: The component, whether it is called for each element of a stream, and how often a call is repeated.
    subtitle: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Pin:
    """A row of a box, by their indexes."""

    box: int
    row: int


class Mark(Enum):
    """What is special about an edge."""

    #: Any number of packets flow here.
    STREAM = auto()
    #: Failures flow here, as values.
    FAILURES = auto()
    #: Values flow here in one case of several: out of a switch, or out of a variant.
    CASE = auto()
    #: A default replaces a failure that crosses.
    DEFAULT = auto()


@dataclass(frozen=True, slots=True)
class Edge:
    source: Pin
    target: Pin
    marks: frozenset[Mark] = frozenset()

    @property
    def stream(self) -> bool:
        """Whether any number of packets flow here."""
        return Mark.STREAM in self.marks

    @property
    def failures(self) -> bool:
        """Whether failures flow here."""
        return Mark.FAILURES in self.marks


@dataclass(frozen=True, slots=True)
class Scene:
    """Boxes in the order inputs, nodes, outputs; those without edges are among them."""

    title: str
    description: str
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]


def compose(graph: Graph) -> Scene:
    """What there is to draw of a graph."""
    composer = _Composer(graph)
    for index, port in enumerate(graph.signature.inputs):
        composer.add_input(index, port)
    for index, node in enumerate(graph.nodes):
        composer.add_node(index, node)
    for index, port in enumerate(graph.signature.outputs):
        composer.add_output(index, port)
    return composer.scene()


class _Composer:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._boxes: list[Box] = []
        self._feeding = {each.target: each for each in graph.connections}
        #: What is read of each source: one row for each path into it.
        self._read: dict[Source, dict[tuple[str, ...], list[Connection]]] = {}
        for each in graph.connections:
            if not isinstance(each.source, Literal):  # a constant need not be hashable
                self._read.setdefault(each.source, {}).setdefault(each.names, []).append(each)
        self._sources: dict[tuple[Source, tuple[str, ...]], Pin] = {}
        self._targets: dict[Target, Pin] = {}

    def scene(self) -> Scene:
        edges = [
            Edge(
                self._sources[each.source, each.names],
                self._targets[each.target],
                frozenset(self._marks(each)),
            )
            for each in self._graph.connections
            if not isinstance(each.source, Literal) and not isinstance(each.target, Drop)
        ]
        signature = self._graph.signature
        title = signature_text(self._graph.name, signature)
        return Scene(title, signature.description, tuple(self._boxes), tuple(edges))

    def _marks(self, connection: Connection) -> Iterator[Mark]:
        source = connection.source
        if connection.step is not None:
            yield Mark.STREAM
        if isinstance(source, ErrorPort):
            yield Mark.FAILURES
        if isinstance(source, Output) and self._graph.nodes[source.node].id == _SWITCH:
            yield Mark.CASE
        if any(isinstance(step, CaseOf) for step in connection.path):
            yield Mark.CASE
        if connection.default is not EMPTY:
            yield Mark.DEFAULT

    def add_input(self, index: int, port: Port) -> None:
        mark = "?" if port.optional else ""
        note = "" if port.default is EMPTY else f"= {json_text(port.default)}"
        bare = Row(Side.RIGHT, port.name + mark, type_text(port), note)
        self._add(Kind.INPUT, port.name, "", self._sent(FlowInput(index), bare))

    def add_node(self, index: int, node: Node) -> None:
        rows: list[_Placed] = []
        for i, port in enumerate(node.signature.inputs):
            rows += self._received(Input(index, i), port)
        for name, value in node.use.constants.items():
            rows.append((Row(Side.INSIDE, name, note=f"= {json_text(value)}"), None))
        for i, port in enumerate(node.signature.outputs):
            type_ = carried_text(port.type, stream=port.stream or node.lifted)
            rows += self._sent(Output(index, i), Row(Side.RIGHT, port.name, type_))
        if read := self._read.get(ErrorPort(index)):
            stream = any(each.step is not None for group in read.values() for each in group)
            type_ = carried_text(ERROR_PORT, stream=stream)
            rows += self._sent(ErrorPort(index), Row(Side.RIGHT, ERROR, type_))
        retry = f", tried {node.retry.times + 1} times" if node.retry else ""
        lifted = ", for each element" if node.lifted else ""
        self._add(Kind.NODE, node.name, node.id + lifted + retry, rows)

    def add_output(self, index: int, port: Port) -> None:
        rows = self._received(FlowOutput(index), port)
        self._add(Kind.OUTPUT, port.name, "", rows)

    def _add(self, kind: Kind, title: str, subtitle: str, rows: Iterable[_Placed]) -> None:
        placed = list(rows)
        for number, (_, end) in enumerate(placed):
            pin = Pin(len(self._boxes), number)
            if isinstance(end, tuple):
                self._sources[end] = pin
            elif end is not None:
                self._targets[end] = pin
        self._boxes.append(Box(kind, title, subtitle, tuple(row for row, _ in placed)))

    def _received(self, target: Target, port: Port) -> Iterator[_Placed]:
        """The row of an input, if something feeds it."""
        connection = self._feeding.get(target)
        if connection is None:
            return
        if isinstance(connection.source, Literal):
            yield Row(Side.INSIDE, port.name, note=f"= {json_text(connection.source.value)}"), None
            return
        default = connection.default
        note = "" if default is EMPTY else f"or {json_text(default)}"
        type_ = carried_text(port.type, stream=port.stream or connection.step is not None)
        yield Row(Side.LEFT, port.name, type_, note), target

    def _sent(self, source: Source, bare: Row) -> Iterator[_Placed]:
        """The rows of an output: one for each part that is read, `bare` if nothing is."""
        read = self._read.get(source, {})
        if not read:
            yield bare, None
        for names, connections in read.items():
            dropped = all(isinstance(each.target, Drop) for each in connections)
            row = replace(bare, note="dropped") if dropped else bare
            if names:
                name = connections[0].left.partition(".")[2]
                stream = connections[0].step is not None
                type_ = carried_text(connections[0].source_type, stream=stream)
                row = replace(row, name=name, type=type_)
            yield row, (source, names)


#: A row, with what begins or ends there.
_Placed: TypeAlias = tuple[Row, tuple[Source, tuple[str, ...]] | Target | None]
