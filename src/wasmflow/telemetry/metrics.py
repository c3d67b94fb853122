"""Counts transactions, for Prometheus. Imported only where metrics are wanted.

Labels are bounded: triggers and components of the artifact, kinds of outcome; never what clients say.
The library decides once, when metrics are made, whether a process counts for itself or where others
count too (`Place`), so a process has one `Metrics` with a place at most.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections import Counter as Tally
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, values
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.process_collector import ProcessCollector

from wasmflow.telemetry.place import Place
from wasmflow.telemetry.processes import BuildCollector, ProcessesCollector
from wasmflow.telemetry.telemetry import Listener, Observation, Outcome

#: Seconds: from a call of a tiny component to what only a slow remote service takes.
BUCKETS: Final = (
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
    1.0, 2.5, 5.0, 10.0, 30.0,
)  # fmt: skip
#: What all components are called that are unknown.
OTHER: Final = "(other)"


class Metrics:
    """A sink that counts."""

    def __init__(
        self,
        components: Collection[str],
        place: Place | None = None,
        soon: Callable[[Callable[[], None]], object] | None = None,
    ) -> None:
        """`soon` has something done in a moment; with it, counts are written together, now and then.

        To write one takes as long as to count twenty. Who is killed has not written the last of them.
        """
        self._components = frozenset(components)
        self._place = place
        if place is not None:
            count_at(place)
        self._registry = CollectorRegistry()
        self._families = _Families(self._registry)
        self._counters: dict[tuple[str, str], _Counters] = {}
        self._soon = soon
        self._due = False

    def began(self, observation: Observation) -> Listener | None:
        self._of(observation).in_flight += 1
        if not self._due:
            self._write_soon()
        return None

    def ended(self, observation: Observation) -> None:
        self._of(observation).count(observation)
        if not self._due:
            self._write_soon()

    def _write_soon(self) -> None:
        if self._soon is None:
            self.write()
        else:
            self._due = True
            self._soon(self.write)

    def write(self) -> None:
        """Have others see what has been counted."""
        self._due = False
        for counters in self._counters.values():
            counters.write()

    def _of(self, observation: Observation) -> _Counters:
        key = observation.trigger, observation.component
        counters = self._counters.get(key)
        return counters or self._made(*key)

    def _made(self, trigger: str, component: str) -> _Counters:
        # What is no component, such as `(static)`, is named by our code, which makes few of these.
        known = component in self._components or component.startswith("(")
        if not known:
            component = OTHER
        counters = self._counters.get((trigger, component))
        if counters is None:
            counters = _Counters(self._families, trigger, component)
            self._counters[trigger, component] = counters
        return counters

    def exposition(self, accept: str = "") -> tuple[bytes, str]:
        """All counts that are written, and their content type, for an ``Accept`` header.

        Takes some milliseconds.
        """
        encode, content_type = choose_encoder(accept)
        return encode(self._readable()), content_type

    def _readable(self) -> CollectorRegistry:
        """What is to be shown: with a place, the files of all processes there."""
        readable = CollectorRegistry()
        readable.register(BuildCollector())
        if self._place is None:
            readable.register(self._registry)
            ProcessCollector(registry=readable)
        else:
            MultiProcessCollector(readable, self._place.folder)  # type: ignore[no-untyped-call]
            readable.register(ProcessesCollector(self._place.processes))
        return readable


def count_at(place: Place) -> None:
    """Have this process count there, in all metrics that are made from now on."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = place.folder
    values.ValueClass = values.MultiProcessValue(lambda: place.process)  # type: ignore[no-untyped-call]
    place.occupy()


def count_alone() -> None:
    """Have this process count for itself again: the place is gone."""
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
    values.ValueClass = values.MutexValue


class _Families:
    """The metrics with all their labels."""

    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ("trigger", "component")
        counter = partial(Counter, labelnames=labels, registry=registry)
        self.ended = Counter(
            "wasmflow_transactions",
            "Transactions that have ended, by how.",
            (*labels, "outcome"),
            registry=registry,
        )
        self.duration = _Durations(
            "wasmflow_transaction_duration_seconds",
            "From being asked for to being answered.",
            labels,
            buckets=BUCKETS,
            registry=registry,
        )
        self.in_flight = Gauge(
            "wasmflow_transactions_in_flight",
            "Transactions that have been asked for, and not answered yet.",
            labels,
            multiprocess_mode="livesum",
            registry=registry,
        )
        self.worked = counter("wasmflow_cpu_seconds", "How long components have worked.")
        self.received = counter("wasmflow_received_bytes", "Bytes of the bodies of requests.")
        self.sent = counter("wasmflow_sent_bytes", "Bytes of the bodies of responses.")


class _Durations(Histogram):
    """A histogram that takes many durations at once, which its library has no word for."""

    def add(self, counts: Sequence[int], seconds: float) -> None:
        """So many durations for each bucket, and the sum of all."""
        self._sum.inc(seconds)
        for bucket, count in zip(self._buckets, counts, strict=True):
            if count:
                bucket.inc(count)


class _Counters:
    """The counts of one component behind one trigger, and the metrics that they are written to."""

    def __init__(self, families: _Families, trigger: str, component: str) -> None:
        self._families = families
        self._labels = labels = trigger, component
        self._durations: Any = families.duration.labels(*labels)
        self._gauge = families.in_flight.labels(*labels)
        self._worked = families.worked.labels(*labels)
        self._received = families.received.labels(*labels)
        self._sent = families.sent.labels(*labels)
        self.in_flight = self._shown = 0
        self._forget()

    def _forget(self) -> None:
        """Begin to count again."""
        self._outcomes: Tally[Outcome] = Tally()
        self._buckets = [0] * (len(BUCKETS) + 1)
        self._seconds = 0.0
        self._nanoseconds = self._bytes_in = self._bytes_out = 0

    def count(self, observation: Observation) -> None:
        """A transaction has ended."""
        self.in_flight -= 1
        self._outcomes[observation.outcome] += 1
        self._buckets[bisect_left(BUCKETS, observation.duration)] += 1
        self._seconds += observation.duration
        self._nanoseconds += observation.worked
        about = observation.about
        self._bytes_in += about.get("bytes_in", 0)
        self._bytes_out += about.get("bytes_out", 0)

    def write(self) -> None:
        """Add what has been counted to the metrics."""
        if self.in_flight != self._shown:
            self._gauge.set(self.in_flight)
            self._shown = self.in_flight
        if not self._outcomes:
            return
        for outcome, count in self._outcomes.items():
            self._families.ended.labels(*self._labels, outcome.value).inc(count)
        self._durations.add(self._buckets, self._seconds)
        self._worked.inc(self._nanoseconds / 1e9)
        self._received.inc(self._bytes_in)
        self._sent.inc(self._bytes_out)
        self._forget()
