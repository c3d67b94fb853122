"""What all kinds of external have in common, and what is said of kinds that cannot be used yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from msgspec import Meta

from wasmflow.manifest.block import Tagged

_LATER = "as yet a collection is a WebAssembly component (wasm) or another manifest (manifest)"


class ExternalBlock(Tagged, frozen=True):
    """A collection that this manifest uses, with its kind and settings."""

    noun = "a collection"
    advice: ClassVar[Mapping[str, str]] = {
        "config": "collections have no configuration; `with` on an instance pins its inputs",
    }
    unavailable: ClassVar[Mapping[str, str]] = {
        "GrpcUrl": _LATER,
        "grpc": _LATER,
        "Mesh": _LATER,
        "nats": _LATER,
        "GrpcTar": "native programs are not run; compile it to WebAssembly and use kind wasm",
    }
    #: How the names of such files end, for an external that is written as a reference only.
    suffixes: ClassVar[tuple[str, ...]] = ()

    reference: Annotated[
        str,
        Meta(
            description="The file, relative to this manifest. `$NAME`, `${NAME}` and "
            "`${NAME:-default}` stand for environment variables, `$$` for a dollar sign.",
            examples=["./text.wasm", "${COMPONENTS:-.}/salutations.yaml"],
        ),
    ]
