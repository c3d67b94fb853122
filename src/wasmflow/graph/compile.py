"""From a graph to a plan: what to call in which order, and where each input comes from.

`collections.flow` calls it, once per flow and use of it. All checks have been made; what is decided
here is the order, the slots, what is known at load, and which calls may share a store.
"""

from __future__ import annotations

from collections.abc import Sequence

from wasmflow.component import Port
from wasmflow.graph import graph as graphs
from wasmflow.graph.constants import decode
from wasmflow.graph.graph import (
    CORE,
    Connection,
    Drop,
    ErrorPort,
    FlowInput,
    FlowOutput,
    Graph,
    Input,
    Output,
    Target,
)
from wasmflow.graph.groups import group_nodes
from wasmflow.graph.order import in_order
from wasmflow.graph.plan import BATCH, Constant, Node, Plan, Read, Retry, Source
from wasmflow.naming import canonical
from wasmflow.packet import EMPTY, Empty
from wasmflow.types import model as wit


def compile_plan(graph: Graph) -> Plan:
    """The plan of a graph; the same graph always gives the same plan."""
    return _Compiler(graph).plan()


class _Compiler:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        connections, dropping = _parted(graph)
        self._feeding = {each.target: each for each in connections}
        reading = [each for each in connections if each.constant is EMPTY]
        self._read = {each.source for each in (*reading, *filter(_handles, dropping))}
        self._dropped = [each for each in dropping if each.path and each.default is EMPTY]
        before = _before(graph, reading)
        called = _called(graph, [*connections, *self._dropped])
        #: The nodes to call, by their index in the graph, and what each of them reads from.
        self._order = [node for node in in_order(before) if node in called]
        position = {node: i for i, node in enumerate(self._order)}
        self._after = [tuple(sorted(position[i] for i in before[node])) for node in self._order]
        #: The slot of everything that sends packets, and of each node the first.
        self._slots: dict[graphs.Source, int] = {}
        self._first: dict[int, int] = {}
        self._assign_slots()

    def _assign_slots(self) -> None:
        """The flow's inputs, then what each node sends: its outputs, then its failures if read."""
        sources: list[graphs.Source] = []
        sources += [FlowInput(port) for port in range(len(self._graph.signature.inputs))]
        for node in self._order:
            self._first[node] = len(sources)
            outputs = self._graph.nodes[node].signature.outputs
            sources += [Output(node, port) for port in range(len(outputs))]
            sources += [each for each in (ErrorPort(node),) if each in self._read]
        self._slots.update((source, slot) for slot, source in enumerate(sources))

    def plan(self) -> Plan:
        graph, signature = self._graph, self._graph.signature
        namespaces = [canonical(graph.nodes[node].namespace) for node in self._order]
        groups = list(range(len(namespaces)))
        if not _streams(graph):
            groups = group_nodes(namespaces, self._after)
        return Plan(
            signature,
            tuple(map(_default, signature.inputs, graph.defaults)),
            tuple(map(self._node, self._order, self._after, groups)),
            tuple(self._source(FlowOutput(i), port) for i, port in enumerate(signature.outputs)),
            len(self._slots),
            tuple(map(self._drop, self._dropped)),
        )

    def _node(self, node: int, after: tuple[int, ...], group: int) -> Node:
        instance = self._graph.nodes[node]
        signature, retry = instance.signature, instance.retry
        return Node(
            instance.name,
            instance.namespace,
            instance.component,
            instance.use,
            signature,
            inputs=tuple(self._source(Input(node, i), p) for i, p in enumerate(signature.inputs)),
            outputs=self._first[node],
            read=tuple(Output(node, i) in self._read for i in range(len(signature.outputs))),
            error=self._slots.get(ErrorPort(node)),
            after=after,
            group=group,
            retry=None if retry is None else Retry(retry.times, retry.delay, retry.factor),
            lifted=instance.lifted,
            batch=instance.batch or BATCH,
        )

    def _source(self, target: Target, port: Port) -> Source:
        """Where a port gets its packet."""
        connection = self._feeding.get(target)
        if connection is None:
            return None
        if connection.constant is not EMPTY:
            value = decode(port, connection.constant)
            return None if value is EMPTY else Constant(value)
        return Read(
            self._slots[connection.source],
            connection.path,
            connection.source_type,
            connection.target_type,
            port.optional,
            connection.default,
            connection.label,
            connection.step is not None,
        )

    def _drop(self, sink: Connection) -> Read:
        stream = sink.step is not None
        return Read(self._slots[sink.source], sink.path, label=sink.label, stream=stream)


def _streams(graph: Graph) -> bool:
    """Whether any of its nodes works on streams: then all of them may run at the same time."""
    return any(node.lifted or node.signature.streaming for node in graph.nodes)


def _parted(graph: Graph) -> tuple[list[Connection], list[Connection]]:
    """The connections through which a packet reaches something, and those that lead to a sink."""
    watched = {each.source.node for each in graph.connections if isinstance(each.source, ErrorPort)}
    sinks = {i for i, node in enumerate(graph.nodes) if _is_core(node, "drop")} - watched
    parted: tuple[list[Connection], list[Connection]] = ([], [])
    for each in graph.connections:
        target = each.target
        if not (isinstance(target, Drop) or (isinstance(target, Input) and target.node in sinks)):
            parted[0].append(each)
        elif each.constant is EMPTY:
            parted[1].append(each)
    return parted


def _handles(dropping: Connection) -> bool:
    """Whether failures end at a connection to a sink: as values, or replaced by its default."""
    return isinstance(dropping.source, ErrorPort) or dropping.default is not EMPTY


def _called(graph: Graph, connections: Sequence[Connection]) -> set[int]:
    """The nodes that have to be called: all but sinks, and senders of nothing but known constants."""
    used = {each.target.node for each in connections if isinstance(each.target, Input)}
    used |= {
        each.source.node
        for each in connections
        if isinstance(each.source, (Output, ErrorPort)) and each.constant is EMPTY
    }
    return {
        node
        for node, instance in enumerate(graph.nodes)
        if node in used or not _is_core(instance, "drop", "sender")
    }


def _before(graph: Graph, reading: Sequence[Connection]) -> list[set[int]]:
    """For each node, those whose packets it reads."""
    before: list[set[int]] = [set() for _ in graph.nodes]
    for each in reading:
        if isinstance(each.target, Input) and isinstance(each.source, (Output, ErrorPort)):
            before[each.target.node].add(each.source.node)
    return before


def _default(port: Port, default: wit.Json | Empty) -> object:
    return EMPTY if default is EMPTY else decode(port, default)


def _is_core(node: graphs.Node, *components: str) -> bool:
    return canonical(node.namespace) == CORE and canonical(node.component) in components
