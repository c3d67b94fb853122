"""The trigger that runs a component once, when the service starts.

Whoever starts the servers starts these first, one after the other: `start` returns when the run has
ended, and raises where the service must not start without it.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import cast

from wasmflow.component import TransactionFailed
from wasmflow.errors import BusyError
from wasmflow.host.host import Host
from wasmflow.manifest.specs.triggers.startup import StartupBlock
from wasmflow.manifest.triggers import Trigger
from wasmflow.packet import Failure
from wasmflow.problem import Problem
from wasmflow.triggers.job import Job, check_job, ended_within, for_ever, job
from wasmflow.triggers.server import Surroundings


def check(trigger: Trigger, host: Host) -> list[Problem]:
    """Everything that is wrong with it beyond its shape."""
    return check_job(trigger, cast(StartupBlock, trigger.block), host)


async def open_trigger(trigger: Trigger, surroundings: Surroundings) -> Startup:
    """What runs a trigger in which nothing is wrong."""
    block = cast(StartupBlock, trigger.block)
    return Startup(job(trigger, block, surroundings), required=block.required)


class Startup:
    """Runs a job once. A server, as `wasmflow.triggers.server` has them, that is done when it has started."""

    def __init__(self, job: Job, *, required: bool) -> None:
        self._job = job
        self._required = required
        self._stopping = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Run it to its end.

        Raises `TransactionFailed`, and `BusyError`, where it is required; returns if it is stopped.
        """
        if self._stopping.is_set():
            return
        self._running = asyncio.create_task(self._job.run())
        try:
            await self._running
        except asyncio.CancelledError:
            if not self._stopping.is_set() or _is_cancelled():
                raise
        except (TransactionFailed, BusyError) as error:
            if self._required:
                raise _of_trigger(error, self._job.trigger) from error

    async def stop(self, seconds: float) -> None:
        self._stopping.set()
        if self._running is not None:
            await ended_within(self._running, seconds)

    async def finished(self) -> int:
        """Never: what has run once does not end the service."""
        return await for_ever()


def _is_cancelled() -> bool:
    """Whether this task is cancelled itself, and not only what it waits for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _of_trigger(
    error: TransactionFailed | BusyError, trigger: str
) -> TransactionFailed | BusyError:
    """The same error, told with the name of the trigger."""
    if isinstance(error, BusyError):
        return BusyError(f"trigger '{trigger}': {error}")
    return TransactionFailed(_named(error.failure, trigger), error.also)


def _named(failure: Failure, trigger: str) -> Failure:
    return replace(failure, message=f"trigger '{trigger}': {failure.whole}", diagnosis="")
