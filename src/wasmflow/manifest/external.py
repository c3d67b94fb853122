"""The entries of `external`: what each namespace stands for, with its variables substituted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from wasmflow.errors import UsageError
from wasmflow.grants import NOTHING, Folder, Grants
from wasmflow.manifest import tree
from wasmflow.manifest.entries import ReadEntry, read_limits
from wasmflow.manifest.model import External
from wasmflow.manifest.shape import convert
from wasmflow.manifest.specs import EXTERNALS, kind_of_file, kind_spelled
from wasmflow.manifest.specs.external import GrantBlock
from wasmflow.manifest.tree import excerpt
from wasmflow.manifest.variables import substitute
from wasmflow.naming import canonical
from wasmflow.problem import Problem
from wasmflow.reference import parse_reference

_RESERVED: Final = {
    "core": "it always stands for the components that come with Wasmflow",
    "self": "it always stands for the components of this manifest",
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a manifest is, and the variables that it sees."""

    folder: Path
    variables: Mapping[str, str]


def read_external(
    surroundings: Surroundings, entry: tree.Entry, problems: list[Problem]
) -> External | None:
    """What the entry says; ``None`` after adding to `problems`, or where its shape is wrong."""
    if advice := _RESERVED.get(canonical(entry.name)):
        problems.append(Problem(f"no namespace can be called '{entry.name}'", advice, entry.place))
    written = tree.text(entry.value, "reference")
    if written is None:
        return None
    reference = substitute(written, surroundings.variables, problems)
    if reference is None or not _is_address(reference, written, surroundings, problems):
        return None
    kind = _kind(reference, entry, problems)
    variables = _variables(tree.get(entry.value, "variables"), surroundings, problems)
    if kind is None or advice:
        return None
    granted = tree.get(entry.value, "grant")
    place = granted.place if granted else written.place
    grant = read_grants(granted, partial(_folder, surroundings), problems)
    limits = read_limits(tree.get(entry.value, "limits"))
    short = written.text if written is entry.value else ""
    return External(
        entry.name, kind, reference, variables, written.place, grant, place, limits, short
    )


def read_grants(
    node: tree.Node | None, read_folder: ReadEntry[Folder], problems: list[Problem]
) -> Grants:
    """What a block `grant` gives; nothing where its shape is wrong."""
    block = convert(node, GrantBlock) if node else None
    if block is None:
        return NOTHING
    return Grants(
        env=frozenset(block.env),
        dirs=_folders(tree.get(node, "dirs"), read_folder, problems),
        stdio=frozenset(block.stdio),
        clock=block.clock == "real",
        random=block.random == "real",
    )


def _folders(
    node: tree.Node | None, read_folder: ReadEntry[Folder], problems: list[Problem]
) -> frozenset[Folder]:
    seen: dict[str, Folder] = {}
    for entry in tree.entries(node):
        folder = read_folder(entry, problems)
        if folder is not None and seen.setdefault(folder.guest, folder) is not folder:
            message = f"the path '{folder.guest}' has a folder already"
            problems.append(Problem(message, place=entry.place))
    return frozenset(seen.values())


def _folder(
    surroundings: Surroundings, entry: tree.Entry, problems: list[Problem]
) -> Folder | None:
    """A folder that is there; else ``None``, after adding to `problems`."""
    written = tree.text(entry.value, "path")
    path = substitute(written, surroundings.variables, problems) if written else None
    if written is None or path is None:
        return None
    try:
        return Folder.found(entry.name, surroundings.folder / path, write=may_write(entry.value))
    except UsageError as error:
        problems.append(Problem(str(error), place=written.place))
        return None


def may_write(node: tree.Node) -> bool:
    """Whether a folder that is granted may be written to."""
    said = tree.get(node, "write")
    return said is not None and tree.plain(said) is True


def _is_address(
    reference: str, written: tree.Scalar, surroundings: Surroundings, problems: list[Problem]
) -> bool:
    try:
        parse_reference(reference, relative_to=surroundings.folder)
    except UsageError as error:
        problems.append(Problem(str(error), "", written.place))
        return False
    return True


def _kind(reference: str, entry: tree.Entry, problems: list[Problem]) -> str | None:
    """The kind that a block says, or that the reference in its place shows."""
    if isinstance(entry.value, tree.Mapping):
        said = tree.get(entry.value, "kind")
        return kind_spelled(tree.plain(said)) if said else None
    if kind := kind_of_file(reference):
        return kind
    name = excerpt(reference)
    endings = ", ".join(suffix for block in EXTERNALS.values() for suffix in block.suffixes)
    hint = f"say it in a block: {entry.name}: {{ kind: wasm, reference: {name} }}"
    if reference.endswith(".py"):
        hint = f"build it, and refer to what comes of it: wasmflow build {name}"
    message = f"what kind of collection '{name}' is cannot be told from its name ({endings})"
    problems.append(Problem(message, hint, entry.value.place))
    return None


def _variables(
    node: tree.Node | None, surroundings: Surroundings, problems: list[Problem]
) -> dict[str, str]:
    values = {
        entry.name: substitute(entry.value, surroundings.variables, problems)
        for entry in tree.entries(node)
        if isinstance(entry.value, tree.Scalar)
    }
    return {name: value for name, value in values.items() if value is not None}
