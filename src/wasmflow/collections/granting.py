"""How what manifests grant goes down to what they use: see `wasmflow.grants`.

A collection gets what it is granted of what its user may use, and nothing is refused on the way: what
is missing at any depth is said at once, where it is to be granted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from wasmflow.collections.opening import Opening
from wasmflow.grants import Grants
from wasmflow.manifest.model import External
from wasmflow.problem import Problem
from wasmflow.yamltext import yaml_text

#: What a manifest grants to each collection that it uses, and that to its own in turn, by namespace.
HandedOn: TypeAlias = dict[str, Grants]


def granted(entry: External, opening: Opening, handed_on: HandedOn) -> Opening:
    """How an entry of a manifest is opened: with what it may use of what its manifest may use.

    What it hands on itself, whether it may or not, comes into `handed_on`.
    """
    allowed = opening.granted
    grant = entry.grant if allowed is None else entry.grant.within(allowed)
    return replace(opening, granted=grant, hand_on=handed_on.update)


def needed(entry: External, handed_on: Mapping[str, Grants]) -> Grants:
    """What an entry needs: what is written, and what is missing from that."""
    return entry.grant.widened(handed_on[name] for name in sorted(handed_on))


def missing_grants(entry: External, handed_on: Mapping[str, Grants]) -> list[Problem]:
    """That an entry hands on what it is not granted, with all that is to be written for it."""
    beyond = {name: handed_on[name].beyond(entry.grant) for name in sorted(handed_on)}
    missing = {name: grant for name, grant in beyond.items() if grant}
    if not missing:
        return []
    folder = str(Path(entry.place.file).parent.resolve())
    listed = "; ".join(f"{grant.text(folder)} to '{name}'" for name, grant in missing.items())
    message = f"'{entry.namespace}' hands on what it is not granted: {listed}"
    hint = _to_write(entry, needed(entry, handed_on).text(folder))
    return [Problem(message, hint, entry.grant_place)]


def _to_write(entry: External, grant: str) -> str:
    if entry.grant_place != entry.place:
        return f"write grant: {grant}"
    if not entry.short:
        return f"add grant: {grant}"
    block = f"kind: {entry.kind}, reference: {yaml_text(entry.short)}, grant: {grant}"
    return f"write {yaml_text(entry.namespace)}: {{ {block} }}"
