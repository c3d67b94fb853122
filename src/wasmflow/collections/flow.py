"""A manifest as a collection: its flows are components like any other.

Opening one opens all that it refers to, checks every flow, and reports what is wrong with any of
these in one go. Flows are compiled to programs when they are first asked for.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple, cast

from wasmflow.collections.granting import HandedOn, granted, missing_grants, needed
from wasmflow.collections.limiting import limited, limits_within
from wasmflow.collections.missing import advice
from wasmflow.collections.opening import Opening
from wasmflow.component import (
    About,
    Callee,
    Collection,
    Component,
    Definition,
    Transaction,
    Use,
)
from wasmflow.engine.run import Program
from wasmflow.engine.streams import StreamProgram
from wasmflow.errors import ProblemsError, UsageError, WorldError
from wasmflow.graph.build import Graphs, Namespace, build_graphs
from wasmflow.graph.compile import compile_plan
from wasmflow.graph.graph import Graph
from wasmflow.limits import Limits
from wasmflow.manifest.load import load_manifest
from wasmflow.manifest.model import External, Manifest
from wasmflow.naming import lookup
from wasmflow.problem import Problem
from wasmflow.reference import parse_reference

CORE = "core"
SELF = "self"

#: Collections that an artifact may use in all. Two lines in each of twenty small files could open a million.
MOST_COLLECTIONS: Final = 1000
#: Manifests inside one another.
MOST_LEVELS: Final = 64


async def open_manifest(external: External, opening: Opening) -> FlowCollection:
    """Open a manifest with all that it refers to.

    Raises `ProblemsError` with the problems of the manifest, of what it refers to and of its flows.
    """
    path = Path(external.reference)
    inner = _entered(path, opening)
    if opening.within:
        _check_is_file(path, external.reference)
    manifest = load_manifest(path, external.variables)
    collections, problems = await _open_externals(manifest, inner)
    graphs = build_graphs(manifest, _namespaces(manifest, collections))
    limits, too_high = _transaction_limits(manifest, inner)
    problems += [*manifest.problems, *graphs.problems, *too_high]
    if any(not problem.warning for problem in problems):
        await _close(collections)
        raise ProblemsError(problems)
    about = _about(manifest, collections, replace(inner, limits=limits))
    return FlowCollection(manifest, graphs, collections, about, tuple(problems))


def _check_is_file(path: Path, name: str) -> None:
    """Raise `WorldError` for a device or pipe, at which whoever opens a stranger's manifest would wait."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return  # it is told when it is read
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise WorldError(f"'{name}' is not a file")


def _about(manifest: Manifest, collections: Mapping[str, Collection], opening: Opening) -> About:
    name = {"name": manifest.name} if manifest.name else {}
    return About(
        "manifest",
        manifest.description,
        {**name, **manifest.labels},
        origin=str(manifest.path),
        digest=manifest.digest,
        granted=opening.granted,
        limits=opening.limits,
        parts={namespace: collections[namespace].about for namespace in manifest.external},
    )


def _transaction_limits(manifest: Manifest, opening: Opening) -> tuple[Limits, list[Problem]]:
    """No transaction begins in a manifest that another one uses."""
    outermost = len(opening.within) == 1
    return limits_within(manifest, opening) if outermost else (opening.limits, [])


def _entered(path: Path, opening: Opening) -> Opening:
    """The circumstances inside the manifest. Raises `ProblemsError` if it is being opened already."""
    here = path.resolve()
    if here in opening.within:
        names = " -> ".join(each.name for each in (*opening.within, here))
        raise ProblemsError([Problem(f"manifests refer to each other in a circle: {names}")])
    if len(opening.within) == MOST_LEVELS:
        raise ProblemsError([Problem(f"manifests use each other more than {MOST_LEVELS} deep")])
    return replace(opening, within=(*opening.within, here))


async def _open_externals(
    manifest: Manifest, opening: Opening
) -> tuple[dict[str, Collection], list[Problem]]:
    """Open every entry of `external` at once: those that opened, and the problems of the others."""
    entries = [External(CORE, CORE, reference=""), *manifest.external.values()]
    opened: dict[str, Collection] = {}
    grants: HandedOn = {}
    problems: list[Problem] = []

    async def open_one(entry: External) -> None:
        inner, too_high = limited(entry, opening)
        handed_on: HandedOn = {}
        result = await _open_external(entry, manifest.path, granted(entry, inner, handed_on))
        grants[entry.namespace] = needed(entry, handed_on)
        problems.extend([*too_high, *missing_grants(entry, handed_on)])
        if isinstance(result, list):
            problems.extend(result)
        else:
            opened[entry.namespace] = result

    try:
        async with asyncio.TaskGroup() as group:
            for entry in entries:
                group.create_task(open_one(entry))
    except BaseException:
        await _close(opened)
        raise
    opening.hand_on(grants)
    return opened, problems


async def _open_external(
    entry: External, manifest: Path, opening: Opening
) -> Collection | list[Problem]:
    if entry.kind != CORE and next(opening.numbers) > MOST_COLLECTIONS:
        message = f"more than {MOST_COLLECTIONS} collections are used, in all manifests together"
        return [Problem(message, place=entry.place)]
    try:
        return await opening.open(_located(entry, manifest), opening)
    except ProblemsError as error:
        problems = [problem.at(entry.place) for problem in error.problems]
        return [*problems, *_why_it_matters(entry, problems)]
    except UsageError as error:
        return [Problem(str(error), place=entry.place)]
    except WorldError as error:
        return [Problem(str(error), _instead(entry, manifest), entry.place)]


def _why_it_matters(entry: External, problems: Sequence[Problem]) -> list[Problem]:
    """Which entry needs what has these problems, if all of them are in other files."""
    if any(problem.place.file == entry.place.file for problem in problems):
        return []
    message = f"'{entry.namespace}' cannot be opened: {entry.reference} has problems of its own"
    return [Problem(message, place=entry.place)]


def _located(entry: External, manifest: Path) -> External:
    """The entry with its reference taken from where its manifest is."""
    if not entry.reference:
        return entry
    found = parse_reference(entry.reference, relative_to=manifest.parent)
    return replace(entry, reference=os.path.normpath(found.path))


def _instead(entry: External, manifest: Path) -> str:
    """A hint for an entry whose file is missing."""
    path = Path(os.path.normpath(manifest.parent / entry.reference))
    if path.exists():
        return ""
    return advice(path, kind=entry.kind, but=Path(os.path.normpath(manifest)))


def _namespaces(
    manifest: Manifest, collections: Mapping[str, Collection]
) -> dict[str, Namespace | None]:
    """What the graph may know of each namespace; ``None`` for one that could not be read or opened."""
    named: dict[str, Namespace | None] = dict.fromkeys((*manifest.external, *manifest.unread))
    for name, collection in collections.items():
        named[name] = Namespace(collection.definitions, collection.refused)
    return named


async def _close(collections: Mapping[str, Collection]) -> None:
    for collection in collections.values():
        await collection.aclose()


def used(collection: Collection, component: str, use: Use) -> dict[str, Collection]:
    """The collections, none of them a manifest, that do the work of a component, by the paths to them."""
    found: dict[str, Collection] = {}
    pending, seen = [("", collection, component, use)], {("", component)}
    while pending:
        path, within, name, each_use = pending.pop()
        if not isinstance(within, FlowCollection):
            found[path] = within
            continue
        for node in within.graph(name, each_use).nodes:
            into = path if node.namespace == SELF else f"{path}/{node.namespace}".lstrip("/")
            if (into, node.component) not in seen:
                seen.add((into, node.component))
                inner = within.collection(node.namespace)
                pending.append((into, inner, node.component, node.use))
    return found


class _Compiled(NamedTuple):
    #: Held, so that no other graph can take its identity.
    graph: Graph
    program: Program | StreamProgram


class FlowCollection:
    """The flows of a manifest, ready to be called. Owns the collections that they use."""

    def __init__(
        self,
        manifest: Manifest,
        graphs: Graphs,
        collections: Mapping[str, Collection],
        about: About,
        warnings: tuple[Problem, ...] = (),
    ) -> None:
        self.manifest = manifest
        self.graphs = graphs
        self.collections = collections
        self._about = about
        #: Problems that fail nothing.
        self.warnings = warnings
        #: By the identity of their graph, of which there is one per use.
        self._programs: dict[int, _Compiled] = {}

    @property
    def about(self) -> About:
        return self._about

    @property
    def definitions(self) -> Mapping[str, Definition]:
        return self.graphs.definitions

    @property
    def refused(self) -> Mapping[str, str]:
        return {}

    def graph(self, name: str, use: Use) -> Graph:
        """The graph of a flow in a use of it."""
        return self.graphs.graph(name, use)

    def component(self, name: str, use: Use) -> Callee:
        graph = self.graphs.graph(name, use)
        known = self._programs.get(id(graph))
        if known is None:
            known = self._programs[id(graph)] = _Compiled(graph, self._compile(graph))
        return known.program

    def _compile(self, graph: Graph) -> Program | StreamProgram:
        plan = compile_plan(graph)
        bound = [self._bind(n.namespace, n.component, n.use) for n in plan.nodes]
        if plan.streaming:
            return StreamProgram(plan, bound)
        return Program(plan, cast(list[Component], bound))

    def _bind(self, namespace: str, name: str, use: Use) -> Callee:
        return self.collection(namespace).component(name, use)

    def collection(self, namespace: str) -> Collection:
        """What a namespace stands for in its flows. Raises `KeyError` if it stands for nothing."""
        collection = self if namespace == SELF else lookup(namespace, self.collections)
        if collection is None:
            raise KeyError(namespace)
        return collection

    def release(self, transaction: Transaction) -> None:
        for collection in self.collections.values():
            collection.release(transaction)

    async def aclose(self) -> None:
        await _close(self.collections)
