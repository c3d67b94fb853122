"""Watches the transactions of one process, and hands on what there is to know of each.

Triggers call `Telemetry.begin` when a transaction is asked for and `Observation.end` when it has been
answered. Those who want to know (`sinks`) are told once, at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from time import perf_counter, time
from typing import Any, Protocol

from wasmflow.telemetry.trace import TraceContext, new_trace, parse_traceparent


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


@dataclass(slots=True, eq=False)
class Observation:
    """One transaction that is being watched."""

    telemetry: Telemetry
    trigger: str
    component: str
    #: Its own span; below that of its caller, if he named one.
    context: TraceContext
    #: The span of its caller.
    parent: TraceContext | None = None
    #: What the transaction is to be listened to with; ``None`` if nobody wants to know.
    listen: Callable[[Any], None] | None = None
    #: Seconds since 1970.
    began: float = field(default_factory=time)
    _clock: float = field(default_factory=perf_counter)
    outcome: Outcome = Outcome.OK
    #: Seconds; known at its end.
    duration: float = 0.0
    #: Why it did not go well.
    message: str = ""
    #: What else is known, such as ``method``, ``path`` and ``status``.
    about: dict[str, Any] = field(default_factory=dict)

    def end(self, outcome: Outcome, message: str = "", **about: Any) -> None:
        """It has been answered."""
        self.outcome, self.message = outcome, message
        self.duration = perf_counter() - self._clock
        if about:
            self.about.update(about)
        for sink in self.telemetry.sinks:
            sink.ended(self)


class Sink(Protocol):
    """Somebody who wants to know. Is quick, and raises nothing."""

    def listener(self, observation: Observation) -> Callable[[Any], None] | None:
        """What it wants to be told of the transaction while it runs."""

    def ended(self, observation: Observation) -> None: ...


class Telemetry:
    """Those who watch the transactions of this process."""

    def __init__(self, sinks: Sequence[Sink] = ()) -> None:
        self.sinks = tuple(sinks)

    def begin(self, trigger: str, component: str, traceparent: str = "") -> Observation:
        """A transaction is asked for; `traceparent` is what its caller says, if anything."""
        parent = parse_traceparent(traceparent) if traceparent else None
        context = parent.child() if parent else new_trace()
        observation = Observation(self, trigger, component, context, parent)
        listeners = [each for sink in self.sinks if (each := sink.listener(observation))]
        if listeners:
            observation.listen = listeners[0] if len(listeners) == 1 else _all(listeners)
        return observation


def _all(listeners: Sequence[Callable[[Any], None]]) -> Callable[[Any], None]:
    def listen(event: Any) -> None:
        for each in listeners:
            each(event)

    return listen
