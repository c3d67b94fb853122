"""What a manifest may say of a trigger that makes it a command: `wasmflow run`."""

from __future__ import annotations

from msgspec import field

from wasmflow.manifest.specs.triggers.trigger import (
    ComponentName,
    Constants,
    TriggerBlock,
)


class CliBlock(TriggerBlock, frozen=True, tag="cli"):
    """Makes a component a command: it is given arguments, standard input and facts of the terminal.

    What it sends is printed, and its exit code becomes that of the command.
    """

    noun = "a trigger of kind cli"

    component: ComponentName
    with_: Constants = field(default_factory=dict, name="with")
