"""The kinds of external: one file for each says what a manifest may say of it.

How a kind is opened is decided elsewhere (`wasmflow.collections.kinds`).
"""

from __future__ import annotations

from typing import Final

from wasmflow.manifest.specs.external import ExternalBlock
from wasmflow.manifest.specs.manifest import ManifestBlock
from wasmflow.manifest.specs.wasm import WasmBlock

#: Kind to what a manifest may say of it.
EXTERNALS: Final[dict[str, type[ExternalBlock]]] = {"wasm": WasmBlock, "manifest": ManifestBlock}


def kind_of_file(reference: str) -> str | None:
    """The kind of external that a file of this name is; ``None`` if its name does not tell."""
    for kind, block in EXTERNALS.items():
        if reference.endswith(block.suffixes):
            return kind
    return None


def kind_spelled(text: object) -> str | None:
    """The kind that `text` is a spelling of."""
    for kind, block in EXTERNALS.items():
        if text in (kind, *block.spellings):
            return kind
    return None
