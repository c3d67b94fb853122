"""What a component comes down to: for the commands that show flows, or have to know what runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmflow.errors import ProblemsError

if TYPE_CHECKING:
    from wasmflow.component import Collection


def lifted_instances(collection: Collection, component: str) -> tuple[str, ...]:
    """Those that are called for each element of a stream, as the edge uses the flow.

    None of what is no flow, or a generic flow that needs other types than `any`.
    """
    from wasmflow.collections.flow import FlowCollection
    from wasmflow.host.host import edge_use, find_definition

    if not isinstance(collection, FlowCollection):
        return ()
    try:
        graph = collection.graph(component, edge_use(find_definition(component, collection)))
    except ProblemsError:
        return ()
    return tuple(node.name for node in graph.nodes if node.lifted)


def readers(collection: Collection, component: str) -> list[str]:
    """The paths of the collections that a component uses, or itself, that are granted standard input."""
    from wasmflow.collections.flow import used
    from wasmflow.host.host import edge_use, find_definition

    found = used(collection, component, edge_use(find_definition(component, collection)))
    grants = {path: each.about.granted for path, each in found.items()}
    return [path for path, each in sorted(grants.items()) if each and "stdin" in each.stdio]
