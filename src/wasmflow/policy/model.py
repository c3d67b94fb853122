"""What a policy says: as an author writes it, and once it has been read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Final, Literal, TypeAlias

from msgspec import UNSET, Meta, UnsetType
from msgspec import field as key

from wasmflow.grants import NOTHING, Grants
from wasmflow.limits import COLLECTION, TRANSACTION
from wasmflow.manifest.block import NAME_PATTERN, Block
from wasmflow.manifest.model import Limit
from wasmflow.manifest.specs.external import GrantBlock
from wasmflow.manifest.specs.limits import LimitsBlock, TransactionBlock
from wasmflow.problem import NOWHERE, Place

VERSION: Final = 1

#: What a digest begins with.
SHA256: Final = "sha256:"
#: Hexadecimal digits of a digest by which people tell it from others.
SHORT: Final = 12

Digest: TypeAlias = Annotated[
    str,
    Meta(
        pattern=f"^{SHA256}[0-9a-f]{{64}}$",
        extra={"noun": "digest", "wanted": f"'{SHA256}' and 64 hexadecimal digits"},
    ),
]

_NAME: Final = NAME_PATTERN.strip("^$")

CollectionPath: TypeAlias = Annotated[
    str,
    Meta(
        pattern=f"^{_NAME}(/{_NAME})*$",
        extra={"noun": "path", "wanted": "names of 'external' entries, with '/' between them"},
    ),
]


_ELSEWHERE: Final = "it is a limit of {}: write it under 'limits' of {}"


class CollectionLimits(LimitsBlock, frozen=True):
    """The most that collections may use."""

    noun = "the block 'limits' of collections"
    advice: ClassVar[Mapping[str, str]] = dict.fromkeys(
        TRANSACTION, _ELSEWHERE.format("transactions", "'artifact'")
    )


class ArtifactLimits(TransactionBlock, frozen=True):
    """The most that transactions may use."""

    noun = "the block 'limits' of an artifact"
    advice: ClassVar[Mapping[str, str]] = dict.fromkeys(
        COLLECTION, _ELSEWHERE.format("collections", "the policy or one of its 'collections'")
    )


_ADVICE: Final = dict.fromkeys(("kind", "reference", "origin"), "the digest says what it is")


class ArtifactBlock(Block, frozen=True):
    """What the artifact may be, and use itself if it is a component."""

    noun = "the entry of an artifact"
    advice: ClassVar[Mapping[str, str]] = _ADVICE

    digest: Digest | UnsetType = UNSET
    grant: GrantBlock = key(default_factory=GrantBlock)
    limits: ArtifactLimits = key(default_factory=ArtifactLimits)


class AllowedBlock(Block, frozen=True):
    """What a collection may be and use."""

    noun = "an entry of a policy"
    advice: ClassVar[Mapping[str, str]] = _ADVICE

    digest: Digest | UnsetType = UNSET
    grant: GrantBlock = key(default_factory=GrantBlock)
    limits: CollectionLimits = key(default_factory=CollectionLimits)


class PolicyDocument(Block, frozen=True):
    """A policy, version 1."""

    noun = "a policy"
    advice: ClassVar[Mapping[str, str]] = {
        "version": f"write policy: {VERSION}",
    }

    policy: Annotated[Literal[1], Meta(examples=[VERSION])]
    artifact: Annotated[ArtifactBlock, Meta(examples=["{}"])]
    limits: CollectionLimits = key(default_factory=CollectionLimits)
    collections: dict[CollectionPath, AllowedBlock] = key(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Allowed:
    """What one collection may be and use, with where that stands."""

    #: Of its content, in hexadecimal; empty if it may be anything.
    digest: str = ""
    grant: Grants = NOTHING
    #: Of a collection its own, of the artifact those of its transactions.
    limits: Mapping[str, Limit] = field(default_factory=dict)
    place: Place = NOWHERE
    digest_place: Place = NOWHERE
    grant_place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Policy:
    """The most that an artifact may be and use."""

    #: The folder that its paths are relative to: absolute, without links.
    folder: str
    artifact: Allowed
    #: By path: the namespaces that lead to a collection, with slashes between them.
    collections: Mapping[str, Allowed] = field(default_factory=dict)
    #: What holds for every collection that has no such limit of its own.
    limits: Mapping[str, Limit] = field(default_factory=dict)
    #: Where `collections` are listed.
    place: Place = NOWHERE
