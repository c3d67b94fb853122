"""What a manifest may say of a trigger that makes a component a command: `wasmflow run`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from msgspec import UNSET, Meta, UnsetType, field

from wasmflow.manifest.specs.triggers.trigger import (
    ComponentName,
    Constants,
    TriggerBlock,
    TriggerSeconds,
)


class CliBlock(TriggerBlock, frozen=True, tag="cli"):
    """Makes a component a command, for `wasmflow run` and `wasmflow install`."""

    noun = "a trigger of kind cli"
    advice: ClassVar[Mapping[str, str]] = {
        **TriggerBlock.advice,
        "args": "what follows '--' on the command line is given to the input 'args'",
        "env": "environment variables are granted: grant: {env: [NAME]} in an entry of 'external'",
    }

    component: ComponentName
    with_: Constants = field(default_factory=dict, name="with")
    timeout: Annotated[
        TriggerSeconds | UnsetType,
        Meta(description="Seconds that it may take; the limit of transactions if left out."),
    ] = UNSET
