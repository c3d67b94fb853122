"""The kinds of trigger: one file for each says what a manifest may say of it.

How one is opened is decided elsewhere (`wasmflow.triggers.kinds`).
"""

from __future__ import annotations

from typing import Final

from wasmflow.manifest.specs.triggers.cli import CliBlock
from wasmflow.manifest.specs.triggers.http import HttpBlock
from wasmflow.manifest.specs.triggers.schedule import ScheduleBlock
from wasmflow.manifest.specs.triggers.startup import StartupBlock
from wasmflow.manifest.specs.triggers.trigger import TriggerBlock

#: Kind to what a manifest may say of it.
TRIGGERS: Final[dict[str, type[TriggerBlock]]] = {
    "http": HttpBlock,
    "schedule": ScheduleBlock,
    "startup": StartupBlock,
    "cli": CliBlock,
}
