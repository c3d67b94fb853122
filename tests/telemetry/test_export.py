"""Whether spans are exported, and that they arrive."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from importlib.machinery import ModuleSpec

import pytest
from bench.course import Course, lay_out
from bench.measure import QUICK

from tests.telemetry.collector import Collector, collecting
from wasmflow.errors import UsageError
from wasmflow.host.host import Host, open_host
from wasmflow.telemetry.export import is_wanted, open_export
from wasmflow.telemetry.opening import TelemetrySettings, open_telemetry
from wasmflow.telemetry.telemetry import Outcome, Telemetry

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


# --- what variables say -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, False),
        ({ENDPOINT: "http://localhost:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://localhost:4318/v1/traces"}, True),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({ENDPOINT: "http://localhost:4318", "OTEL_TRACES_EXPORTER": "none"}, False),
        ({ENDPOINT: "http://localhost:4318", "OTEL_SDK_DISABLED": "TRUE"}, False),
        ({ENDPOINT: ""}, False),
    ],
)
def test_the_standard_variables_turn_it_on_and_off(
    environment: dict[str, str], wanted: bool
) -> None:
    assert is_wanted(environment) is wanted


def test_an_exporter_that_there_is_none_of_is_named() -> None:
    with pytest.raises(UsageError, match=r"OTEL_TRACES_EXPORTER is 'zipkin'.*'otlp'"):
        is_wanted({"OTEL_TRACES_EXPORTER": "zipkin"})


def test_a_protocol_that_cannot_be_spoken_is_named() -> None:
    with pytest.raises(UsageError, match=r"OTEL_EXPORTER_OTLP_PROTOCOL is 'grpc'.*http/protobuf"):
        open_export("shop", 0, {ENDPOINT: "http://x", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"})


class _Missing:
    """Has every import of OpenTelemetry fail, as where it is not installed."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name.startswith("opentelemetry"):
            raise ModuleNotFoundError(name=name)
        return None


async def test_an_extra_that_is_missing_is_an_error_that_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [name for name in sys.modules if name.startswith("opentelemetry")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [_Missing(), *sys.meta_path])
    with pytest.raises(UsageError, match=rf"{ENDPOINT} is set.*pip install 'wasmflow\[otel\]'"):
        async with open_telemetry(TelemetrySettings(environment={ENDPOINT: "http://x"})):
            pass


# --- what arrives -----------------------------------------------------------------------------


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """One that the variables of this process name."""
    with collecting() as collector:
        monkeypatch.setenv(ENDPOINT, collector.url)
        monkeypatch.setenv("OTEL_SERVICE_NAME", "shop")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield collector


@pytest.fixture
def course() -> Iterator[Course]:
    with lay_out(QUICK) as course:
        yield course


async def invoked(host: Host, telemetry: Telemetry) -> None:
    with telemetry.begin("api", "many", PARENT) as observation:
        await host.invoke("many", {"left": "a", "right": "b"}, observation.circumstances())
        observation.end(Outcome.OK, method="POST", path="/many", route="/{name}", status=200)


async def test_the_spans_of_a_flow_arrive_as_one_trace(
    collector: Collector, course: Course
) -> None:
    async with (
        open_host(course.flow) as host,
        open_telemetry(TelemetrySettings(worker=2, metrics=False)) as telemetry,
    ):
        await invoked(host, telemetry)
        assert collector.spans == []
    assert set(collector.paths) == {"/v1/traces"}
    whole, edge, *calls = collector.spans
    assert {span.trace_id.hex() for span in collector.spans} == {PARENT[3:35]}
    assert whole.parent_span_id.hex() == PARENT[36:52]
    assert edge.parent_span_id == whole.span_id
    assert {span.parent_span_id for span in calls} == {edge.span_id}
    assert [span.name for span in (whole, edge)] == ["POST /{name}", "many"]
    assert [span.name for span in calls] == ["text::concat"] * 11
    assert all(whole.start_time_unix_nano <= span.start_time_unix_nano for span in calls)
    assert all(span.end_time_unix_nano <= whole.end_time_unix_nano for span in calls)
    (resource,) = collector.resources
    assert (resource["service.name"], resource["wasmflow.worker"]) == ("shop", 2)


@pytest.mark.parametrize(
    ("component", "elements"), [("push-3", [[], [], []]), ("lifted-1", [["0"], ["1"]])]
)
async def test_what_works_on_streams_has_spans_too(
    collector: Collector, course: Course, component: str, elements: list[list[str]]
) -> None:
    async def chunks() -> AsyncIterator[list[tuple[str]]]:
        yield [("a",), ("b",)]

    async with (
        open_host(course.chains) as host,
        open_telemetry(TelemetrySettings(metrics=False)) as telemetry,
    ):
        with telemetry.begin("api", component) as observation:
            stream = host.stream(component, {}, {("left",): chunks()}, observation.circumstances())
            async with stream as lines:
                assert len([line async for line in lines]) == 2
    whole, *calls = collector.spans
    inner = [span for span in calls if "::" in span.name]
    assert len(inner) == len(elements)
    (flow,) = (span for span in calls if span.name == component)
    assert flow.parent_span_id == whole.span_id
    assert {span.parent_span_id for span in inner} == {flow.span_id}
    assert all(span.end_time_unix_nano <= whole.end_time_unix_nano for span in inner)
    numbers = [
        [str(each.int_value) for each in attribute.value.array_value.values]
        for span in inner
        for attribute in span.attributes
        if attribute.key == "wasmflow.elements"
    ]
    assert sorted(numbers) == [each for each in elements if each]


@pytest.mark.parametrize(("sampler", "spans"), [("always_off", 0), ("parentbased_always_off", 1)])
async def test_what_is_not_sampled_does_not_arrive(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, sampler: str, spans: int
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", sampler)
    async with open_telemetry(TelemetrySettings(metrics=False)) as telemetry:
        telemetry.begin("api", "greet").end(Outcome.OK)
        telemetry.begin("api", "greet", PARENT).end(Outcome.OK)
    assert len(collector.spans) == spans


async def test_a_collector_that_refuses_fails_nothing(
    collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    collector.status = 400
    async with open_telemetry(TelemetrySettings(metrics=False)) as telemetry:
        telemetry.begin("api", "greet").end(Outcome.OK)
    assert "Failed to export" in caplog.text


async def test_a_collector_that_hangs_is_not_waited_for(
    collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    collector.answering.clear()
    settings = TelemetrySettings(metrics=False, flushing=0.01)
    async with open_telemetry(settings) as telemetry:
        for _ in range(5_000):
            telemetry.begin("api", "greet").end(Outcome.OK)
    # It still has not answered the first.
    assert not collector.answering.is_set()
    assert len(collector.requests) <= 1
    assert "Queue full, dropping" in caplog.text


async def test_a_collector_that_is_not_there_fails_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with collecting() as gone:
        monkeypatch.setenv(ENDPOINT, gone.url)
    async with open_telemetry(TelemetrySettings(metrics=False, flushing=0.01)) as telemetry:
        observation = telemetry.begin("api", "greet")
        observation.end(Outcome.OK)
    assert observation.outcome is Outcome.OK
