"""What all kinds of trigger have in common, and what is said of kinds that cannot be used yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, TypeAlias

from msgspec import Meta

from wasmflow.manifest.block import Block, Tagged

_LATER = "as yet a trigger is one of: http, schedule, startup, cli"

ComponentName: TypeAlias = Annotated[
    str,
    Meta(description="A component of this manifest.", examples=["hello"]),
]

Constants: TypeAlias = Annotated[
    dict[str, Any],
    Meta(
        description="Input ports to constants, as `with` of an instance has them.",
        examples=[{"salutation": "Hello"}],
    ),
]

TriggerSeconds: TypeAlias = Annotated[float, Meta(ge=0.001, le=2_592_000)]


class TriggerBlock(Tagged, frozen=True):
    """A way in: what starts transactions, and what becomes of their results."""

    noun = "a trigger"
    advice: ClassVar[Mapping[str, str]] = {
        "operation": "name a component of this manifest under 'component'",
        "resource": "say where it listens under 'address'",
        "grant": "collections are granted something, each in its entry in 'external'",
    }
    unavailable: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("grpc", "Grpc", "nats", "Mesh", "queue"), _LATER),
        "time": "it is called schedule",
        "cron": "it is called schedule",
    }
    #: The keys whose text may hold environment variables; ``*`` stands for every key or number.
    variable: ClassVar[tuple[tuple[str, ...], ...]] = ()


class Part(Block, frozen=True):
    """A block inside that of a trigger."""
