"""From a manifest to the graphs of its flows, with everything that is wrong with them.

Opening a manifest calls `build_graphs` once, with the components of every namespace as data, so that
nothing here loads anything. One flow goes through `instances` (what it uses), `short_form` (which
ports are meant), `infer` (its inputs), `resolve` (its types), `steps` (its streams) and `checks`,
called by `reading`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from wasmflow.component import Definition, Signature, Use
from wasmflow.errors import ProblemsError
from wasmflow.graph.draft import Draft
from wasmflow.graph.graph import Graph
from wasmflow.graph.instances import Directory, Namespace
from wasmflow.graph.nesting import flow_order
from wasmflow.graph.reading import Reading, find_sites, read_flow, resolve_reading
from wasmflow.graph.short_form import FLOW
from wasmflow.manifest.model import Manifest
from wasmflow.naming import Hints, canonical, lookup
from wasmflow.problem import Problem, first_of
from wasmflow.types import model as wit

__all__ = ["FlowTemplate", "Graphs", "Namespace", "build_graphs"]

#: In how many ways the generic flows of a manifest may be used. Flows that use each other twice, each
#: time with other types, would be billions.
MOST_USES = 1000

#: The types that a use gives to the inputs of a generic flow that have none of their own.
_Types: TypeAlias = tuple[wit.Type | None, ...]


def build_graphs(manifest: Manifest, namespaces: Mapping[str, Namespace | None]) -> Graphs:
    """The graphs of all flows of a manifest. Never raises: what is wrong is in `Graphs.problems`.

    A namespace that is ``None`` could not be opened; instances that use it are left unchecked.
    """
    graphs = Graphs(manifest, namespaces)
    graphs.build()
    return graphs


@dataclass(frozen=True)
class _Flow:
    """A flow that has been built, for any use of it."""

    reading: Reading
    draft: Draft
    #: What is wrong with it in every use; warnings are not among it.
    faults: tuple[Problem, ...]

    @property
    def generic(self) -> tuple[str, ...]:
        """The inputs of which nothing in the flow determines the type."""
        return tuple(port.name for port in self.draft.inputs if port.type is None)

    @property
    def gives_known(self) -> bool:
        """Whether its outputs are known. What is broken may have any, or have any part in one of them."""
        if not self.faults and None not in self.draft.signatures:
            return True
        if self.draft.undecided:
            return False
        unknown = any(port.type in (None, wit.ANY) for port in self.draft.outputs)
        return not unknown and not self.draft.wiring.receivers[FLOW].blurred

    def types(self, use: Use) -> _Types:
        """What a use gives to the generic inputs; `any` to those that it leaves out."""
        given = {canonical(name): type_ for name, type_ in use.inputs.items()}
        return tuple(given.get(canonical(name), wit.ANY) for name in self.generic)


class Graphs:
    """The flows of a manifest: their definitions, their problems, and a graph for each use of one."""

    def __init__(self, manifest: Manifest, namespaces: Mapping[str, Namespace | None]) -> None:
        self._manifest = manifest
        self._hints = Hints()
        self._known: dict[str, Definition | None] = dict.fromkeys(manifest.components)
        self._directory = Directory(namespaces, self._known, self._hints)
        self._flows: dict[str, _Flow] = {}
        self._uses: dict[tuple[str, _Types], tuple[Draft, tuple[Problem, ...]]] = {}
        self._graphs: dict[tuple[str, _Types], Graph] = {}
        #: What is wrong with the flows, warnings too, sorted by place; not more than anybody reads.
        self.problems: tuple[Problem, ...] = ()

    @property
    def definitions(self) -> Mapping[str, Definition]:
        """Every flow by name: a template where nothing determines the types of all inputs.

        Of a flow with problems it is what could be found, if that is enough to use it.
        """
        return {name: known for name, known in self._known.items() if known is not None}

    def graph(self, name: str, use: Use | None = None) -> Graph:
        """The graph of a flow, in one use of it if it is generic; the same object for the same use.

        Inputs that the use gives no type are `any`. Raises ``KeyError`` if there is no such flow, and
        `ProblemsError` if it has problems, in every use or in this one.
        """
        component = lookup(name, self._manifest.components)
        if component is None:
            raise KeyError(name)
        name = component.name
        if component.incomplete:
            message = f"flow '{name}' could not be read"
            raise ProblemsError([Problem(message, place=component.place)])
        flow = self._flows[name]
        types = tuple(wit.ANY if each is None else each for each in flow.types(use or Use()))
        draft, faults = self._resolve(name, flow, types)
        if faults:
            raise ProblemsError(faults)
        if None in draft.signatures:
            message = f"flow '{name}' uses what has problems of its own, or could not be opened"
            raise ProblemsError([Problem(message, place=draft.flow.place)])
        return self._graphs.setdefault((name, types), draft.graph())

    def signature(self, name: str, use: Use) -> Signature | list[Problem]:
        """The signature of a flow in a use of it, or what is wrong with that."""
        flow = self._flows[name]
        draft, faults = self._resolve(name, flow, flow.types(use))
        return list(faults) or draft.signature

    def build(self) -> None:
        """Go through all flows, each after those it uses."""
        order, problems = flow_order(self._manifest)
        for name in order:
            problems += self._build(name)
        self.problems = tuple(first_of(problems))

    def _build(self, name: str) -> list[Problem]:
        component = self._manifest.components[name]
        if component.incomplete:
            return find_sites(component, self._directory)[1]
        reading = read_flow(component, self._directory, self._hints)
        draft, problems = resolve_reading(reading, None, self._hints)
        problems = [*reading.problems, *problems]
        faults = tuple(problem for problem in problems if not problem.warning)
        flow = self._flows[name] = _Flow(reading, draft, faults)
        if draft.wiring.complete:
            self._known[name] = self._definition(name, flow)
        return problems

    def _definition(self, name: str, flow: _Flow) -> Definition:
        """What the users of a flow whose inputs are known are checked against."""
        if not flow.gives_known:
            return _Opaque(flow.draft.signature)
        if flow.generic and not flow.faults:
            return FlowTemplate(name, flow.draft.signature, self)
        return flow.draft.signature

    def _resolve(self, name: str, flow: _Flow, types: _Types) -> tuple[Draft, tuple[Problem, ...]]:
        """A flow in a use of it, with what is wrong in it."""
        if flow.faults or all(type_ is None for type_ in types):
            return flow.draft, flow.faults
        if (name, types) not in self._uses:
            if len(self._uses) >= MOST_USES:
                message = f"the flows of a manifest cannot be used with {MOST_USES} sets of types"
                return flow.draft, (Problem(message, "state types in `inputs`"),)
            use = Use(dict(zip(flow.generic, types, strict=True)))
            draft, problems = resolve_reading(flow.reading, use, self._hints)
            faults = tuple(problem for problem in problems if not problem.warning)
            self._uses[name, types] = draft, faults
        return self._uses[name, types]


@dataclass(frozen=True, eq=False)
class _Opaque:
    """A flow with problems of which only the inputs are known. A `Template`."""

    outline: Signature

    @property
    def constants(self) -> Mapping[str, str]:
        return {}

    @property
    def any_input(self) -> bool:
        return False

    def signature(self, _use: Use) -> list[Problem]:
        """There is none, and what is wrong is said where the flow is."""
        return []


@dataclass(frozen=True, eq=False)
class FlowTemplate:
    """A flow that nothing determines the types of: each use of it does. A `Template`."""

    name: str
    outline: Signature
    graphs: Graphs

    @property
    def constants(self) -> Mapping[str, str]:
        return {}

    @property
    def any_input(self) -> bool:
        return False

    def signature(self, use: Use) -> Signature | list[Problem]:
        return self.graphs.signature(self.name, use)
