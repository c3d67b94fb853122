"""What one worker does: it loads the artifact, opens its triggers, serves, and stops.

`wasmflow.service.worker` is the process around it, `wasmflow.service.generation` is what tells it how far
to go.
"""

from __future__ import annotations

import asyncio
import hashlib
import select
import signal
import socket
import time
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Final

from msgspec import UNSET

from wasmflow.collections.opening import Progress
from wasmflow.errors import ProblemsError, WorldError
from wasmflow.host.host import Host, open_host
from wasmflow.manifest.specs.triggers.http import HttpBlock
from wasmflow.service.channel import Channel
from wasmflow.service.failing import failed
from wasmflow.service.messages import (
    PULSE,
    Begin,
    Lead,
    Loading,
    Prepare,
    Prepared,
    Pulse,
    Ready,
    Start,
    Started,
    State,
    Stop,
    Stopped,
    Stopping,
    ToWorker,
)
from wasmflow.service.phases import Phase, phase_of, phases
from wasmflow.service.plan import ADMIN, FrontDoors, Plan, read_front_doors
from wasmflow.telemetry.ends import Ends
from wasmflow.telemetry.logs import LogSink
from wasmflow.telemetry.opening import TelemetrySettings, open_telemetry
from wasmflow.telemetry.telemetry import Telemetry
from wasmflow.triggers.kinds import check_triggers, open_admin, open_trigger
from wasmflow.triggers.server import Health, Server, Surroundings
from wasmflow.triggers.succession import Left, Succession

#: Seconds between two pictures of what takes long.
_INTERVAL: Final = 0.1


class Work:
    """What one worker does, from `Begin` to its end. Made on its event loop."""

    def __init__(self, begin: Begin, supervisor: Channel[ToWorker], log: LogSink) -> None:
        self._begin = begin
        self._supervisor = supervisor
        self._log = log
        self._service = begin.state
        #: Why it takes no work itself, if it does not.
        self._away = "it is starting"
        #: What is open, by when it starts; ``None`` while it is being loaded.
        self._servers: dict[Phase, list[Server]] | None = None
        self._telemetry = Telemetry()
        self._succession = Succession(self._leave)
        #: What is left of schedules that have stopped, and whether the supervisor is to know.
        self._left: dict[str, Left] = {}
        self._quiet = False
        self._bound: list[socket.socket] = []
        self._stop: asyncio.Future[Stop] = asyncio.get_running_loop().create_future()
        self._told = {kind: asyncio.Event() for kind in (Prepare, Start, Lead)}

    async def run(self) -> int:
        """Serve until told to stop, or until that fails; the exit code."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._told_to_stop, Stop(self._begin.plan.grace))
        beside = [asyncio.create_task(each) for each in (self._hear(), self._pulse())]
        try:
            async with AsyncExitStack() as stack:
                working = asyncio.create_task(self._work(stack))
                await asyncio.wait((working, self._stop), return_when=asyncio.FIRST_COMPLETED)
                error = working.exception() if working.done() else None
                if error is not None:
                    self._supervisor.send(failed(error))
                await self._finish(working)
            return 0 if error is None else 1
        finally:
            for task in beside:
                task.cancel()

    # --- its work -----------------------------------------------------------------------------

    async def _work(self, stack: AsyncExitStack) -> None:
        """Load, begin with one thing after the other as it is told, and go on."""
        plan = self._begin.plan
        host, front = await self._load(stack)
        self._telemetry = await stack.enter_async_context(self._opening_telemetry(host))
        servers = self._servers = await self._open(host, front)
        self._supervisor.send(Ready(_files(host, plan, front), _digest(host)))
        if self._begin.beginning:
            await self._told[Prepare].wait()
        await self._start(servers[Phase.FIRST])
        self._supervisor.send(Prepared())
        await self._told[Start].wait()
        await self._start(servers[Phase.DOORS])
        self._away = ""
        self._supervisor.send(Started())
        if self._begin.lead:
            await self._told[Lead].wait()
            await self._start(servers[Phase.ONCE])
        await _until_one_breaks(chain.from_iterable(servers.values()))

    async def _start(self, servers: Iterable[Server]) -> None:
        for server in servers:
            if not self._stop.done():
                await server.start()

    async def _load(self, stack: AsyncExitStack) -> tuple[Host, FrontDoors]:
        """Raises `ProblemsError` with all that is wrong with the artifact and its triggers."""
        plan = self._begin.plan
        front = read_front_doors(plan)
        opening = open_host(plan.artifact, plan.settings(), self._progress())
        try:
            host = await stack.enter_async_context(opening)
        except ProblemsError as error:
            raise ProblemsError([*error.problems, *front.problems]) from error
        problems = [*front.problems, *check_triggers(front.triggers, host)]
        if any(not problem.warning for problem in problems):
            raise ProblemsError(problems)
        return host, front

    def _opening_telemetry(self, host: Host) -> AbstractAsyncContextManager[Telemetry]:
        about = host.collection.about
        settings = TelemetrySettings(
            components=frozenset(host.collection.definitions),
            service=about.facts.get("name") or Path(self._begin.plan.artifact).stem,
            worker=self._begin.form.worker or 0,
            place=self._begin.place,
        )
        return open_telemetry(settings, self._log)

    async def _open(self, host: Host, front: FrontDoors) -> dict[Phase, list[Server]]:
        """A server for each trigger that this worker has. Raises `WorldError`."""
        plan = self._begin.plan
        if front.addresses.keys() != self._begin.sockets.keys():
            raise WorldError(f"'{plan.artifact}' has changed while it was read")
        around = Surroundings(
            host,
            self._telemetry,
            health=self._health,
            succession=self._succession,
            admin_apart=bool(plan.admin),
        )
        opened: dict[Phase, list[Server]] = {phase: [] for phase in Phase}
        for trigger in front.triggers:
            phase = phase_of(trigger)
            if phase in phases(self._begin):
                mine = replace(around, sockets=self._sockets(trigger.name))
                opened[phase].append(await open_trigger(trigger, mine))
        if plan.admin:
            mine = replace(around, sockets=self._sockets(ADMIN))
            opened[Phase.DOORS].append(await open_admin(mine))
        return opened

    def _sockets(self, name: str) -> list[socket.socket]:
        found = [socket.socket(fileno=fd) for fd in self._begin.sockets.get(name, ())]
        for each in found:
            each.set_inheritable(False)
        self._bound += found
        return found

    def _health(self) -> Health:
        service = self._service
        ready = service.ready and not self._away
        return Health(ready, self._away or service.message, service.deaths)

    # --- its end ------------------------------------------------------------------------------

    def _told_to_stop(self, how: Stop) -> None:
        if not self._stop.done():
            self._stop.set_result(how)

    async def _finish(self, working: asyncio.Task[None]) -> None:
        """Stop all servers, and what was being loaded."""
        stop = self._stop.result() if self._stop.done() else Stop(0.0)
        ends = Ends()
        self._telemetry.sinks += (ends,)
        was_away, self._away = self._away, "it is stopping"
        if stop.last and not was_away:
            await _accept_all(self._bound, stop.seconds)
        servers = chain.from_iterable((self._servers or {}).values())
        stops = [asyncio.create_task(server.stop(stop.seconds)) for server in servers]
        await asyncio.sleep(0)  # all of them take no more work
        for bound in self._bound:
            bound.close()
        self._quiet = True
        self._tell_left()
        if self._servers is None:
            working.cancel()
        if stops:
            await asyncio.wait(stops)
        working.cancel()
        await asyncio.wait((working,))
        self._supervisor.send(Stopped(ends.finished, ends.cancelled))
        for each in stops:
            each.result()

    def _leave(self, name: str, left: Left) -> None:
        self._left[name] = left
        if self._quiet:
            self._tell_left()

    def _tell_left(self) -> None:
        self._supervisor.send(Stopping(dict(self._left)))

    # --- its supervisor -----------------------------------------------------------------------

    async def _hear(self) -> None:
        """Do what the supervisor says; without one, end."""
        while (message := await self._supervisor.receive()) is not None:
            if isinstance(message, State):
                self._service = message
            elif isinstance(message, Stop):
                self._told_to_stop(message)
            elif isinstance(message, Lead):
                self._succession.hear(message.since, message.left)
                self._told[Lead].set()
            elif not isinstance(message, Begin):
                self._told[type(message)].set()
        self._told_to_stop(Stop(self._begin.plan.grace, last=True))

    async def _pulse(self) -> None:
        while True:
            self._supervisor.send(Pulse())
            await asyncio.sleep(PULSE)

    def _progress(self) -> Progress:
        """Tells the supervisor what takes long, not too often."""
        loop = asyncio.get_running_loop()
        last: tuple[str, float] = ("", 0.0)

        def report(what: str, part: float | None) -> None:
            nonlocal last
            now = time.monotonic()
            if what != last[0] or now - last[1] > _INTERVAL:
                last = (what, now)
                loop.call_soon_threadsafe(self._supervisor.send, Loading(what, part))

        return report


async def _accept_all(listening: Iterable[socket.socket], seconds: float) -> None:
    """Let servers accept the connections that wait for it, which the kernel would reset, and no new ones.

    In each turn an event loop accepts some. Clients that come meanwhile are not answered at all, until
    they try again a second later, and learn that nobody listens.
    """
    waiting = select.poll()
    for each in listening:
        each.listen(0)
        waiting.register(each, select.POLLIN)
    latest = time.monotonic() + seconds
    while waiting.poll(0) and time.monotonic() < latest:  # noqa: ASYNC110  each turn accepts
        await asyncio.sleep(0)


async def _until_one_breaks(servers: Iterable[Server]) -> None:
    """Wait for ever; raises what ends a server by itself, which only a bug of ours does."""
    ends = [asyncio.create_task(server.finished()) for server in servers]
    try:
        if ends:
            await asyncio.wait(ends, return_when=asyncio.FIRST_EXCEPTION)
            for end in ends:
                if end.done():
                    end.result()
        await asyncio.Event().wait()
    finally:
        for end in ends:
            end.cancel()


def _digest(host: Host) -> str:
    parts = (f"{path}={about.digest}" for path, about in host.collection.about.tree())
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()


def _files(host: Host, plan: Plan, front: FrontDoors) -> list[str]:
    """What the service is made of: a change of one of these is one of the service."""
    found = [about.origin for _, about in host.collection.about.tree() if about.origin]
    if plan.policy is not None:
        found.append(plan.policy)
    for trigger in front.triggers:
        block = trigger.block
        if isinstance(block, HttpBlock) and block.tls is not UNSET:
            tls = (block.tls.cert, block.tls.key, block.tls.client_ca)
            found += [str(trigger.folder / each) for each in tls if each is not UNSET]
    return list(dict.fromkeys(found))
