"""The kinds of trigger there are: the only place that lists them.

Each kind is imported when the first of it is checked or opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final, Protocol, cast

from wasmflow.host.host import Host
from wasmflow.manifest.triggers import Trigger
from wasmflow.problem import Problem
from wasmflow.triggers.server import Server, Surroundings

#: Kind to the module that has its `check` and its `open_trigger`.
_MODULES: Final = {
    "http": "wasmflow.triggers.http.server",
    "schedule": "wasmflow.triggers.schedule",
    "startup": "wasmflow.triggers.startup",
    "cli": "wasmflow.triggers.cli",
}


class _Kind(Protocol):
    def check(self, trigger: Trigger, host: Host) -> list[Problem]: ...

    async def open_trigger(self, trigger: Trigger, surroundings: Surroundings) -> Server: ...


def _kind(trigger: Trigger) -> _Kind:
    module: Any = import_module(_MODULES[trigger.kind])
    return cast(_Kind, module)


def check_triggers(triggers: Sequence[Trigger], host: Host) -> list[Problem]:
    """Everything that is wrong with triggers on the components of this host."""
    return [
        trigger.unrevealed(problem)
        for trigger in triggers
        for problem in _kind(trigger).check(trigger, host)
    ]


async def open_trigger(trigger: Trigger, surroundings: Surroundings) -> Server:
    """Make a server of a trigger in which nothing is wrong.

    Raises `WorldError` for what it needs and cannot have, such as a file.
    """
    return await _kind(trigger).open_trigger(trigger, surroundings)


async def open_admin(surroundings: Surroundings) -> Server:
    """Make the server of health and metrics, where these have an address of their own."""
    module: Any = import_module("wasmflow.triggers.http.admin")
    return cast(Server, await module.open_admin(surroundings))
