"""From a manifest file to a `Manifest`: read, checked for its shape, its lines understood.

The host calls `load_manifest` for each manifest that it opens, and `graph.build` takes over. Nothing
here opens what a manifest refers to, or knows which components and ports there are. All problems are
collected: what has the wrong shape is reported and left out, and the rest is read nevertheless, so
that those who come after can check it too.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from wasmflow.errors import ProblemsError, WorldError
from wasmflow.manifest import tree
from wasmflow.manifest.document import Document
from wasmflow.manifest.entries import (
    ReadEntry,
    read_input,
    read_instance,
    read_limits,
    read_named,
    read_output,
)
from wasmflow.manifest.external import Surroundings, read_external
from wasmflow.manifest.flow import read_flow
from wasmflow.manifest.model import Component, DeclaredPort, Manifest, WrittenTrigger
from wasmflow.manifest.shape import check
from wasmflow.manifest.tree import excerpt
from wasmflow.manifest.yaml import MAX_BYTES, read_yaml
from wasmflow.problem import Place, Problem, in_order

VERSION: Final = 1
#: Connections of a manifest. A chain in a line of the file can have ten thousand.
MAX_CONNECTIONS: Final = 50_000


def load_manifest(path: Path, variables: Mapping[str, str]) -> Manifest:
    """The manifest in the file `path`, with its problems: only one without any may be opened.

    `variables` are those that its `external` may refer to. Raises `ProblemsError` where too little can
    be read to look further, and `WorldError` for a file that cannot be read.
    """
    try:
        with path.open("rb") as file:
            source = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise WorldError(f"cannot read the manifest '{path}': {error.strerror}") from error
    return parse_manifest(source, path, variables)


def parse_manifest(source: bytes, path: Path, variables: Mapping[str, str]) -> Manifest:
    """The manifest with these bytes. `path` says where it is, for messages and references."""
    root, problems = read_yaml(source, str(path))
    if root is None or (isinstance(root, tree.Scalar) and root.value is None):
        empty = Problem("this manifest is empty", "begin with: version: 1", Place(str(path)))
        raise ProblemsError([*problems, empty])
    if other := _other_version(root):
        raise ProblemsError([*problems, other])
    problems += check(root, Document)
    if excess := _too_many_connections(root):
        raise ProblemsError([*problems, excess])
    manifest = _manifest(root, path, variables, problems)
    if not _has_entries(root):
        raise ProblemsError(problems)
    digest = hashlib.sha256(source).hexdigest()
    return replace(manifest, digest=digest, problems=tuple(in_order(problems)))


def _has_entries(root: tree.Node) -> bool:
    """Whether its names can be looked up: else each use of one that is not there would be a problem."""
    if not isinstance(root, tree.Mapping):
        return False
    misspelt = root.entries.keys() - set(Document.__struct_encode_fields__)
    blocks = [tree.get(root, "external"), tree.get(root, "components")]
    return all(isinstance(each, tree.Mapping) or not (each or misspelt) for each in blocks)


def _other_version(root: tree.Node) -> Problem | None:
    """A problem that makes the others pointless: the document is of another format."""
    version = tree.get(root, "version")
    number = version.raw.strip("'\"") if isinstance(version, tree.Scalar) else None
    if number == "0" or (version is None and tree.get(root, "network")):
        hint = (
            "rewrite it as version 1: network.collections is 'external', schematics are 'components', "
            "their connections are 'flow' and written a.out -> b.in"
        )
        place = version.place if version else root.place
        return Problem("manifests of version 0 are not read", hint, place)
    if version is None and tree.get(root, "policy"):
        return Problem("this is a policy, not a manifest", "give it with --policy", root.place)
    if version and number and number.isdecimal() and number != str(VERSION):
        hint = "write version: 1, or use a newer Wasmflow"
        return Problem(f"version {excerpt(number)} of manifests is not known", hint, version.place)
    return None


def _too_many_connections(root: tree.Node) -> Problem | None:
    """A problem where even reading the connections would take long; they are counted roughly."""
    connections = 0
    for component in tree.entries(tree.get(root, "components")):
        for line in tree.items(tree.get(component.value, "flow")):
            connections += line.raw.count("->") if isinstance(line, tree.Scalar) else 1
            if connections > MAX_CONNECTIONS:
                message = f"a manifest has at most {MAX_CONNECTIONS:,} connections"
                hint = "move components to manifests of their own, and name those in 'external'"
                return Problem(message, hint, line.place)
    return None


def _manifest(
    root: tree.Node, path: Path, variables: Mapping[str, str], problems: list[Problem]
) -> Manifest:
    """What a tree says; what has the wrong shape is in `problems` already and is left out."""
    surroundings = Surroundings(path.parent, variables)
    written = tree.get(root, "external")
    external = read_named(written, partial(read_external, surroundings), problems)
    component = partial(_component, _damaged(root, problems))
    labels = tree.entries(tree.get(root, "labels"))
    return Manifest(
        path,
        external=external,
        components=read_named(tree.get(root, "components"), component, problems),
        name=tree.said(root, "name"),
        description=tree.said(root, "description"),
        labels={label.name: str(tree.plain(label.value)) for label in labels},
        limits=read_limits(tree.get(root, "limits")),
        triggers=read_named(tree.get(root, "triggers"), _trigger, problems),
        unread=frozenset(entry.name for entry in tree.entries(written)) - external.keys(),
    )


def _trigger(entry: tree.Entry, _problems: list[Problem]) -> WrittenTrigger:
    return WrittenTrigger(entry.name, entry.value, entry.place)


def _damaged(root: tree.Node, problems: Iterable[Problem]) -> set[Place]:
    """Where the entries begin, of the document and its components, that the problems are in."""
    entries = (*tree.entries(root), *tree.entries(tree.get(root, "components")))
    starts = sorted(entry.place for entry in entries)
    indexes = (bisect_right(starts, problem.place) for problem in problems)
    return {starts[index - 1] for index in indexes if index}


def _component(damaged: Container[Place], entry: tree.Entry, problems: list[Problem]) -> Component:
    node, before = entry.value, len(problems)
    declared = read_named(tree.get(node, "instances"), read_instance, problems)
    flow = read_flow(tree.items(tree.get(node, "flow")), declared, problems)
    inputs = _ports(tree.get(node, "inputs"), read_input, problems)
    outputs = _ports(tree.get(node, "outputs"), read_output, problems)
    return Component(
        entry.name,
        flow.instances,
        flow.connections,
        inputs,
        outputs,
        description=tree.said(node, "description"),
        place=entry.place,
        incomplete=entry.place in damaged or len(problems) > before,
    )


def _ports(
    node: tree.Node | None, read: ReadEntry[DeclaredPort], problems: list[Problem]
) -> tuple[DeclaredPort, ...] | None:
    return None if node is None else tuple(read_named(node, read, problems).values())
