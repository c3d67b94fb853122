"""Watches the transactions of one process, and hands on what there is to know of each.

Triggers call `Telemetry.begin` when a transaction is asked for and `Observation.end` when it has been
answered. Those who want to know (`sinks`) are told once, at the end. What serves opens all that is
wanted with `wasmflow.telemetry.opening.open_telemetry`:

    async with open_telemetry(TelemetrySettings(components, place=place), log_sink) as telemetry:
        ...
        with telemetry.begin("api", "greet", traceparent, tracestate) as observation:
            packets = await host.invoke("greet", inputs, observation.circumstances(timeout=5))
            observation.end(Outcome.OK, method="POST", path="/greet", status=200)
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from time import perf_counter, time
from typing import Any, Protocol, TypeAlias

from wasmflow.component import Transaction
from wasmflow.host.host import Circumstances
from wasmflow.telemetry.spans import Recording
from wasmflow.telemetry.trace import TraceContext, new_trace, parse_traceparent

#: Is told what happens in a transaction, as the values of `wasmflow.engine.events`.
Listener: TypeAlias = Callable[[Any], None]
#: Whether a transaction's spans are recorded: its own context, and that of its caller.
Sampler: TypeAlias = Callable[[TraceContext, TraceContext | None], bool]
#: What `/metrics` shows, and its content type, to somebody with such an ``Accept`` header.
Exposition: TypeAlias = Callable[[str], Awaitable[tuple[bytes, str]]]


class Outcome(Enum):
    """How a transaction ended, as its caller sees it."""

    OK = "ok"
    #: The component said no.
    EXCEPTION = "exception"
    #: It broke, or reached a limit.
    ERROR = "error"
    #: What was asked for cannot be, or may not be asked for.
    REFUSED = "refused"
    #: There was too much to do already.
    BUSY = "busy"
    #: Whoever asked has left, or the service stopped.
    CANCELLED = "cancelled"

    # There is one object of each. That of `Enum` is written in Python, and asked several times a transaction.
    __hash__ = object.__hash__


@dataclass(slots=True, eq=False)
class Observation:
    """One transaction that is being watched. Whoever began it ends it, on every path.

    In a `with` block it has ended at its end in any case: as cancelled, or with the error that left.
    """

    telemetry: Telemetry
    #: As the manifest calls it, or the command line.
    trigger: str
    #: As it is declared; in parentheses what is none, such as ``(static)``. Never a client's words.
    component: str
    #: Its own span; below that of its caller, if he named one.
    context: TraceContext
    #: The span of its caller.
    parent: TraceContext | None = None
    #: What the transaction is to be listened to with; ``None`` if nobody wants to know.
    listen: Listener | None = None
    #: Seconds since 1970.
    began: float = field(default_factory=time)
    _clock: float = field(default_factory=perf_counter)
    ended: bool = False
    outcome: Outcome = Outcome.OK
    #: Seconds; known at its end.
    duration: float = 0.0
    #: Why it did not go well.
    message: str = ""
    #: Its calls, if they are recorded.
    recording: Recording | None = None
    #: Nanoseconds that components have worked, in transactions with its `circumstances`.
    worked: int = 0
    #: What else is known: ``method``, ``path``, ``route`` (the pattern), ``status``, ``bytes_in`` and
    #: ``bytes_out`` (of bodies, or messages of a WebSocket, as far as they came), ``packets``.
    about: dict[str, Any] = field(default_factory=dict)

    def circumstances(self, timeout: float | None = None) -> Circumstances:
        """Of a transaction that belongs to it."""
        watched = bool(self.telemetry.sinks)
        return Circumstances(
            timeout=timeout,
            trace=str(self.context),
            listen=self.listen,
            ended=self._count if watched else None,
        )

    def _count(self, transaction: Transaction) -> None:
        self.worked += transaction.spent_in_all

    def at(self, clock: float) -> float:
        """Seconds since 1970 when `time.perf_counter` said this."""
        return self.began + clock - self._clock

    def end(self, outcome: Outcome, message: str = "", **about: Any) -> None:
        """It has been answered. The first word counts; what is said after it is ignored."""
        if self.ended:
            return
        self.ended = True
        self.outcome, self.message = outcome, message
        self.duration = perf_counter() - self._clock
        if about:
            self.about.update(about)
        for sink in self.telemetry.sinks:
            sink.ended(self)

    def __enter__(self) -> Observation:
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if self.ended:
            return
        if isinstance(error, asyncio.CancelledError | GeneratorExit):
            self.end(Outcome.CANCELLED)
        elif error is not None:
            self.end(Outcome.ERROR, repr(error))
        else:
            self.end(Outcome.OK)


class Sink(Protocol):
    """Somebody who wants to know. Is quick, and raises nothing."""

    def began(self, observation: Observation) -> Listener | None:
        """A transaction begins. Returns what it wants to be told with while it runs, if anything."""

    def ended(self, observation: Observation) -> None: ...


class Telemetry:
    """Those who watch the transactions of this process."""

    def __init__(
        self,
        sinks: Sequence[Sink] = (),
        sampler: Sampler | None = None,
        exposition: Exposition | None = None,
    ) -> None:
        """Without a `sampler` no spans are recorded here, and what the caller wants is handed on."""
        self.sinks = tuple(sinks)
        self._sampler = sampler
        #: Reads the counts of all workers. ``None`` if nobody counts.
        self.exposition = exposition

    def begin(
        self, trigger: str, component: str, traceparent: str = "", tracestate: str = ""
    ) -> Observation:
        """A transaction is asked for. The last two are the headers of its caller, if he sent any."""
        parent = parse_traceparent(traceparent, tracestate) if traceparent else None
        context = parent.child() if parent else new_trace()
        if self._sampler is not None:
            context = context._replace(sampled=self._sampler(context, parent))
        observation = Observation(self, trigger, component, context, parent)
        listeners = [each for sink in self.sinks if (each := sink.began(observation))]
        if listeners:
            observation.listen = listeners[0] if len(listeners) == 1 else _all(listeners)
        return observation


#: Watches nothing: for what is not to be told of.
UNWATCHED = Telemetry()


def _all(listeners: Sequence[Listener]) -> Listener:
    def listen(event: Any) -> None:
        for each in listeners:
            each(event)

    return listen
