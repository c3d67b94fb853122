"""Counts what becomes of worker processes, and gives each a place to count its transactions.

The supervisor has one of these for as long as the service runs.
"""

from __future__ import annotations

import itertools
import tempfile
from types import TracebackType

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.multiprocess import mark_process_dead

from wasmflow.telemetry.metrics import count_alone, count_at
from wasmflow.telemetry.place import PREFIX, SUPERVISOR, Place, sweep


class ServiceMetrics:
    """Use it in a `with` block: its folder is private, and goes with it."""

    def __init__(self) -> None:
        sweep()
        self._folder = _folder()
        self._taken: set[str] = set()
        registry = CollectorRegistry()
        self._workers = Gauge(
            "wasmflow_workers",
            "Worker processes there are.",
            multiprocess_mode="livesum",
            registry=registry,
        )
        self._starts = Counter(
            "wasmflow_worker_starts", "Worker processes that were started.", registry=registry
        )
        self._deaths = Counter(
            "wasmflow_worker_deaths",
            "Worker processes that ended though nobody had asked them to.",
            ["cause"],
            registry=registry,
        )
        self._looping = Gauge(
            "wasmflow_crash_loop",
            "1 while workers die again and again.",
            multiprocess_mode="livesum",
            registry=registry,
        )
        self._reloads = Counter(
            "wasmflow_reloads", "Reloads, by whether they worked.", ["outcome"], registry=registry
        )

    def __enter__(self) -> ServiceMetrics:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        count_alone()
        self._folder.cleanup()

    def place(self) -> Place:
        """For a worker that is to be started. It is counted from now on."""
        free = (f"worker-{number}" for number in itertools.count())
        name = next(name for name in free if name not in self._taken)
        self._taken.add(name)
        self._starts.inc()
        self._workers.set(len(self._taken))
        return Place(self._folder.name, name)

    def left(self, place: Place, cause: str = "") -> None:
        """The worker at this place has ended. `cause` says why if nobody had asked it to: one of few
        words, as ``SIGKILL``, ``exit`` or ``hang``."""
        mark_process_dead(place.process, self._folder.name)  # type: ignore[no-untyped-call]
        place.leave()
        self._taken.discard(place.process)
        self._workers.set(len(self._taken))
        if cause:
            self._deaths.labels(cause).inc()

    def loops(self, *, yes: bool) -> None:
        """Whether workers die again and again."""
        self._looping.set(yes)

    def reloaded(self, *, well: bool) -> None:
        """A reload has ended: everything is new, or everything is as it was."""
        self._reloads.labels("ok" if well else "error").inc()


def _folder() -> tempfile.TemporaryDirectory[str]:
    """One in which this process counts."""
    while True:
        folder = tempfile.TemporaryDirectory(prefix=PREFIX)
        try:
            count_at(Place(folder.name, SUPERVISOR))
        except FileNotFoundError:  # swept by another one that starts, before it was held
            folder.cleanup()
        else:
            return folder
