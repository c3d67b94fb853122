"""What all kinds of external have in common, and what is said of kinds that cannot be used yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, TypeAlias

from msgspec import UNSET, Meta, UnsetType, field

from wasmflow.manifest.block import Block, Tagged
from wasmflow.manifest.specs.limits import LimitsBlock

_LATER = "as yet a collection is a WebAssembly component (wasm) or another manifest (manifest)"


VariableName: TypeAlias = Annotated[
    str,
    Meta(
        pattern="^[A-Za-z_][A-Za-z0-9_]*$",
        extra={"wanted": "letters, digits and '_', and no digit in front"},
    ),
]

GuestPath: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^/[^\x00-\x1f\x7f]*$",
        extra={"noun": "path", "wanted": "a '/' in front, and no control characters"},
    ),
]


class FolderBlock(Block, frozen=True):
    """A folder of the host."""

    noun = "a folder"
    advice: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("read", "readonly", "read-only"),
        "every folder can be read; write: true lets it be written",
    )

    path: Annotated[
        str,
        Meta(
            description="The folder, relative to this manifest; variables as in `reference`.",
            examples=["./data"],
        ),
    ]
    write: Annotated[
        bool, Meta(description="Whether what is in it may be written, made and deleted.")
    ] = False


_LATER_GRANT = "components have no network yet; pass what they need in through their inputs"
_STDIO = "write stdio: [stdin, stdout, stderr], with those of them that it may use"


class GrantBlock(Block, frozen=True):
    """What a collection may use of the world. Whatever is not granted, it has not."""

    noun = "a grant"
    advice: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("http", "network"), _LATER_GRANT),
        **dict.fromkeys(("stdin", "stdout", "stderr"), _STDIO),
        "files": "write dirs: {/guest/path: ./host/path}",
    }

    env: Annotated[
        list[VariableName],
        Meta(
            description="The environment variables that it may read. One that is not set, it does not see.",
            examples=[["LANG", "TZ"]],
        ),
    ] = field(default_factory=list)
    dirs: Annotated[
        dict[GuestPath, str | FolderBlock],
        Meta(
            description="The folders that it sees, each with the absolute path that it has there. A "
            "path alone lets it read only.",
            examples=[{"/data": "./data", "/out": {"path": "./out", "write": True}}],
        ),
    ] = field(default_factory=dict)
    stdio: Annotated[
        list[Literal["stdin", "stdout", "stderr"]],
        Meta(
            description="The standard streams of the process that it uses itself. Without, it reads "
            "nothing, and what it prints goes to its log.",
            examples=[["stderr"]],
        ),
    ] = field(default_factory=list)
    clock: Annotated[
        Literal["real"] | UnsetType,
        Meta(
            description="`real` gives it the real time, and sleeping takes time. Its results are not "
            "repeatable then."
        ),
    ] = UNSET
    random: Annotated[
        Literal["real"] | UnsetType,
        Meta(
            description="`real` gives it real random numbers. Its results are not repeatable then."
        ),
    ] = UNSET


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
    limits: Annotated[
        LimitsBlock,
        Meta(
            description="What it may use at most, up to what its host allows. For another manifest "
            "it holds for all that this uses, which can only be given less."
        ),
    ] = field(default_factory=LimitsBlock)
