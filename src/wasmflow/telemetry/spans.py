"""The calls of one transaction as they happen: what each was, when, within which, and what it came to.

A `Recording` listens to a transaction, in place of everything else that costs; who wants it (`otel`)
reads it when the transaction has ended. It knows nothing of how spans are sent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Final, TypeAlias

from wasmflow.component import Outcome
from wasmflow.engine.events import CallEnded, CallStarted, TransactionBegan, TransactionEnded

#: Calls of one transaction that are recorded: one on a stream may make any number of them.
MOST: Final = 1000

_Key: TypeAlias = tuple[tuple[str, ...], tuple[int, ...]]


@dataclass(slots=True, eq=False)
class CallSpan:
    """One call; of a streaming component, from its constructor to its end."""

    #: As in `wasmflow.component.Call`; the edge's own call has an empty path.
    path: tuple[str, ...]
    component: str
    attempt: int
    elements: tuple[int, ...]
    #: The call of the flow that it is in; ``None`` for the transaction itself.
    parent: CallSpan | None
    #: Seconds of the clock.
    began: float
    #: ``None``, as its outcome, if it had not ended when its transaction did: it was cancelled.
    ended: float | None = None
    outcome: Outcome | None = None


class Recording:
    """Listens to one transaction. To be called with every event of it."""

    __slots__ = ("_clock", "_flow", "_open", "left_out", "spans")

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self._clock = clock
        #: In the order in which they began.
        self.spans: list[CallSpan] = []
        #: How many more there were.
        self.left_out = 0
        #: Attempts of one call follow each other, so that these are enough to tell calls apart.
        self._open: dict[_Key, CallSpan] = {}
        #: The call of the edge, until it tells of itself: a flow with streams does not.
        self._flow: CallSpan | None = None

    def __call__(self, event: object) -> None:
        if isinstance(event, CallStarted):
            self._start(event)
        elif isinstance(event, CallEnded):
            span = self._open.pop((event.path, event.elements), None)
            if span is not None:
                span.ended, span.outcome = self._clock(), event.outcome
        elif isinstance(event, TransactionBegan):
            self._flow = CallSpan((), event.component, 0, (), None, self._clock())
        elif isinstance(event, TransactionEnded):
            self._end_flow(event)

    def _start(self, event: CallStarted) -> None:
        path, elements = event.path, event.elements
        if path:
            self._add_flow()
        self._flow = None
        parent = self._around(path, elements) if path else None
        self._add(CallSpan(path, event.component, event.attempt, elements, parent, self._clock()))

    def _add(self, span: CallSpan) -> None:
        if len(self.spans) == MOST:
            self.left_out += 1
            return
        self.spans.append(span)
        self._open[span.path, span.elements] = span

    def _add_flow(self) -> None:
        flow, self._flow = self._flow, None
        if flow is not None:
            self._add(flow)

    def _end_flow(self, event: TransactionEnded) -> None:
        """End the span of a flow with streams, unless it was cancelled."""
        self._add_flow()
        flow = self._open.pop(((), ()), None)
        if flow is not None and not event.transaction.cancelled:
            flow.ended = self._clock()
            flow.outcome = event.failures[0] if event.failures else ()

    def _around(self, path: tuple[str, ...], elements: tuple[int, ...]) -> CallSpan | None:
        """The innermost call around this path that has not ended. A flow with streams within another
        makes none."""
        for length in range(len(path) - 1, -1, -1):
            for level in range(len(elements), -1, -1):
                if span := self._open.get((path[:length], elements[:level])):
                    return span
        return None
