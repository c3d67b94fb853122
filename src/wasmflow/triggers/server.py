"""What every kind of trigger is once it is open, and what it is given for that.

`wasmflow.service` opens and stops servers; `wasmflow.triggers.kinds` makes them.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from wasmflow.host.host import Host
from wasmflow.telemetry.telemetry import Telemetry
from wasmflow.triggers.succession import Succession


@dataclass(frozen=True, slots=True)
class Health:
    """How the service is, as a worker of it knows."""

    #: Whether new work may be sent here. A worker that is asked is alive in any case.
    ready: bool = True
    #: What is the matter: why it is not ready.
    message: str = ""
    #: Workers that have died since the service started.
    deaths: int = 0


def well() -> Health:
    """The health of what no service runs."""
    return Health()


@dataclass(frozen=True)
class Surroundings:
    """What a trigger works with."""

    host: Host
    telemetry: Telemetry
    #: Bound to its address already, for those that have one; whoever gave them closes them, when
    #: `stop` has begun.
    sockets: Sequence[socket.socket] = field(default=())
    health: Callable[[], Health] = well
    #: Between schedules here and those of others, before and after.
    succession: Succession = field(default_factory=Succession)
    #: Whether health and metrics have an address of their own (`--admin`), and are served nowhere else.
    admin_apart: bool = False


class Server(Protocol):
    """A front door. Everything that it needs is loaded when it is made."""

    async def start(self) -> None:
        """Take work from now on."""

    async def stop(self, seconds: float) -> None:
        """Take nothing new, end streams, and give what runs so many seconds before it is cancelled.

        Returns when nothing of it runs any more. Safe to call twice, and before `start`.
        """

    async def finished(self) -> int:
        """Wait until it has ended by itself, for its exit code. Most never do."""
