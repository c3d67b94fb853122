"""The trigger that runs a component at certain times.

One task waits for what is due and begins it; each run is a task beside it. Neither a run that fails
nor one that is left out ends the schedule: both are told to those who watch (`wasmflow.telemetry`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from random import SystemRandom
from typing import Any, Final, cast
from zoneinfo import ZoneInfo, available_timezones

from msgspec import UNSET

from wasmflow.component import Port, Signature
from wasmflow.errors import WasmflowError
from wasmflow.host.host import Host
from wasmflow.manifest.specs.triggers.schedule import ScheduleBlock
from wasmflow.manifest.triggers import Trigger
from wasmflow.naming import nearest, same
from wasmflow.problem import Problem
from wasmflow.triggers.cron import BadCron, parse
from wasmflow.triggers.job import (
    Job,
    check_job,
    ended_within,
    find_component,
    find_port,
    for_ever,
    job,
    no_input,
)
from wasmflow.triggers.overlap import Runs
from wasmflow.triggers.rhythm import AtTimes, Clock, Every, Rhythm, SystemClock
from wasmflow.triggers.server import Surroundings
from wasmflow.triggers.succession import Left
from wasmflow.types import model as wit
from wasmflow.types.wit import format_type

#: Seconds after which it looks whether the clock has been set, or the machine has slept.
LONGEST_SLEEP: Final = 30.0

_CHANCE: Final = SystemRandom().random

_LOG: Final = logging.getLogger(__name__)


# --- checks -----------------------------------------------------------------------------------


def check(trigger: Trigger, host: Host) -> list[Problem]:
    """Everything that is wrong with it beyond its shape."""
    block = cast(ScheduleBlock, trigger.block)
    given = [] if block.time is UNSET else [block.time]
    return [
        *_when_problems(trigger, block),
        *check_job(trigger, block, host, given),
        *_time_problems(trigger, block, host),
    ]


def _when_problems(trigger: Trigger, block: ScheduleBlock) -> Iterator[Problem]:
    if block.cron is UNSET and block.every is UNSET:
        hint = 'write cron: "0 2 * * *" or every: 30'
        yield Problem("a schedule needs 'cron' or 'every'", hint, trigger.place)
    if block.cron is not UNSET and block.every is not UNSET:
        message = "'cron' and 'every': only one of them can be"
        yield Problem(message, place=trigger.at("every"))
    zone = _zone(block.zone)
    if zone is None:
        yield _no_zone(block.zone).at(trigger.at("zone"))
    if block.cron is not UNSET:
        try:
            parse(block.cron, zone or ZoneInfo("UTC"))
        except BadCron as bad:
            place = trigger.at("cron", offset=bad.offset)
            yield Problem(f"'cron': {bad}", bad.hint, place)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # an unknown name, a path, a folder of zones
        return None


def _no_zone(name: str) -> Problem:
    zones = sorted(available_timezones())
    message = f"there is no time zone '{name}'"
    if not zones:
        return Problem(message, "this machine knows none: install tzdata")
    cities = {zone.rpartition("/")[2]: zone for zone in zones}
    near = nearest(name, zones) or cities.get(nearest(name, cities) or "")
    hint = f"did you mean '{near}'?" if near else "they are called as in Europe/Berlin, or UTC"
    return Problem(message, hint)


def _time_problems(trigger: Trigger, block: ScheduleBlock, host: Host) -> Iterator[Problem]:
    signature = find_component(trigger, block.component, host)
    if block.time is UNSET or isinstance(signature, Problem):
        return
    place = trigger.at("time")
    port = find_port(block.time, signature.inputs)
    if port is None:
        yield no_input(block.time, signature).at(place)
        return
    if any(same(name, port.name) for name in block.with_):
        yield Problem(f"input '{port.name}' is given by 'with', too", place=place)
    if _spelling(port) is None:
        yield Problem(
            f"input '{port.name}' takes {format_type(port.type or wit.ANY)}, which is no time",
            "milliseconds need u64, s64 or f64, and ISO 8601 needs string",
            place,
        )


def _spelling(port: Port) -> Callable[[datetime], Any] | None:
    """How a time is written for a port; ``None`` if it takes none."""
    if port.type in (wit.U64, wit.S64, wit.ANY, None):
        return _milliseconds
    if port.type == wit.F64:
        return lambda due: float(_milliseconds(due))
    return datetime.isoformat if port.type == wit.STRING else None


def _milliseconds(due: datetime) -> int:
    return int(due.timestamp() * 1000)


# --- running ----------------------------------------------------------------------------------


async def open_trigger(trigger: Trigger, surroundings: Surroundings) -> Schedule:
    """The schedule of a trigger in which nothing is wrong."""
    block = cast(ScheduleBlock, trigger.block)
    return Schedule(block, job(trigger, block, surroundings))


class Schedule:
    """Runs a job whenever it is due. A server, as `wasmflow.triggers.server` has them."""

    def __init__(
        self,
        block: ScheduleBlock,
        job: Job,
        clock: Clock | None = None,
        chance: Callable[[], float] = _CHANCE,
    ) -> None:
        """`chance` gives a number from 0 to 1, for jitter."""
        self._block = block
        self._job = job
        self._clock = clock or SystemClock()
        self._chance = chance
        self._time = _time_input(block, job.signature)
        self._succession = job.surroundings.succession
        self._rhythm: Rhythm | None = None
        self._runs: Runs | None = None
        self._left: Left | None = None
        self._stopping = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        if not self._stopping.is_set():
            self._rhythm = self._begun()
            self._serving = asyncio.create_task(self._serve(self._rhythm))

    async def stop(self, seconds: float) -> None:
        self._stopping.set()
        if self._serving is None or self._rhythm is None:
            return
        busy = self._runs is not None and self._runs.busy
        left = self._left or Left(self._rhythm.until(), busy)
        self._leave(left)
        await ended_within(self._serving, seconds)
        self._leave(Left(left.until))

    async def finished(self) -> int:
        """Never ends by itself. Raises what only a bug of ours can raise."""
        if self._serving is not None:
            await asyncio.wait((self._serving,))
            if not self._serving.cancelled():
                self._serving.result()
        return await for_ever()

    def _leave(self, left: Left) -> None:
        self._left = left
        self._succession.leave(self._job.trigger, left)

    def _begun(self) -> Rhythm:
        zone = ZoneInfo(self._block.zone)
        since = self._succession.since(self._job.trigger)
        if self._block.cron is UNSET:
            return Every(cast(float, self._block.every), zone, self._clock, since)
        return AtTimes(parse(self._block.cron, zone), self._clock, since)

    async def _serve(self, rhythm: Rhythm) -> None:
        name = self._job.trigger
        async with asyncio.TaskGroup() as group:
            runs = self._runs = Runs(self._run, self._leave_out, self._block.overlap, group)
            if self._succession.is_busy(name):
                runs.follow(partial(self._succession.freed, name))
            ticking = group.create_task(self._tick(rhythm, runs))
            await self._stopping.wait()
            ticking.cancel()
            runs.close()

    async def _tick(self, rhythm: Rhythm, runs: Runs) -> None:
        while True:
            put_off = self._chance() * self._block.jitter
            while (left := rhythm.left() + put_off) > 0:
                await self._clock.sleep(min(left, LONGEST_SLEEP))
            if self._stopping.is_set():
                return  # what has been left is no longer ours
            await runs.begin(rhythm.take())

    async def _run(self, due: datetime) -> None:
        try:
            await self._job.run(self._time(due), due=_told(due))
        except WasmflowError:
            pass  # those who watch have been told
        except Exception:
            _LOG.exception("schedule '%s': a run ended by a bug", self._job.trigger)

    def _leave_out(self, due: datetime, reason: str) -> None:
        self._job.leave_out(reason, due=_told(due))


def _told(due: datetime) -> str:
    return due.astimezone(UTC).isoformat(timespec="milliseconds")


def _time_input(block: ScheduleBlock, signature: Signature) -> Callable[[datetime], dict[str, Any]]:
    """What a run is given besides constants."""
    port = None if block.time is UNSET else find_port(block.time, signature.inputs)
    spell = _spelling(port) if port else None
    if port is None or spell is None:
        return lambda _due: {}
    return lambda due: {port.name: spell(due)}
