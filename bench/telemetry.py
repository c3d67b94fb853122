"""What it costs to watch transactions: nothing, log lines, counts, spans; each around the same work."""

from __future__ import annotations

import logging
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from bench.calls import CONCAT
from bench.course import ADDED_NODES, Course, Row
from bench.measure import Contestant, Figure, Work, race
from bench.ours import Opened
from wasmflow.telemetry.logs import Form, LogSink, open_lines
from wasmflow.telemetry.metrics import Metrics
from wasmflow.telemetry.otel import SpanSink, resource_of
from wasmflow.telemetry.place import Place
from wasmflow.telemetry.sampling import Sampling
from wasmflow.telemetry.spans import Recording
from wasmflow.telemetry.telemetry import UNWATCHED, Listener, Observation, Outcome, Sink, Telemetry

#: Spans that wait for the exporter: more than any round makes, so that none is left out.
_QUEUE: Final = 1 << 17
#: Who calls: a proxy that traces.
_PARENT: Final = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def telemetry_rows() -> list[Row]:
    """One for a component alone, one for a flow, in which each call has a span."""
    return [
        Row(
            "a transaction, watched",
            None,
            lambda course: _watched(course.component, "concat", course),
        ),
        Row(
            f"a transaction of {ADDED_NODES + 1} nodes, watched",
            None,
            lambda course: _watched(course.flow, "many", course),
        ),
    ]


@dataclass
class _Watch:
    """How transactions are watched."""

    #: Made in the event loop, when the first of them begins.
    open: Callable[[], Telemetry]
    #: What is left to do after a round of them.
    finish: Callable[[], object] = field(default=lambda: None)


def _watched(reference: str, component: str, course: Course) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        # One host for all: each has stores at hand of its own, and some are quicker by chance.
        opened = Opened(reference)
        contestants = [Contestant("not at all", _plain(opened, component), 300)]
        for name, watch in _watches(component, folder).items():
            contestants.append(Contestant(name, _work(opened, component, watch), 300))
        # Of the processor, in all threads: spans are encoded in one of their own.
        return race(course.effort, contestants, time.process_time)


def _watches(component: str, folder: str) -> dict[str, _Watch]:
    exporting = BatchSpanProcessor(_Encoding(), max_queue_size=_QUEUE)
    spans = SpanSink(exporting.on_end, resource_of("bench", 0))
    metrics = Metrics({component}, Place(folder, "worker-0"))
    flush = exporting.force_flush
    return {
        "off": _Watch(lambda: UNWATCHED),
        "log": _Watch(lambda: Telemetry([_log()])),
        "metrics": _Watch(lambda: Telemetry([metrics])),
        "log, metrics": _Watch(lambda: Telemetry([_log(), metrics])),
        "spans recorded": _Watch(lambda: Telemetry([_Recorder()])),
        "spans, OpenTelemetry": _Watch(lambda: Telemetry([spans], Sampling()), flush),
        "one in a hundred of these": _Watch(
            lambda: Telemetry([spans], Sampling(0.01, follow=False)), flush
        ),
    }


def _plain(opened: Opened, component: str) -> Work:
    async def work(times: int) -> None:
        host = await opened.host()
        for _ in range(times):
            await host.invoke(component, CONCAT)

    return work


def _work(opened: Opened, component: str, watch: _Watch) -> Work:
    telemetry: Telemetry | None = None

    async def work(times: int) -> None:
        nonlocal telemetry
        telemetry = telemetry or watch.open()
        host = await opened.host()
        for _ in range(times):
            with telemetry.begin("api", component, _PARENT) as observation:
                await host.invoke(component, CONCAT, observation.circumstances())
                observation.end(Outcome.OK, method="POST", path="/concat", status=200)
        watch.finish()

    return work


def _log() -> Sink:
    """Lines of JSON to nowhere."""
    form = Form(json=True, level=logging.INFO)
    return LogSink(open_lines(os.open(os.devnull, os.O_WRONLY), form), form)


class _Recorder:
    """A sink that has everything recorded, and does nothing with it."""

    def began(self, observation: Observation) -> Listener | None:
        observation.recording = Recording()
        return observation.recording

    def ended(self, observation: Observation) -> None:
        """Nothing."""


class _Encoding(SpanExporter):
    """Does all that the exporter does, but for sending."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        encode_spans(spans).SerializeToString()
        return SpanExportResult.SUCCESS
