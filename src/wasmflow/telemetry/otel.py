"""Makes OpenTelemetry's spans of transactions that have ended. Imported only where they are exported.

Names and attributes follow the semantic conventions where there are any.
Source: https://opentelemetry.io/docs/specs/semconv/http/http-spans/
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from random import getrandbits
from typing import Any, Final, TypeAlias

from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags, TraceState

from wasmflow.engine.failures import failures_in
from wasmflow.packet import Failure, Kind
from wasmflow.telemetry.spans import CallSpan, Recording
from wasmflow.telemetry.telemetry import Listener, Observation, Outcome
from wasmflow.telemetry.trace import TraceContext
from wasmflow.version import __version__

Attributes: TypeAlias = dict[str, Any]

#: Characters of one text. A component may fail with a text of megabytes.
_LONGEST: Final = 4096
_SCOPE: Final = InstrumentationScope("wasmflow", __version__)
#: What is known of a transaction, by the conventions; all else is called `wasmflow.…`.
_CONVENTIONS: Final = {
    "method": "http.request.method",
    "path": "url.path",
    "route": "http.route",
    "status": "http.response.status_code",
    "bytes_in": "http.request.body.size",
    "bytes_out": "http.response.body.size",
    "client": "client.address",
    "scheme": "url.scheme",
}
_METHODS: Final = frozenset(
    ("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE")
)
#: What triggers call the method of a conversation, which begins with a ``GET``.
_WEBSOCKET: Final = "WEBSOCKET"
_UNSET: Final = Status(StatusCode.UNSET)


def resource_of(service: str, worker: int) -> Resource:
    """This process; what ``OTEL_SERVICE_NAME`` and ``OTEL_RESOURCE_ATTRIBUTES`` say goes before."""
    ours: Attributes = {
        "service.name": service,
        "service.instance.id": str(uuid.uuid4()),
        "wasmflow.version": __version__,
        "wasmflow.worker": worker,
    }
    return Resource.create().merge(Resource(ours)).merge(OTELResourceDetector().detect())


class SpanSink:
    """Records transactions that were chosen for it, and hands on their spans when they have ended."""

    def __init__(self, send: Callable[[ReadableSpan], None], resource: Resource) -> None:
        self._send = send
        self._resource = resource

    def began(self, observation: Observation) -> Listener | None:
        if not observation.context.sampled:
            return None
        observation.recording = Recording()
        return observation.recording

    def ended(self, observation: Observation) -> None:
        if observation.recording is not None:
            for span in _Spans(observation, observation.recording, self._resource).all():
                self._send(span)


class _Spans:
    """Those of one transaction.

    They are made at once and as values, in a sixth of the time that a `Tracer` of the SDK takes to start
    and end each: it asks a sampler, looks for the current span, and takes locks, all for what is known.
    """

    def __init__(self, observation: Observation, recording: Recording, resource: Resource) -> None:
        self._observation = observation
        self._recording = recording
        self._resource = resource
        context = observation.context
        self._trace = int(context.trace, 16)
        self._flags = TraceFlags(TraceFlags.SAMPLED | context.random * TraceFlags.RANDOM_TRACE_ID)
        self._state = TraceState.from_header([context.state]) if context.state else TraceState()

    def all(self) -> Iterator[ReadableSpan]:
        """The transaction's, then those of its calls, in the order in which they began."""
        observation = self._observation
        own = self._context(int(observation.context.span, 16))
        yield self._transaction(own)
        contexts: dict[CallSpan | None, SpanContext] = {None: own}
        for call in self._recording.spans:
            contexts[call] = context = self._context(getrandbits(64) or 1)
            yield self._call(call, context, contexts[call.parent])

    def _context(self, span: int) -> SpanContext:
        return SpanContext(
            self._trace, span, is_remote=False, trace_flags=self._flags, trace_state=self._state
        )

    def _transaction(self, context: SpanContext) -> ReadableSpan:
        observation = self._observation
        end = observation.began + observation.duration
        return ReadableSpan(
            name_of(observation),
            context,
            _remote(observation.parent),
            self._resource,
            attributes_of(observation, self._recording.left_out),
            kind=SpanKind.SERVER if "method" in observation.about else SpanKind.INTERNAL,
            status=status_of(observation),
            start_time=_nanoseconds(observation.began),
            end_time=_nanoseconds(end),
            instrumentation_scope=_SCOPE,
        )

    def _call(self, call: CallSpan, context: SpanContext, parent: SpanContext) -> ReadableSpan:
        observation = self._observation
        attributes: Attributes = {"wasmflow.component": call.component}
        if call.path:
            attributes["wasmflow.instance"] = "/".join(call.path)
        if call.attempt:
            attributes["wasmflow.attempt"] = call.attempt
        if call.elements:
            attributes["wasmflow.elements"] = call.elements
        over = observation.began + observation.duration
        end = _nanoseconds(over if call.ended is None else observation.at(call.ended))
        failure = None
        if call.outcome is None:
            attributes["wasmflow.outcome"] = Outcome.CANCELLED.value
        elif failures := failures_in(call.outcome):
            failure = failures[0]
            attributes["error.type"] = failure.kind.value
        return ReadableSpan(
            call.component,
            context,
            parent,
            self._resource,
            attributes,
            [_exception(failure, end)] if failure else [],
            status=_error(str(failure)) if failure else _UNSET,
            start_time=_nanoseconds(observation.at(call.began)),
            end_time=end,
            instrumentation_scope=_SCOPE,
        )


# --- the transaction --------------------------------------------------------------------------


def name_of(observation: Observation) -> str:
    """What few others are called too: the route of a request, never its path."""
    about = observation.about
    if "method" not in about:
        return observation.component
    known = about["method"] in _METHODS or about["method"] == _WEBSOCKET
    method = about["method"] if known else "HTTP"
    return f"{method} {about['route']}" if about.get("route") else method


def attributes_of(observation: Observation, left_out: int = 0) -> Attributes:
    """What is known of a transaction."""
    attributes: Attributes = {
        "wasmflow.trigger": observation.trigger,
        "wasmflow.component": observation.component,
        "wasmflow.outcome": observation.outcome.value,
        "wasmflow.cpu_seconds": observation.worked / 1e9,
        **_conventional(observation.about),
    }
    if left_out:
        attributes["wasmflow.spans_left_out"] = left_out
    if error := _error_type(observation):
        attributes["error.type"] = error
    return attributes


def _conventional(about: Mapping[str, Any]) -> Attributes:
    attributes: Attributes = {}
    for name, value in about.items():
        if value is None or value == "":
            continue
        key = _CONVENTIONS.get(name, f"wasmflow.{name}")
        attributes[key] = value if isinstance(value, bool | int | float) else _short(str(value))
    method = about.get("method")
    if method == _WEBSOCKET:
        attributes |= {"http.request.method": "GET", "network.protocol.name": "websocket"}
    elif method is not None and method not in _METHODS:
        attributes["http.request.method"] = "_OTHER"
        attributes["http.request.method_original"] = _short(str(method))
    return attributes


def _error_type(observation: Observation) -> str:
    """Few words: a status where there is one. Empty if nothing failed."""
    if status_of(observation) is _UNSET:
        return ""
    return str(observation.about.get("status") or observation.outcome.value)


def status_of(observation: Observation) -> Status:
    """A request failed if the fault is ours; what nobody asked for by HTTP, if it did not go well."""
    status = observation.about.get("status")
    failed = (
        status >= 500
        if isinstance(status, int)
        else observation.outcome not in (Outcome.OK, Outcome.CANCELLED)
    )
    return _error(observation.message) if failed else _UNSET


# --- parts ------------------------------------------------------------------------------------


def _exception(failure: Failure, time: int) -> Event:
    kind = "exception" if failure.kind is Kind.EXCEPTION else "error"
    return Event(
        "exception",
        {"exception.type": f"wasmflow.{kind}", "exception.message": _short(failure.whole)},
        time,
    )


def _error(message: str) -> Status:
    return Status(StatusCode.ERROR, _short(message) or None)


def _remote(parent: TraceContext | None) -> SpanContext | None:
    if parent is None:
        return None
    flags = TraceFlags(TraceFlags.SAMPLED if parent.sampled else TraceFlags.DEFAULT)
    return SpanContext(int(parent.trace, 16), int(parent.span, 16), True, flags)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _nanoseconds(seconds: float) -> int:
    return int(seconds * 1e9)
