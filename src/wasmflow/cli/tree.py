"""How the collections of an artifact are shown, to any depth: for `inspect` and `audit`.

Pure: from what collections say of themselves to lines or JSON. Much of that comes from strangers.
"""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from itertools import zip_longest
from typing import Final

from wasmflow.cli.output import Terminal, one_line
from wasmflow.component import About
from wasmflow.grants import STDIO, Grants
from wasmflow.types.model import Json

#: The interfaces of WASI by what they are for, as people call that.
_FOR: Final = {
    "environment": "cli/environment",
    "files": "filesystem/.*",
    "clock": "clocks/.*",
    "random": "random/.*",
    **{name: f"cli/(terminal-)?{name}" for name in STDIO},
    "network": "sockets/.*",
}


def wanted(about: About) -> list[str]:
    """What of the world a collection imports the means for. Every toolchain imports most of it."""
    names = [each.name.partition("@")[0].removeprefix("wasi:") for each in about.imports]
    return [what for what, of in _FOR.items() if any(re.fullmatch(of, name) for name in names)]


def wanted_text(about: About) -> str:
    """The same in words; empty for what has no imports of its own, as a manifest."""
    what = wanted(about)
    if set(STDIO) <= set(what):
        what = ["stdio" if each == STDIO[0] else each for each in what if each not in STDIO[1:]]
    return ", ".join(what) or ("nothing" if about.kind == "wasm" else "")


def granted_text(about: About) -> str:
    """What a collection is granted, with folders as they are called from here."""
    if about.granted is None:
        return "all that it hands on"
    with suppress(OSError):  # the working folder may be gone
        return about.granted.text(os.path.realpath("."))
    return about.granted.text()


def collection_rows(about: About, terminal: Terminal) -> Iterator[str]:
    """A line or more for each collection that an artifact uses."""
    heads = ("collection", "kind", "imports", "granted")
    rows = [
        (path, each.kind, wanted_text(each), granted_text(each))
        for path, each in about.tree()
        if path
    ]
    if rows:
        head, *others = _table([heads, *rows], terminal.width)
        yield terminal.faint(f"{heads[0]}  {head.strip().removeprefix(heads[0])}")
        yield from others


def _table(rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """Cells in columns, cut into lines where they do not fit; the last column takes what is left."""
    widths = [min(max(len(row[i]) for row in rows), 32) for i in range(len(rows[0]))]
    widths[-1] = max(width - sum(widths[:-1]) - 2 * len(widths), 24)
    for row in rows:
        cells = [_cut(cell, room) for cell, room in zip(row, widths, strict=True)]
        for parts in zip_longest(*cells, fillvalue=""):
            padded = (f"{part:{room}}" for part, room in zip(parts, widths, strict=True))
            yield f"  {'  '.join(padded)}".rstrip()


def _cut(text: str, width: int) -> list[str]:
    return textwrap.wrap(one_line(text), width, break_on_hyphens=False)


def about_json(about: About) -> dict[str, Json]:
    """What a collection says of itself, for machines."""
    return {
        "kind": about.kind,
        "description": about.description,
        "origin": about.origin,
        "digest": f"sha256:{about.digest}" if about.digest else "",
        "facts": dict(about.facts),
        "imports": [{"name": each.name, "status": each.status} for each in about.imports],
        "wants": [*wanted(about)],
        "granted": granted_json(about.granted),
        "limits": asdict(about.limits) if about.limits else {},
    }


def tree_json(about: About) -> dict[str, Json]:
    """The same, with the collections that it uses in turn as `parts`, by namespace."""
    parts = {namespace: tree_json(part) for namespace, part in about.parts.items()}
    return {**about_json(about), "parts": parts}


def granted_json(grants: Grants | None) -> Json:
    """Grants for machines; null for the outermost manifest, which gives them."""
    if grants is None:
        return None
    return {
        "env": sorted(grants.env),
        "dirs": {
            folder.guest: {"path": folder.path, "write": folder.write}
            for folder in sorted(grants.dirs)
        },
        "stdio": [name for name in STDIO if name in grants.stdio],
        "clock": "real" if grants.clock else None,
        "random": "real" if grants.random else None,
    }
