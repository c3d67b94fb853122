"""A graph as JSON, for programs: every port and connection, with its types in WIT."""

from __future__ import annotations

from collections.abc import Iterable

from wasmflow.component import Port
from wasmflow.graph.graph import (
    Connection,
    Drop,
    ErrorPort,
    FlowInput,
    Graph,
    Input,
    Literal,
    Node,
    Output,
)
from wasmflow.manifest.term import ERROR
from wasmflow.packet import EMPTY
from wasmflow.types.json import dumps
from wasmflow.types.model import Json
from wasmflow.types.wit import spell_out


def render_json(graph: Graph) -> str:
    """One object on one line."""
    return dumps(graph_json(graph)) + "\n"


def graph_json(graph: Graph) -> Json:
    """The graph as a JSON value. An end of a connection without a node is the flow's own."""
    return {
        "name": graph.name,
        "description": graph.signature.description,
        "inputs": _ports(graph.signature.inputs),
        "outputs": _ports(graph.signature.outputs),
        "nodes": [_node(node) for node in graph.nodes],
        "connections": [_connection(graph, each) for each in graph.connections],
    }


def _node(node: Node) -> Json:
    retry = node.retry
    return {
        "name": node.name,
        "component": node.id,
        "description": node.signature.description,
        "inputs": _ports(node.signature.inputs),
        "outputs": _ports(node.signature.outputs),
        **({"lifted": True} if node.lifted else {}),
        **({} if node.batch is None else {"batch": node.batch}),
        **({"constants": dict(node.use.constants)} if node.use.constants else {}),
        **(
            {"retry": {"times": retry.times, "delay": retry.delay, "factor": retry.factor}}
            if retry
            else {}
        ),
    }


def _ports(ports: Iterable[Port]) -> list[Json]:
    return [
        {
            "name": port.name,
            "type": None if port.type is None else spell_out(port.type),
            "optional": port.optional,
            **_step(port.step),
            "description": port.description,
            **({} if port.default is EMPTY else {"default": port.default}),
        }
        for port in ports
    ]


def _step(step: int | None) -> dict[str, Json]:
    """Of a stream, its step: streams of one step are in step."""
    return {} if step is None else {"step": step}


def _connection(graph: Graph, connection: Connection) -> Json:
    default = connection.default
    return {
        "from": _source(graph, connection),
        "to": _target(graph, connection),
        **_step(connection.step),
        **({} if default is EMPTY else {"default": default}),
    }


def _source(graph: Graph, connection: Connection) -> Json:
    source = connection.source
    type_ = connection.source_type
    typed = {"type": None if type_ is None else spell_out(type_)}
    path = {"path": list(connection.names)} if connection.names else {}
    match source:
        case Literal(value):
            return {"constant": value}
        case ErrorPort(node):
            return {"node": graph.nodes[node].name, "port": ERROR, **path, **typed}
        case Output(node, port):
            name = graph.nodes[node].signature.outputs[port].name
            return {"node": graph.nodes[node].name, "port": name, **path, **typed}
        case FlowInput(port):
            return {"port": graph.signature.inputs[port].name, **path, **typed}


def _target(graph: Graph, connection: Connection) -> Json:
    target, port = connection.target, graph.target_port(connection.target)
    if isinstance(target, Drop) or port is None:
        return {"drop": True}
    node = {"node": graph.nodes[target.node].name} if isinstance(target, Input) else {}
    type_ = connection.target_type
    return {**node, "port": port.name, "type": None if type_ is None else spell_out(type_)}
