"""A flow as far as it could be resolved: what the checks look at, and a graph once they find nothing."""

from __future__ import annotations

from dataclasses import dataclass

from wasmflow.component import Port, Signature, Use
from wasmflow.graph.graph import Connection, Graph, Node
from wasmflow.graph.instances import Site
from wasmflow.graph.short_form import Wiring
from wasmflow.graph.timing import timing
from wasmflow.manifest import model
from wasmflow.packet import EMPTY


@dataclass(frozen=True)
class Draft:
    """What is not here could not be found; why is a problem already."""

    flow: model.Component
    sites: tuple[Site, ...]
    #: Per instance; ``None`` if nothing can be said of it.
    signatures: tuple[Signature | None, ...]
    uses: tuple[Use, ...]
    #: Those of which both ends are known.
    connections: tuple[Connection, ...]
    wiring: Wiring
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    #: The instances of which a stream meets a value port.
    lifted: frozenset[int] = frozenset()
    #: Whether its streams are wrong, so that it cannot be said which of its ports carry some.
    undecided: bool = False

    @property
    def signature(self) -> Signature:
        """The flow's own signature."""
        depends = timing(zip(self.sites, self.signatures, strict=True))
        return Signature(self.flow.name, self.inputs, self.outputs, self.flow.description, depends)

    def graph(self) -> Graph:
        """The graph of a flow in which everything was found."""
        nodes = [
            Node(
                site.instance.name,
                site.instance.namespace,
                site.component,
                signature,
                use,
                site.instance.retry,
                index in self.lifted,
                site.instance.batch,
                site.instance.place,
            )
            for index, (site, signature, use) in enumerate(
                zip(self.sites, self.signatures, self.uses, strict=True)
            )
            if signature is not None
        ]
        given = {port.name: port.default for port in self.flow.inputs or ()}
        defaults = tuple(given.get(port.name, EMPTY) for port in self.inputs)
        return Graph(self.flow.name, self.signature, tuple(nodes), self.connections, defaults)
