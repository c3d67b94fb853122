"""Looks at the processes of the service once a second, and judges what they use."""

from __future__ import annotations

import asyncio
import http.client
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from bench.processes import Use, use_of, zombies
from bench.soak.ledger import Ledger
from bench.soak.service import Service

_PERIOD: Final = 1.0
#: Bytes that a worker, and the supervisor, may hold at the end of the calm beyond its beginning: young
#: workers, which have not met the largest bodies yet.
WORKER_GROWTH: Final = 48 << 20
SUPERVISOR_GROWTH: Final = 16 << 20
#: Bytes that a worker may hold more in the second half of the calm, for each request of that time and
#: besides; and seconds that this half must have, so that workers are old enough, and a leak of a kilobyte
#: for each request is more than that.
LEAK: Final = 256
_LATE_GROWTH: Final = 8 << 20
_LATE: Final = 60.0
#: Threads of a worker: those on which guests and files wait, and a few more.
MOST_THREADS: Final = 100
#: Descriptors of a worker besides those of connections.
OWN_DESCRIPTORS: Final = 100
#: Descriptors of the supervisor that may be more at the end than at the beginning.
_SPARE: Final = 2
_MEGABYTE: Final = 1 << 20


@dataclass
class Life:
    """One process, from its first look to its last."""

    uses: list[tuple[float, Use]] = field(default_factory=list)

    def between(self, since: float, until: float) -> list[Use]:
        return [use for when, use in self.uses if since <= when <= until]


@dataclass
class Watched:
    """All that was seen."""

    supervisor: Life = field(default_factory=Life)
    #: By process and start.
    workers: dict[tuple[int, int], Life] = field(default_factory=dict)
    most_processes: int = 0
    #: How many requests the log has told of, in turn.
    requests: list[tuple[float, int]] = field(default_factory=list)
    #: What /health/ready answered, in turn.
    ready: list[tuple[float, int]] = field(default_factory=list)


async def watch(service: Service, watched: Watched, over: asyncio.Event) -> None:
    """Look once a second, until it is over."""
    while not over.is_set():
        look(service, watched)
        await asyncio.sleep(_PERIOD)


def look(service: Service, watched: Watched) -> None:
    now = time.monotonic()
    watched.requests.append((now, service.log.outcomes.total()))
    pids = service.workers
    watched.most_processes = max(watched.most_processes, len(pids))
    if use := use_of(service.process.pid):
        watched.supervisor.uses.append((now, use))
    for pid in pids:
        if use := use_of(pid):
            watched.workers.setdefault((pid, use.began), Life()).uses.append((now, use))


async def ask_ready(service: Service, watched: Watched, ledger: Ledger) -> None:
    """Ask the service whether it is ready, once a second, until it stops."""
    while ledger.stopping is None:
        try:
            status = await asyncio.to_thread(_ready, service.port)
        except (OSError, http.client.HTTPException):
            status = 0  # who answered was killed
        watched.ready.append((time.monotonic(), status))
        await asyncio.sleep(_PERIOD)


def _ready(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=100)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status
    finally:
        connection.close()


# --- what is wrong with it --------------------------------------------------------------------


def judged(
    service: Service, watched: Watched, calm: tuple[float, float], clients: int
) -> Iterator[str]:
    """What the processes used beyond what they may."""
    supervisor = watched.supervisor
    yield from _growth("the supervisor", supervisor.between(*calm), SUPERVISOR_GROWTH)
    first, last = supervisor.uses[1][1], supervisor.between(*calm)[-1]
    if last.descriptors > first.descriptors + _SPARE:
        yield f"the supervisor has {last.descriptors} descriptors, {first.descriptors} at first"
    if last.threads > first.threads + _SPARE:
        yield f"the supervisor has {last.threads} threads, {first.threads} at first"
    for (pid, _), life in watched.workers.items():
        yield from _growth(f"worker {pid}", life.between(*calm), WORKER_GROWTH)
        yield from _leak(f"worker {pid}", life, late(watched, calm), service.count)
        uses = [use for _, use in life.uses]
        if (threads := max(use.threads for use in uses)) > MOST_THREADS:
            yield f"worker {pid} has {threads} threads"
        # The old ones of a reload and the new ones have the same clients for a moment.
        if (held := max(use.descriptors for use in uses)) > OWN_DESCRIPTORS + 2 * clients:
            yield f"worker {pid} has {held} descriptors for {clients} clients"
    if watched.most_processes > 2 * service.count + 2:
        yield f"there were {watched.most_processes} processes at a time"
    if left := zombies(service.process.pid):
        yield f"{left} processes have ended, and nobody has looked"
    tail = [status for when, status in watched.ready if calm[0] <= when <= calm[1]]
    if not tail or set(tail) - {200, 503}:
        yield f"/health/ready was answered with {sorted(set(tail))} while nothing was killed"


def growth(uses: Sequence[Use]) -> float:
    """Bytes by which the last fifth is above the first fifth; 0 if there is nothing to compare."""
    if not uses:
        return 0.0
    fifth = max(1, len(uses) // 5)
    sizes = [use.resident for use in uses]
    return statistics.median(sizes[-fifth:]) - statistics.median(sizes[:fifth])


def _growth(who: str, uses: Sequence[Use], bound: int) -> Iterator[str]:
    if (more := growth(uses)) > bound:
        yield (
            f"{who} holds {more / _MEGABYTE:,.0f} MiB more at the end of the calm than at its "
            f"beginning, {bound / _MEGABYTE:,.0f} are allowed"
        )


@dataclass(frozen=True, slots=True)
class Late:
    """The second half of the calm."""

    since: float
    until: float
    #: Requests that the service answered in it.
    requests: int


def late(watched: Watched, calm: tuple[float, float]) -> Late:
    """What is known of it."""
    middle = sum(calm) / 2
    counts = [count for when, count in watched.requests if middle <= when <= calm[1]]
    return Late(middle, calm[1], counts[-1] - counts[0] if counts else 0)


def _leak(who: str, life: Life, late: Late, workers: int) -> Iterator[str]:
    uses, requests = life.between(late.since, late.until), late.requests // workers
    more = growth(uses)
    if late.until - late.since >= _LATE and more > _LATE_GROWTH + LEAK * requests:
        yield (
            f"{who} held {more / _MEGABYTE:,.0f} MiB more at the end of the second half of the calm than at "
            f"its beginning, after some {requests:,} requests"
        )
