"""What to do about an artifact that is not there, for whoever names one: a person or a manifest."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Final

from wasmflow.manifest.specs import kind_of_file
from wasmflow.naming import listing, nearest
from wasmflow.policy import SUFFIX

#: Files of a folder that are looked at.
MOST: Final = 1000


def advice(path: Path, *, kind: str | None = None, but: Path | None = None) -> str:
    """How a missing artifact is built, or what else of that kind is in its folder, except `but`.

    Empty where neither helps.
    """
    source = path.with_suffix(".py")
    if kind_of_file(path.name) == "wasm" and source.exists():
        return f"build it: wasmflow build {source}"
    if not path.parent.is_dir():
        return f"there is no folder '{path.parent}'"
    names = [name for name in artifacts(path.parent, kind) if path.with_name(name) != but]
    if near := _nearest(path, names):
        return f"did you mean '{near}'?"
    return f"its folder has: {listing(names)}" if names else ""


def artifacts(folder: Path, kind: str | None = None) -> list[str]:
    """The names of the artifacts in a folder, of one kind or of all."""
    try:
        names = [path.name for path in islice(folder.iterdir(), MOST)]
    except OSError:
        return []
    names = [name for name in names if not name.endswith(SUFFIX)]
    return sorted(name for name in names if (found := kind_of_file(name)) and kind in (None, found))


def _nearest(path: Path, names: list[str]) -> str | None:
    """Endings do not make names alike; of two that differ in it only, the one with the same is meant."""
    others_first = sorted(names, key=lambda name: Path(name).suffix == path.suffix)
    stems = {Path(name).stem: name for name in others_first}
    near = nearest(path.stem, stems)
    return None if near is None else stems[near]
