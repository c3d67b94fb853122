"""The triggers of a manifest, read for those who open them: with variables and places.

A manifest that another one uses may have triggers of its own, which nobody opens: so they are read
here, where they are wanted, and not when the manifest is loaded.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from wasmflow.manifest import tree
from wasmflow.manifest.model import Manifest, WrittenTrigger
from wasmflow.manifest.shape import check, convert
from wasmflow.manifest.specs.triggers import TRIGGERS
from wasmflow.manifest.specs.triggers.trigger import TriggerBlock
from wasmflow.manifest.variables import substitute
from wasmflow.problem import NOWHERE, Place, Problem


@dataclass(frozen=True, slots=True)
class Trigger:
    """A way in, as its manifest or a command line describes it."""

    name: str
    block: TriggerBlock
    #: What paths of files are relative to.
    folder: Path = Path()
    #: Where its name stands; nowhere for one that a command line describes.
    place: Place = NOWHERE
    #: Its block as it stands there, with what its variables stand for.
    written: tree.Node | None = field(default=None, repr=False, compare=False)

    @property
    def kind(self) -> str:
        """``http``, ``schedule``, ``startup`` or ``cli``."""
        return str(self.block.__struct_config__.tag)

    def at(self, *path: str | int, offset: int = 0) -> Place:
        """Where what its block has under these keys stands; else what holds that.

        `offset` is that of a character in a text, as long as this stands there as it is.
        """
        place, node = self.place, self.written
        for step in path:
            node = _inside(node, step)
            if node is None:
                return place
            place = node.place
        return node.locate(offset) if offset and isinstance(node, tree.Scalar) else place

    def unrevealed(self, problem: Problem) -> Problem:
        """The same, quoting texts with variables as they are written: they may stand for secrets."""
        for text in tree.templates(self.written):
            quoted, written = f"'{text.value}'", f"'{text.template}'"
            message = problem.message.replace(quoted, written)
            problem = replace(problem, message=message, hint=problem.hint.replace(quoted, written))
        return problem


def _inside(node: tree.Node | None, step: str | int) -> tree.Node | None:
    if isinstance(step, int):
        items = tree.items(node)
        return items[step] if step < len(items) else None
    return tree.get(node, step)


def read_triggers(
    manifest: Manifest,
    variables: Mapping[str, str],
    problems: list[Problem],
    kinds: Container[str] = TRIGGERS,
) -> dict[str, Trigger]:
    """The triggers of these kinds by name. What has the wrong shape has been reported, and is left out.

    Of the others no variable is looked at: who runs a command need not know the passwords of a server.
    """
    read: dict[str, Trigger] = {}
    for written in manifest.triggers.values():
        if tree.said(written.node, "kind") not in kinds:
            continue
        trigger = _read(written, manifest.path.parent, variables, problems)
        if trigger is not None:
            read[trigger.name] = trigger
    return read


def _read(
    written: WrittenTrigger, folder: Path, variables: Mapping[str, str], problems: list[Problem]
) -> Trigger | None:
    kind = tree.said(written.node, "kind")
    model = TRIGGERS.get(kind)
    before = len(problems)
    if model is None or check(written.node, model):
        return None
    node = written.node
    for path in model.variable:
        node = _substituted(node, path, variables, problems)
    block = convert(node, model)
    if block is None or len(problems) > before:
        return None
    return Trigger(written.name, block, folder, written.place, node)


def _substituted(
    node: tree.Node, path: tuple[str, ...], variables: Mapping[str, str], problems: list[Problem]
) -> tree.Node:
    """The same node, with what the variables in the texts at `path` stand for."""
    if not path:
        return _text(node, variables, problems)
    step, rest = path[0], path[1:]
    if isinstance(node, tree.Mapping):
        entries = {
            name: replace(entry, value=_substituted(entry.value, rest, variables, problems))
            if step in ("*", name)
            else entry
            for name, entry in node.entries.items()
        }
        return replace(node, entries=entries)
    if isinstance(node, tree.Sequence) and step == "*":
        items = tuple(_substituted(item, rest, variables, problems) for item in node.items)
        return replace(node, items=items)
    return node


def _text(node: tree.Node, variables: Mapping[str, str], problems: list[Problem]) -> tree.Node:
    if not isinstance(node, tree.Scalar) or not isinstance(node.value, str):
        return node
    text = substitute(node, variables, problems)
    if text is None or text == node.value:
        return node
    return replace(node, value=text, template=node.value)
