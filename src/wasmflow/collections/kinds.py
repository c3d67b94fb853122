"""The kinds of collection there are: the only place that lists them.

Each kind is imported when the first of it is opened, so that a flow of Python modules would never
load WebAssembly and `--help` loads none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from wasmflow.collections.opening import Opener, Opening
from wasmflow.component import Collection
from wasmflow.manifest.model import External


async def _wasm(external: External, opening: Opening) -> Collection:
    from wasmflow.collections.wasm.collection import open_wasm

    return await open_wasm(external, opening)


async def _manifest(external: External, opening: Opening) -> Collection:
    from wasmflow.collections.flow import open_manifest

    return await open_manifest(external, opening)


async def _core(_external: External, _opening: Opening) -> Collection:
    from wasmflow.collections.core import CoreCollection

    return CoreCollection()


OPENERS: Final[Mapping[str, Opener]] = {"wasm": _wasm, "manifest": _manifest, "core": _core}


async def open_kind(external: External, opening: Opening) -> Collection:
    """Open an entry of whichever kind. Raises `KeyError` for a kind that is not listed."""
    return await OPENERS[external.kind](external, opening)
