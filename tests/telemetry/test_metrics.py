"""What is counted of transactions, and how it is shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tests.telemetry.readings import reading, readings
from wasmflow.telemetry.metrics import BUCKETS, Metrics
from wasmflow.telemetry.telemetry import Outcome, Telemetry
from wasmflow.version import __version__

LABELS = {"trigger": "api", "component": "greet"}


@pytest.fixture
def metrics() -> Metrics:
    return Metrics({"greet", "shout"})


@pytest.fixture
def telemetry(metrics: Metrics) -> Telemetry:
    return Telemetry([metrics])


def shown(metrics: Metrics) -> str:
    text, content_type = metrics.exposition()
    assert content_type.startswith("text/plain")
    return text.decode()


def test_transactions_are_counted_by_how_they_ended(metrics: Metrics, telemetry: Telemetry) -> None:
    for outcome in (Outcome.OK, Outcome.OK, Outcome.BUSY, Outcome.REFUSED):
        telemetry.begin("api", "greet").end(outcome)
    text = shown(metrics)
    counts = {
        each.value: reading(text, "wasmflow_transactions_total", outcome=each.value, **LABELS)
        for each in Outcome
    }
    assert counts == {
        "ok": 2, "busy": 1, "refused": 1, "error": None, "exception": None, "cancelled": None
    }  # fmt: skip


def test_each_takes_its_place_among_the_durations(metrics: Metrics, telemetry: Telemetry) -> None:
    observation = telemetry.begin("api", "greet")
    observation.end(Outcome.OK)
    text, name = shown(metrics), "wasmflow_transaction_duration_seconds"
    assert reading(text, f"{name}_count", **LABELS) == 1
    assert reading(text, f"{name}_sum", **LABELS) == pytest.approx(observation.duration)
    assert reading(text, f"{name}_bucket", le="+Inf", **LABELS) == 1


def test_those_that_have_not_ended_are_in_flight(metrics: Metrics, telemetry: Telemetry) -> None:
    first, second = telemetry.begin("api", "greet"), telemetry.begin("api", "greet")
    first.end(Outcome.OK)
    assert reading(shown(metrics), "wasmflow_transactions_in_flight", **LABELS) == 1
    second.end(Outcome.CANCELLED)
    assert reading(shown(metrics), "wasmflow_transactions_in_flight", **LABELS) == 0


def test_bytes_and_work_are_added_up_where_they_are_known(
    metrics: Metrics, telemetry: Telemetry
) -> None:
    for _ in range(2):
        observation = telemetry.begin("api", "greet")
        observation.worked = 500_000_000
        observation.end(Outcome.OK, bytes_in=10, bytes_out=100)
    text = shown(metrics)
    assert reading(text, "wasmflow_cpu_seconds_total", **LABELS) == 1
    assert reading(text, "wasmflow_received_bytes_total", **LABELS) == 20
    assert reading(text, "wasmflow_sent_bytes_total", **LABELS) == 200


def test_what_clients_invent_makes_no_labels(metrics: Metrics, telemetry: Telemetry) -> None:
    before = None
    for number in range(100):
        telemetry.begin("api", f"invented-{number}").end(Outcome.REFUSED)
        before = before or len(readings(shown(metrics)))
    assert len(readings(shown(metrics))) == before
    labels = {"trigger": "api", "component": "(other)"}
    ended = reading(shown(metrics), "wasmflow_transactions_total", outcome="refused", **labels)
    assert ended == 100


def test_what_is_no_component_has_a_label_of_its_own(
    metrics: Metrics, telemetry: Telemetry
) -> None:
    telemetry.begin("api", "(static)").end(Outcome.OK)
    labels = {"trigger": "api", "component": "(static)", "outcome": "ok"}
    assert reading(shown(metrics), "wasmflow_transactions_total", **labels) == 1


def test_the_build_and_the_process_are_shown(metrics: Metrics) -> None:
    text = shown(metrics)
    builds = [dict(labels) for name, labels in readings(text) if name == "wasmflow_build_info"]
    assert [build["version"] for build in builds] == [__version__]
    memory = reading(text, "process_resident_memory_bytes")
    assert memory is not None
    assert memory > 1e6


def test_who_asks_for_openmetrics_gets_it(metrics: Metrics, telemetry: Telemetry) -> None:
    telemetry.begin("api", "greet").end(Outcome.OK)
    text, content_type = metrics.exposition(
        "application/openmetrics-text; version=1.0.0, */*;q=0.1"
    )
    assert content_type.startswith("application/openmetrics-text; version=1.0.0")
    families = text_string_to_metric_families(text.decode())  # type: ignore[no-untyped-call]
    assert "wasmflow_transactions" in [each.name for each in families]


def test_what_is_written_together_is_counted_as_well() -> None:
    due: list[Callable[[], None]] = []
    metrics = Metrics({"greet"}, soon=due.append)
    telemetry = Telemetry([metrics])
    for outcome in (Outcome.OK, Outcome.OK, Outcome.ERROR):
        telemetry.begin("api", "greet").end(outcome)
    assert reading(shown(metrics), "wasmflow_transactions_total", outcome="ok", **LABELS) is None
    (write,) = due
    write()
    text = shown(metrics)
    assert reading(text, "wasmflow_transactions_total", outcome="ok", **LABELS) == 2
    assert reading(text, "wasmflow_transaction_duration_seconds_count", **LABELS) == 3


def test_what_comes_after_has_been_written_is_written_later() -> None:
    due: list[Callable[[], None]] = []
    metrics = Metrics({"greet"}, soon=due.append)
    observation = Telemetry([metrics]).begin("api", "greet")
    due.pop()()
    assert reading(shown(metrics), "wasmflow_transactions_in_flight", **LABELS) == 1
    observation.end(Outcome.OK)
    due.pop()()
    assert reading(shown(metrics), "wasmflow_transactions_in_flight", **LABELS) == 0


@given(st.lists(st.floats(0, 100)))
def test_durations_stand_in_the_buckets_in_which_the_library_puts_them(
    durations: list[float],
) -> None:
    metrics, registry = Metrics({"greet"}), CollectorRegistry()
    library = Histogram("it", "it", buckets=BUCKETS, registry=registry)
    for duration in durations:
        observation = Telemetry().begin("api", "greet")
        observation.duration = duration
        metrics.ended(observation)
        library.observe(duration)
    text, name = shown(metrics), "wasmflow_transaction_duration_seconds_bucket"
    for family in registry.collect():
        for sample in family.samples:
            if sample.name == "it_bucket" and durations:
                assert reading(text, name, **LABELS, **sample.labels) == sample.value
