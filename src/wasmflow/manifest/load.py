"""From a manifest file to a `Manifest`: read, checked for its shape, its lines understood.

The host calls `load_manifest` for each manifest that it opens, and `graph.build` takes over. Nothing
here opens what a manifest refers to, or knows which components and ports there are. All problems are
collected: what has the wrong shape is reported and left out, and the rest is read nevertheless.
"""

from __future__ import annotations

from collections.abc import Mapping
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
    read_named,
    read_output,
)
from wasmflow.manifest.external import Surroundings, read_external
from wasmflow.manifest.flow import read_flow
from wasmflow.manifest.model import Component, DeclaredPort, Manifest
from wasmflow.manifest.shape import check
from wasmflow.manifest.tree import excerpt
from wasmflow.manifest.yaml import MAX_BYTES, read_yaml
from wasmflow.problem import Place, Problem

VERSION: Final = 1


def load_manifest(path: Path, variables: Mapping[str, str]) -> Manifest:
    """The manifest in the file `path`.

    `variables` are those that its `external` may refer to. Raises `ProblemsError` with all that is
    wrong in it, and `WorldError` for a file that cannot be read.
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
    manifest = _manifest(root, path, variables, problems)
    if problems:
        raise ProblemsError(problems)
    return manifest


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
    if version and number and number.isdecimal() and number != str(VERSION):
        hint = "write version: 1, or use a newer Wasmflow"
        return Problem(f"version {excerpt(number)} of manifests is not known", hint, version.place)
    return None


def _manifest(
    root: tree.Node, path: Path, variables: Mapping[str, str], problems: list[Problem]
) -> Manifest:
    """What a tree says; what has the wrong shape is in `problems` already and is left out."""
    external = partial(read_external, Surroundings(path.parent, variables))
    labels = tree.entries(tree.get(root, "labels"))
    return Manifest(
        path,
        external=read_named(tree.get(root, "external"), external, problems),
        components=read_named(tree.get(root, "components"), _component, problems),
        name=tree.said(root, "name"),
        description=tree.said(root, "description"),
        labels={label.name: str(tree.plain(label.value)) for label in labels},
    )


def _component(entry: tree.Entry, problems: list[Problem]) -> Component:
    node = entry.value
    declared = read_named(tree.get(node, "instances"), read_instance, problems)
    flow = read_flow(tree.items(tree.get(node, "flow")), declared, problems)
    return Component(
        entry.name,
        flow.instances,
        flow.connections,
        inputs=_ports(tree.get(node, "inputs"), read_input, problems),
        outputs=_ports(tree.get(node, "outputs"), read_output, problems),
        description=tree.said(node, "description"),
        place=entry.place,
    )


def _ports(
    node: tree.Node | None, read: ReadEntry[DeclaredPort], problems: list[Problem]
) -> tuple[DeclaredPort, ...] | None:
    return None if node is None else tuple(read_named(node, read, problems).values())
