"""What a manifest may say of a collection that is a WebAssembly component."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from wasmflow.manifest.specs.external import ExternalBlock

_NO_GRANTS = "as yet nothing can be granted: a collection has its CPU and its own memory only"


class WasmBlock(ExternalBlock, frozen=True, tag="wasm"):
    """A WebAssembly component: each function that it exports is a component."""

    noun = "a collection of kind wasm"
    advice: ClassVar[Mapping[str, str]] = {
        **ExternalBlock.advice,
        "permissions": _NO_GRANTS,
        "grant": _NO_GRANTS,
    }
    spellings = ("Wasm",)
    suffixes = (".wasm",)
