"""What a manifest may say of a trigger that runs a component once, when the service starts."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType, field

from wasmflow.manifest.specs.triggers.trigger import (
    ComponentName,
    Constants,
    TriggerBlock,
    TriggerSeconds,
)


class StartupBlock(TriggerBlock, frozen=True, tag="startup"):
    """Runs a component once when the service starts, before anything else takes work."""

    noun = "a trigger of kind startup"

    component: ComponentName
    with_: Constants = field(default_factory=dict, name="with")
    timeout: Annotated[
        TriggerSeconds | UnsetType,
        Meta(description="Seconds that it may take; the limit of transactions if left out."),
    ] = UNSET
    required: Annotated[
        bool,
        Meta(description="Whether the service fails to start when it fails; else that is logged."),
    ] = True
