"""Keeps a service: opens its doors, has workers serve, replaces them, and ends them.

`wasmflow.cli` calls `supervise`. Nothing here runs components, speaks HTTP, or imports what does: what
serves can break in any way, and this goes on.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections.abc import Coroutine
from typing import Any, Final

from wasmflow.errors import ProblemsError, WasmflowError
from wasmflow.service.console import Console, Ending, Serving, listening, together
from wasmflow.service.deaths import Deaths
from wasmflow.service.failing import WorkerBug
from wasmflow.service.generation import Generation, Order, log
from wasmflow.service.messages import Loading, State
from wasmflow.service.plan import Plan, read_front_doors
from wasmflow.service.process import End
from wasmflow.service.signals import signals
from wasmflow.service.sockets import Door, close_unused, open_doors
from wasmflow.service.watch import INTERVAL, Watch, moment, snapshot
from wasmflow.telemetry.logs import Form, logging_to, open_lines
from wasmflow.telemetry.service import ServiceMetrics

#: Seconds between two looks at whether workers live.
_TICK: Final = 1.0


async def supervise(plan: Plan, form: Form, console: Console) -> signal.Signals:
    """Serve until a signal ends it, which is returned.

    Raises what keeps it from starting: `UsageError`, `ProblemsError`, `WorldError`, `TransactionFailed`
    of what runs first, `WorkerBug`. Then nothing of it is left.
    """
    log_fd = _log_descriptor()
    lines = open_lines(log_fd, form)
    try:
        with logging_to(lines, form), ServiceMetrics() as metrics:
            return await Supervisor(plan, form, console, log_fd, metrics).run()
    finally:
        lines.close()
        os.close(log_fd)


def _log_descriptor() -> int:
    """Standard error, under a number that workers keep beside a standard error of their own."""
    try:
        return os.dup(2)
    except OSError:
        return os.open(os.devnull, os.O_WRONLY)


class Supervisor:
    """One service. Made on its event loop; `run` is called once."""

    def __init__(
        self, plan: Plan, form: Form, console: Console, log_fd: int, metrics: ServiceMetrics
    ) -> None:
        self._plan = plan
        self._form = form
        self._console = console
        self._log_fd = log_fd
        self._metrics = metrics
        self._doors: dict[str, Door] = {}
        #: The one that serves is the last; before it, one that ends, and after it, one that is loaded.
        self._generations: list[Generation] = []
        self._retiring: asyncio.Task[None] | None = None
        self._deaths = Deaths()
        self._state = State(ready=True, message="", deaths=0)
        self._watch = Watch()
        #: How often it has been loaded.
        self._loaded = 0
        self._reload = asyncio.Event()
        self._stop: asyncio.Future[signal.Signals] = asyncio.get_running_loop().create_future()
        #: Every task of the service, for as long as it runs.
        self._group = asyncio.TaskGroup()

    async def run(self) -> signal.Signals:
        """As `supervise`."""
        failure: Exception | None = None
        async with self._group as group:
            with signals(self._told_to_stop, self._reload.set):
                beside = [group.create_task(self._tick()), group.create_task(self._look())]
                try:
                    await self._serve()
                except Exception as error:  # kept out of the group, which would wrap it
                    failure = error
                for task in beside:
                    task.cancel()
        if failure is not None:
            raise failure
        return self._stop.result()

    # --- its life -----------------------------------------------------------------------------

    async def _serve(self) -> None:
        try:
            await self._unless_stopped(self._start())
            while not self._stop.done():
                await self._unless_stopped(self._reload.wait())
                if not self._stop.done():
                    self._reload.clear()
                    await self._unless_stopped(self._renew())
        finally:
            ending = await self._end()
        self._console.stopped(ending)

    async def _unless_stopped(self, work: Coroutine[Any, Any, object]) -> None:
        """Do this, or cancel it when the service is told to stop."""
        task = asyncio.ensure_future(work)
        try:
            await asyncio.wait((task, self._stop), return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait((task,))
        if not task.cancelled():
            task.result()

    async def _start(self) -> None:
        self._console.starting(self._plan)
        try:
            self._console.serving(await self._begin())
        except (WasmflowError, WorkerBug) as error:
            self._console.failed(error)
            raise

    async def _begin(self) -> Serving:
        """Have a generation serve, in place of the last one if there is one.

        If that fails, nothing has changed.
        """
        began, clock = moment(), time.monotonic()
        front = read_front_doors(self._plan)
        before = self._doors
        # Of problems the first worker will tell all, also those that only it can find.
        self._doors = open_doors({} if front.problems else front.addresses, before.values())
        generation = self._generation()
        try:
            await generation.load()
            await generation.prepare()
            for door in self._doors.values():
                door.listen()
            await generation.start()
        except BaseException:
            await generation.stop(self._plan.grace)
            self._generations.remove(generation)
            close_unused(self._doors.values(), before.values())
            self._doors = before
            raise
        self._watch.follow(snapshot(generation.files), began)
        await self._hand_over(generation)
        close_unused(before.values(), self._doors.values())
        self._loaded += 1
        places = listening(self._doors.values(), front.secure)
        return Serving(places, self._loaded, time.monotonic() - clock)

    def _generation(self) -> Generation:
        order = Order(
            plan=self._plan,
            form=self._form,
            log=self._log_fd,
            doors=self._doors,
            loading=self._loading,
            metrics=self._metrics,
            state=lambda: self._state,
            died=self._note_death,
            outdated=self._reload.set,
        )
        generation = Generation(order, self._group)
        self._generations.append(generation)
        return generation

    async def _hand_over(self, new: Generation) -> None:
        """Stop what served before, and have schedules run when nobody else runs them any more."""
        old = self._generations[-2] if len(self._generations) > 1 else None
        if old is not None:
            self._retiring = self._group.create_task(self._retire(old))
            await old.quiet()
        self._group.create_task(new.succeed(old))

    async def _retire(self, generation: Generation) -> None:
        ending = await generation.stop(self._plan.grace)
        self._generations.remove(generation)
        level = logging.INFO if ending.finished or ending.cancelled else logging.DEBUG
        log.log(level, "retired", extra=ending.told())

    async def _renew(self) -> None:
        """Load everything anew. If that fails, the service goes on as it is."""
        if self._retiring is not None:
            await asyncio.wait((self._retiring,))  # so that there are never more than two
        self._console.reloading()
        began = moment()
        try:
            serving = await self._begin()
        except (WasmflowError, WorkerBug) as error:
            self._watch.follow(snapshot(self._watch.files | _files_of(error)), began)
            self._console.refused(error)
            self._metrics.reloaded(well=False)
        else:
            self._metrics.reloaded(well=True)
            self._console.serving(serving)

    async def _end(self) -> Ending:
        """Take no more work, and see all workers to their end."""
        for door in self._doors.values():
            door.close()
        stops = [each.stop(self._plan.grace, last=True) for each in self._generations]
        return together(await asyncio.gather(*stops))

    # --- what happens meanwhile ---------------------------------------------------------------

    def _told_to_stop(self, by: signal.Signals) -> None:
        """The first time end in order; a second Ctrl-C is out of patience."""
        if not self._stop.done():
            self._console.stopping(by, at_once=False)
            self._stop.set_result(by)
        elif by == signal.SIGINT:
            self._console.stopping(by, at_once=True)
            for generation in self._generations:
                generation.kill()

    def _loading(self, loading: Loading) -> None:
        self._console.loading(loading.what, loading.part)

    def _note_death(self, end: End) -> None:
        self._deaths.note(time.monotonic(), str(end))
        was_ready = self._state.ready
        self._tell_state()
        if was_ready and not self._state.ready:
            said = {"said": "\n".join(end.said)} if end.said else {}
            log.error("crash_loop", extra={"reason": self._state.message, **said})

    def _tell_state(self) -> None:
        loop = self._deaths.crash_loop(time.monotonic())
        state = State(ready=not loop, message=loop, deaths=self._deaths.total)
        if state != self._state:
            self._state = state
            self._metrics.loops(yes=not state.ready)
            for generation in self._generations:
                generation.tell(state)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK)
            self._tell_state()
            for generation in self._generations:
                generation.tick()

    async def _look(self) -> None:
        """Have it loaded anew when a file has changed."""
        while self._plan.watch:
            await asyncio.sleep(INTERVAL)
            if self._watch.changed(await asyncio.to_thread(snapshot, self._watch.files)):
                self._reload.set()


def _files_of(error: Exception) -> frozenset[str]:
    """The files in which something is to be mended."""
    problems = error.problems if isinstance(error, ProblemsError) else ()
    return frozenset(problem.place.file for problem in problems if problem.place.file)
