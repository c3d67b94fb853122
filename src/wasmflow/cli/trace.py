"""`invoke --verbose`: what happens in a transaction, told on standard error while it happens."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import singledispatchmethod

from wasmflow.cli.output import err, note, one_line, printable
from wasmflow.component import Outcome
from wasmflow.engine.events import (
    CallEnded,
    CallRepeated,
    CallSkipped,
    CallStarted,
    TransactionBegan,
    TransactionEnded,
)
from wasmflow.engine.failures import failures_in
from wasmflow.packet import Failure


class Trace:
    """A listener that writes a line about each call when it has ended, with how long it took."""

    def __init__(
        self,
        write: Callable[[str], None] = note,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._write = write
        self._clock = clock
        self._began = clock()
        self._calls: dict[tuple[tuple[str, ...], tuple[int, ...]], float] = {}
        self._terminal = err()

    @singledispatchmethod
    def __call__(self, event: object) -> None:
        """Tell of an event; of one that is unknown, nothing."""

    @__call__.register
    def _(self, event: TransactionBegan) -> None:
        self._began = self._clock()
        begun = event.transaction
        circumstances = f"--seed={begun.seed} --timestamp={begun.timestamp}"
        self._write(f"transaction {begun.id} of {printable(event.component)} {circumstances}")

    @__call__.register
    def _(self, event: CallStarted) -> None:
        self._calls[event.path, event.elements] = self._clock()

    @__call__.register
    def _(self, event: CallEnded) -> None:
        took = self._clock() - self._calls.pop((event.path, event.elements), self._clock())
        if event.path:
            self._line(event.path, event.component, _milliseconds(took) + _failed(event.outcome))

    @__call__.register
    def _(self, event: CallSkipped) -> None:
        why = "a failure passes" if isinstance(event.reason, Failure) else "nothing came"
        self._line(event.path, event.component, f"skipped: {why}")

    @__call__.register
    def _(self, event: CallRepeated) -> None:
        again = f"again in {event.delay:g} s (try {event.attempt + 1}): {event.error}"
        self._line(event.path, event.component, one_line(again))

    @__call__.register
    def _(self, event: TransactionEnded) -> None:
        took = _milliseconds(self._clock() - self._began)
        if event.transaction.cancelled:
            self._write(f"cancelled after {took}")
        else:
            self._write(f"{'failed' if event.failures else 'ended'} after {took}")

    def _line(self, path: tuple[str, ...], component: str, what: str) -> None:
        instance = self._terminal.bold(printable("/".join(path)))
        self._write(f"  {instance} ({printable(component)}) {what}")


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds:.2f} s"


def _failed(outcome: Outcome) -> str:
    failures = failures_in(outcome)
    return f": {one_line(str(failures[0]))}" if failures else ""
