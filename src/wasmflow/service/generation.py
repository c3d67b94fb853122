"""The workers that serve one state of an artifact. A reload makes another generation, which replaces it.

Each worker has a number; that of the lead, which alone runs schedules, is 0, and stays so when it is
replaced.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from wasmflow.errors import WorldError
from wasmflow.service.console import Ending, together
from wasmflow.service.deaths import Backoff
from wasmflow.service.failing import text_of
from wasmflow.service.messages import (
    Begin,
    Lead,
    Loading,
    Message,
    Prepare,
    Prepared,
    Ready,
    Start,
    Started,
    State,
    Stop,
    Stopped,
    Stopping,
)
from wasmflow.service.plan import Plan
from wasmflow.service.process import End, Worker
from wasmflow.service.sockets import Door
from wasmflow.telemetry.logs import Form
from wasmflow.telemetry.place import Place
from wasmflow.telemetry.service import ServiceMetrics
from wasmflow.triggers.succession import Left

log = logging.getLogger("wasmflow.service")

#: Ticks without a sign of life after which a worker hangs.
MOST_SILENT: Final = 30
#: Seconds that a worker may take beyond those that its transactions have: to close everything, and to send
#: the last spans to a collector that may not answer.
CLOSING: Final = 10.0


@dataclass(frozen=True)
class Order:
    """What a generation is to be."""

    plan: Plan
    form: Form
    #: Where log lines are written.
    log: int
    doors: Mapping[str, Door]
    #: Told what takes long.
    loading: Callable[[Loading], None]
    metrics: ServiceMetrics
    #: How the service is.
    state: Callable[[], State]
    #: Told of each death.
    died: Callable[[End], None]
    #: Told when the artifact is another one by now.
    outdated: Callable[[], None]


class Generation:
    """Workers of one artifact. Its tasks end when all workers have."""

    def __init__(self, order: Order, group: asyncio.TaskGroup) -> None:
        self.order = order
        #: The files that it is of.
        self.files: frozenset[str] = frozenset()
        self._digest = ""
        self._group = group
        self._workers: dict[int, Worker] = {}
        #: What others have left of schedules.
        self._left: Mapping[str, Left] = {}
        #: When it was this generation's turn to run them, and when its lead died (seconds since 1970).
        self._turn = self._died = 0.0
        self._leads = False
        self._stopping = asyncio.Event()

    # --- the beginning ------------------------------------------------------------------------

    async def load(self) -> None:
        """Have everything loaded: first by one worker, which compiles and finds what is wrong."""
        lead = self._spawn(0, beginning=True)
        ready = await lead.reach(Ready)
        self.files, self._digest = frozenset(ready.files), ready.digest
        for number in range(1, self.order.plan.workers):
            self._spawn(number)
        for worker in self.workers:
            self._compare(await worker.reach(Ready))

    def _compare(self, ready: Ready) -> None:
        """All workers must serve the same: a file may have changed since the first one was started."""
        if ready.digest != self._digest:
            log.warning("artifact_changed")
            self.order.outdated()

    async def prepare(self) -> None:
        """Have that run which runs before any work is taken."""
        lead = self._workers[0]
        lead.send(Prepare())
        await lead.reach(Prepared)

    async def start(self) -> None:
        """Take work, and keep the workers alive from now on."""
        self.tell(Start())
        for worker in self.workers:
            await worker.reach(Started)
        for number in self._workers:
            self._group.create_task(self._keep(number))

    async def succeed(self, old: Generation | None) -> None:
        """Run schedules, after those of another generation. Returns when the last run of that has ended."""
        self._turn = time.time()
        if old is None:
            self._lead()
            return
        async for left in old._leaving():
            self._left = left
            self._lead()

    def _lead(self) -> None:
        """Have the lead begin with schedules, or know what has changed; after a death, from that on."""
        left = {n: Left(max(each.until, self._died), each.busy) for n, each in self._left.items()}
        self._workers[0].send(Lead(max(self._turn, self._died), left))
        self._leads = True

    async def _leaving(self) -> AsyncIterator[Mapping[str, Left]]:
        """What is left of schedules here, each time that it may have changed."""
        lead = self._workers[0]
        while True:
            said = lead.heard(Stopping)
            left = said.left if said else {}
            busy = lead.end is None and any(each.busy for each in left.values())
            yield left if busy else {name: Left(each.until) for name, each in left.items()}
            if not busy:
                return
            await lead.news()

    # --- while it runs ------------------------------------------------------------------------

    @property
    def workers(self) -> tuple[Worker, ...]:
        return tuple(self._workers.values())

    def tell(self, message: Message) -> None:
        """Tell all workers."""
        for worker in self.workers:
            worker.send(message)

    def tick(self) -> None:
        """A second has passed. Whoever has been silent for too long is ended, and replaced."""
        for worker in self.workers:
            worker.silent += 1
            if worker.silent == MOST_SILENT and worker.end is None:
                log.error("worker_hangs", extra=_about(worker))
                self._group.create_task(worker.abort())

    def _spawn(self, number: int, *, beginning: bool = False) -> Worker:
        order = self.order
        place = order.metrics.place()
        begin = Begin(
            order.plan,
            replace(order.form, worker=number),
            order.log,
            {name: [each.fileno() for each in door.sockets] for name, door in order.doors.items()},
            order.state(),
            place,
            lead=number == 0,
            beginning=beginning,
        )
        try:
            worker = self._workers[number] = Worker(number, begin, order.loading)
        except WorldError:
            order.metrics.left(place)
            raise
        self._group.create_task(self._tend(worker, place))
        log.debug("worker_started", extra=_about(worker))
        return worker

    async def _tend(self, worker: Worker, place: Place) -> None:
        """See it to its end."""
        await worker.tend(_hear)
        end = await worker.ended()
        self.order.metrics.left(place, "" if self._stopping.is_set() else end.cause)

    async def _keep(self, number: int) -> None:
        """Replace a worker whenever it dies, until the generation stops."""
        backoff = Backoff()
        told: End | None = None
        while True:
            worker = self._workers[number]
            end = await worker.ended()
            if self._stopping.is_set():
                return
            again = end is told  # nobody could be started in its place
            delay = backoff.after(0.0 if again else end.lived)
            if not again:
                self._tell_death(worker, end, delay)
                told = end
            if number == 0 and self._leads:
                self._leads, self._died = False, time.time()
            with suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await self._stopping.wait()
            if self._stopping.is_set():
                return
            await self._replace(number)

    def _tell_death(self, worker: Worker, end: End, delay: float) -> None:
        about = _about(worker) | {"died": str(end), "lived": round(end.lived, 1)}
        said = {"said": "\n".join(end.said)} if end.said else {}
        log.error("worker_died", extra={**about, **said, "again_in": delay})
        self.order.died(end)

    async def _replace(self, number: int) -> None:
        """Have another one in its place. If that fails, it has died, or nobody is there."""
        try:
            worker = self._spawn(number)
        except WorldError as error:
            log.error("worker_not_started", extra={"number": number, "error": str(error)})
            return
        try:
            ready = await worker.reach(Ready)
            worker.send(Start())
            await worker.reach(Started)
        except Exception as error:
            if not self._stopping.is_set():
                log.error("worker_failed", extra=_about(worker) | {"error": text_of(error)})
                worker.kill()
            return
        if number == 0:
            self._lead()
        log.info("worker_replaced", extra=_about(worker))
        self._compare(ready)

    # --- the end ------------------------------------------------------------------------------

    async def stop(self, seconds: float, *, last: bool = False) -> Ending:
        """Have what runs finish in so many seconds. Returns when all workers have ended.

        If it is the last generation, it takes the work that nobody else would: what waits to be accepted.
        """
        began = time.monotonic()
        self._stopping.set()
        self.tell(Stop(seconds, last))
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds + CLOSING):
                await self._gone()
        if any(worker.end is None for worker in self.workers):
            log.error("workers_killed", extra={"reason": "they did not end in time"})
        self.kill()
        await self._gone()
        seconds = time.monotonic() - began
        told = [said for worker in self.workers if (said := worker.heard(Stopped))]
        return together(Ending(said.finished, said.cancelled, seconds) for said in told)

    async def quiet(self) -> None:
        """Wait until nobody of those who were told to stop takes work any more, or it takes too long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING):
                for worker in self.workers:
                    with suppress(Exception):
                        await worker.reach(Stopping)

    def kill(self) -> None:
        """End all workers at once."""
        for worker in self.workers:
            if worker.end is None:
                worker.kill()

    async def _gone(self) -> None:
        for worker in self.workers:
            await worker.ended()


def _about(worker: Worker) -> dict[str, object]:
    return {"number": worker.number, "pid": worker.pid}


def _hear(worker: Worker, text: str) -> None:
    log.warning("worker_said", extra=_about(worker) | {"text": text})
