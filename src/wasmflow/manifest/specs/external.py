"""What all kinds of external have in common, and what is said of kinds that cannot be used yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, TypeAlias

from msgspec import Meta, field

from wasmflow.manifest.block import Block, Tagged

_LATER = "as yet a collection is a WebAssembly component (wasm) or another manifest (manifest)"


VariableName: TypeAlias = Annotated[
    str,
    Meta(
        pattern="^[A-Za-z_][A-Za-z0-9_]*$",
        extra={"wanted": "letters, digits and '_', and no digit in front"},
    ),
]

_NOT_YET = "as yet environment variables (env) and real randomness (random: real) can be granted"


class GrantBlock(Block, frozen=True):
    """What a collection may use of the world. Whatever is not granted, it has not."""

    noun = "a grant"
    advice: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("dirs", "clock", "stdin", "stdout", "stderr", "http", "network"), _NOT_YET
    )

    env: Annotated[
        list[VariableName],
        Meta(
            description="The environment variables that it may read. One that is not set, it does not see.",
            examples=[["LANG", "TZ"]],
        ),
    ] = field(default_factory=list)
    random: Annotated[
        Literal["real"] | None,
        Meta(
            description="`real` gives it real random numbers. Its results are not repeatable then."
        ),
    ] = None


class ExternalBlock(Tagged, frozen=True):
    """A collection that this manifest uses, with its kind and settings."""

    noun = "a collection"
    advice: ClassVar[Mapping[str, str]] = {
        "config": "collections have no configuration; `with` on an instance pins its inputs",
        "permissions": "write grant; what can be granted is listed with it",
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
    grant: Annotated[
        GrantBlock,
        Meta(
            description="What it may use of the world, of what this manifest itself may use. Another "
            "manifest hands it on to the collections that it grants some of it."
        ),
    ] = field(default_factory=GrantBlock)
