"""Runs a soak: clients, blows, a calm in which nothing is killed, and the end under load."""

from __future__ import annotations

import asyncio
import random
import subprocess
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.processes import use_of
from bench.soak.blows import blows, whole
from bench.soak.clients import Client
from bench.soak.connection import Broken, Connection, request
from bench.soak.honest import honest
from bench.soak.ledger import Ledger
from bench.soak.rude import rude
from bench.soak.service import GRACE, Service, serving, write_artifact
from bench.soak.streaming import streaming
from bench.soak.verdict import Soak
from bench.soak.watch import Watched, ask_ready, look, watch

#: Seconds that the service may take to start, and beyond its grace to end, on a busy machine.
_STARTING: Final = 120.0
_ENDING: Final = GRACE + 60.0
#: Seconds that clients may take to leave when the service has ended.
_LEAVING: Final = 60.0
#: Part of the time in which workers are killed; what is left is calm.
_BLOWS: Final = 0.6
#: Part of the calm after which memory counts.
_WARM: Final = 0.2


@dataclass(frozen=True, slots=True)
class Extent:
    """How long and how much."""

    seconds: float
    seed: int
    workers: int = 2
    honest: int = 24
    streaming: int = 6
    rude: int = 16
    #: Seconds after the service has recovered until the next blow, at most.
    pause: float = 8.0

    @property
    def clients(self) -> int:
        """Connections that there are at most."""
        return self.honest + self.streaming + self.rude + 1


async def soak(extent: Extent) -> Soak:
    """Soak a service of its own; nothing of it is left."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(write_artifact(Path(folder)), extent.workers) as service,
    ):
        ledger, watched = Ledger(), Watched()
        await answers(service, ledger)
        ledger.began = time.monotonic()
        calm, ending = await _soaked(extent, service, ledger, watched)
    code = service.process.returncode
    left = sum(_is_same(*worker) for worker in watched.workers)
    return Soak(service, ledger, watched, calm, extent.clients, ending, code, left)


def _is_same(pid: int, began: int) -> bool:
    """Whether a process still runs, and not another of its number."""
    use = use_of(pid)
    return use is not None and use.began == began


async def _soaked(
    extent: Extent, service: Service, ledger: Ledger, watched: Watched
) -> tuple[tuple[float, float], float]:
    """The time of the calm, and the seconds that the end took."""
    over = asyncio.Event()
    tasks = [
        asyncio.create_task(watch(service, watched, over), name="watch"),
        asyncio.create_task(ask_ready(service, watched, ledger), name="ready"),
        *_clients(extent, service, ledger, over),
    ]
    until = ledger.began + extent.seconds * _BLOWS
    await blows(service, ledger, _chance(extent, "blows"), extent.pause, until)
    await whole(service, ledger)
    calm = await _calm(ledger.began + extent.seconds, extent.seconds / 10)
    look(service, watched)
    ending = await _stopped(service, ledger)
    over.set()
    await _left(tasks, ledger)
    return calm, ending


async def _calm(until: float, least: float) -> tuple[float, float]:
    """Wait; from when to when memory counts."""
    began = time.monotonic()
    until = max(until, began + least)
    await asyncio.sleep(until - began)
    return began + (until - began) * _WARM, time.monotonic()


async def _left(tasks: Sequence[asyncio.Task[None]], ledger: Ledger) -> None:
    """Wait until all who had to do with the service have noticed its end."""
    done, late = await asyncio.wait(tasks, timeout=_LEAVING)
    for task in late:
        ledger.fault(f"{task.get_name()} still waits after the service has ended")
        task.cancel()
    for task in done:
        task.result()


def _clients(
    extent: Extent, service: Service, ledger: Ledger, over: asyncio.Event
) -> Iterator[asyncio.Task[None]]:
    kinds: tuple[tuple[int, Callable[[Client], Coroutine[Any, Any, None]]], ...] = (
        (extent.honest, honest),
        (extent.streaming, streaming),
        (extent.rude, rude),
    )
    for count, live in kinds:
        for number in range(count):
            name = f"{live.__name__}-{number}"
            client = Client(name, service.port, ledger, _chance(extent, name), over)
            yield asyncio.create_task(live(client), name=name)


def _chance(extent: Extent, name: str) -> random.Random:
    return random.Random(f"{extent.seed}/{name}")  # noqa: S311  it is to be repeated


async def answers(service: Service, ledger: Ledger) -> None:
    """Wait until the service answers. Raises `RuntimeError` if it does not."""
    latest = time.monotonic() + _STARTING
    while service.process.poll() is None and time.monotonic() < latest:
        try:
            connection = await Connection.open(service.port, ledger)
        except Broken:
            await asyncio.sleep(0.05)
            continue
        await connection.send(request("/health/ready", method="GET"))
        answer = await connection.answer()
        connection.close()
        if answer.status == 200:
            return
    raise RuntimeError(f"the service does not start: {service.log.records[-5:]}")


async def _stopped(service: Service, ledger: Ledger) -> float:
    """Stop the service; the seconds until it has ended."""
    ledger.stopping = time.monotonic()
    service.stop()
    try:
        await asyncio.to_thread(service.process.wait, _ENDING)
    except subprocess.TimeoutExpired:
        ledger.fault(f"the service has not ended {_ENDING:.0f} s after it was told to")
        service.process.kill()
        service.process.wait()
    return time.monotonic() - ledger.stopping
