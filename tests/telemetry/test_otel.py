"""What OpenTelemetry is told of a transaction."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode

from tests.fakes import error, exception
from wasmflow.component import Outcome as CallOutcome
from wasmflow.engine.events import CallEnded, CallStarted
from wasmflow.telemetry import spans
from wasmflow.telemetry.otel import SpanSink, resource_of
from wasmflow.telemetry.telemetry import Observation, Outcome, Telemetry
from wasmflow.version import __version__

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03"


def sent(
    act: Callable[[Observation], None], component: str = "greet", parent: str = PARENT
) -> list[ReadableSpan]:
    """The spans of a transaction to which this happens."""
    out: list[ReadableSpan] = []
    telemetry = Telemetry([SpanSink(out.append, Resource({}))], lambda *_: True)
    observation = telemetry.begin("api", component, parent, "vendor=1")
    act(observation)
    return out


def of_request(
    outcome: Outcome, status: int, message: str = "", method: str = "POST"
) -> ReadableSpan:
    def act(observation: Observation) -> None:
        about = {"method": method, "path": "/hello/bob", "route": "/hello/{name}"}
        observation.end(outcome, message, status=status, bytes_in=3, **about)

    (span,) = sent(act)
    return span


def of_call(outcome: CallOutcome | None) -> ReadableSpan:
    """Of a call in a flow, in a transaction."""

    def act(observation: Observation) -> None:
        listen = observation.listen
        assert listen is not None
        listen(CallStarted((), "flow", 0, ()))
        listen(CallStarted(("join", "left"), "text::concat", 1, (), (4,)))
        if outcome is not None:
            listen(CallEnded(("join", "left"), "text::concat", 1, outcome, (4,)))
        observation.end(Outcome.OK)

    whole, flow, call = sent(act)
    assert flow.parent == whole.context
    assert call.parent == flow.context
    return call


def test_a_request_is_a_span_of_a_server() -> None:
    span = of_request(Outcome.OK, 200)
    assert (span.name, span.kind) == ("POST /hello/{name}", SpanKind.SERVER)
    attributes = dict(span.attributes or {})
    assert attributes.pop("wasmflow.cpu_seconds") == 0
    assert attributes == {
        "http.request.method": "POST",
        "url.path": "/hello/bob",
        "http.route": "/hello/{name}",
        "http.response.status_code": 200,
        "http.request.body.size": 3,
        "wasmflow.trigger": "api",
        "wasmflow.component": "greet",
        "wasmflow.outcome": "ok",
    }


def test_it_goes_on_with_the_trace_of_its_caller() -> None:
    span = of_request(Outcome.OK, 200)
    assert span.parent is not None
    assert span.context is not None
    assert (span.parent.trace_id, span.parent.span_id) == (
        int(PARENT[3:35], 16),
        int(PARENT[36:52], 16),
    )
    assert span.parent.is_remote
    assert span.context.trace_id == span.parent.trace_id
    assert span.context.trace_flags == 3
    assert span.context.trace_state.to_header() == "vendor=1"


@pytest.mark.parametrize(
    ("outcome", "status", "code", "type_"),
    [
        (Outcome.OK, 200, StatusCode.UNSET, None),
        (Outcome.EXCEPTION, 422, StatusCode.UNSET, None),
        (Outcome.CANCELLED, 499, StatusCode.UNSET, None),
        (Outcome.ERROR, 500, StatusCode.ERROR, "500"),
        (Outcome.BUSY, 503, StatusCode.ERROR, "503"),
    ],
)
def test_a_request_failed_if_the_fault_is_ours(
    outcome: Outcome, status: int, code: StatusCode, type_: str | None
) -> None:
    span = of_request(outcome, status, "because")
    assert span.status.status_code is code
    assert (span.attributes or {}).get("error.type") == type_
    assert span.status.description == ("because" if type_ else None)


def test_a_method_that_nobody_knows_is_no_name() -> None:
    span = of_request(Outcome.REFUSED, 405, method="BREW")
    attributes = span.attributes or {}
    assert span.name == "HTTP /hello/{name}"
    assert attributes["http.request.method"] == "_OTHER"
    assert attributes["http.request.method_original"] == "BREW"


def test_a_conversation_begins_with_a_get() -> None:
    span = of_request(Outcome.OK, 101, method="WEBSOCKET")
    attributes = span.attributes or {}
    assert span.name == "WEBSOCKET /hello/{name}"
    assert attributes["http.request.method"] == "GET"
    assert attributes["network.protocol.name"] == "websocket"


@pytest.mark.parametrize("outcome", [Outcome.ERROR, Outcome.EXCEPTION, Outcome.BUSY])
def test_what_nobody_asked_for_by_http_failed_if_it_did_not_go_well(outcome: Outcome) -> None:
    (span,) = sent(lambda observation: observation.end(outcome, "x" * 10_000, packets=2))
    assert (span.name, span.kind) == ("greet", SpanKind.INTERNAL)
    assert span.status.status_code is StatusCode.ERROR
    assert len(span.status.description or "") < 5_000
    attributes = span.attributes or {}
    assert (attributes["error.type"], attributes["wasmflow.packets"]) == (outcome.value, 2)


def test_a_call_says_which_it_is() -> None:
    span = of_call(("ab",))
    assert (span.name, span.kind) == ("text::concat", SpanKind.INTERNAL)
    assert dict(span.attributes or {}) == {
        "wasmflow.component": "text::concat",
        "wasmflow.instance": "join/left",
        "wasmflow.attempt": 1,
        "wasmflow.elements": (4,),
    }
    assert span.status.status_code is StatusCode.UNSET
    assert span.start_time is not None
    assert span.end_time is not None
    assert span.start_time < span.end_time


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        (error("it broke"), "error"),
        (exception("no"), "exception"),
        ((1, exception("no")), "exception"),
    ],
)
def test_a_call_that_failed_has_the_failure_as_status_and_event(
    outcome: CallOutcome, kind: str
) -> None:
    span = of_call(outcome)
    assert span.status.status_code is StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == kind
    (event,) = span.events
    assert event.name == "exception"
    assert (event.attributes or {})["exception.type"] == f"wasmflow.{kind}"


def test_a_call_that_did_not_end_was_cancelled_with_its_transaction() -> None:
    span = of_call(None)
    assert (span.attributes or {})["wasmflow.outcome"] == "cancelled"
    assert span.status.status_code is StatusCode.UNSET
    assert span.end_time is not None


def test_calls_that_were_left_out_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spans, "MOST", 1)

    def act(observation: Observation) -> None:
        assert observation.listen is not None
        for element in range(3):
            observation.listen(CallStarted(("a",), "t::f", 0, (), (element,)))
        observation.end(Outcome.OK)

    whole, _ = sent(act)
    assert (whole.attributes or {})["wasmflow.spans_left_out"] == 2


def test_what_is_not_sampled_is_neither_recorded_nor_sent() -> None:
    out: list[ReadableSpan] = []
    observation = Telemetry([SpanSink(out.append, Resource({}))], lambda *_: False).begin(
        "api", "f"
    )
    assert (observation.listen, observation.recording) == (None, None)
    observation.end(Outcome.OK)
    assert out == []


def test_a_worker_says_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_SERVICE_NAME", raising=False)
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
    one, other = resource_of("shop", 3).attributes, resource_of("shop", 4).attributes
    expected = {
        "service.name": "shop",
        "wasmflow.version": __version__,
        "wasmflow.worker": 3,
        "deployment.environment.name": "test",
    }
    assert expected.items() <= dict(one).items()
    assert one["service.instance.id"] != other["service.instance.id"]


def test_its_user_may_call_it_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "till")
    assert resource_of("shop", 0).attributes["service.name"] == "till"
