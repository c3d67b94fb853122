"""When the server of a trigger starts, and in which worker. Pure; `wasmflow.service.work` goes by it."""

from __future__ import annotations

from enum import Enum

from wasmflow.manifest.specs.triggers.schedule import ScheduleBlock
from wasmflow.manifest.specs.triggers.startup import StartupBlock
from wasmflow.manifest.triggers import Trigger
from wasmflow.service.messages import Begin


class Phase(Enum):
    """When a server starts."""

    #: Before the service takes work, one after the other.
    FIRST = "first"
    #: When it takes work.
    DOORS = "doors"
    #: When nobody else runs it any more.
    ONCE = "once"


def phase_of(trigger: Trigger) -> Phase:
    """When the server of a trigger starts."""
    if isinstance(trigger.block, StartupBlock):
        return Phase.FIRST
    return Phase.ONCE if isinstance(trigger.block, ScheduleBlock) else Phase.DOORS


def phases(begin: Begin) -> frozenset[Phase]:
    """What a worker has part in."""
    found = {Phase.DOORS}
    if begin.lead:
        found.add(Phase.ONCE)
    if begin.lead and begin.beginning:
        found.add(Phase.FIRST)
    return frozenset(found)
