"""What a manifest may say of a collection that is a WebAssembly component."""

from __future__ import annotations

from wasmflow.manifest.specs.external import ExternalBlock


class WasmBlock(ExternalBlock, frozen=True, tag="wasm"):
    """A WebAssembly component: each function that it exports is a component."""

    noun = "a collection of kind wasm"
    spellings = ("Wasm",)
    suffixes = (".wasm",)
