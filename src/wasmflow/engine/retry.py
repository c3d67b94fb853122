"""Repeats calls that broke: `retry` of an instance. An exception is an answer and is not repeated."""

from __future__ import annotations

import asyncio
import time

from wasmflow.component import Call, Outcome, Transaction
from wasmflow.engine.call import ENDED, Pending, Start
from wasmflow.engine.events import CallRepeated
from wasmflow.engine.failures import failures_in
from wasmflow.engine.strays import forget, strays_in
from wasmflow.graph.plan import Retry
from wasmflow.packet import Failure, Kind, Slot


def retrying(start: Start, retry: Retry, name: str) -> Start:
    """`start` that tries again after an error, with the attempt's number and a group of its own.

    A flow has broken if it left an error unhandled, too. What a broken attempt left unhandled goes
    with it. Waiting can be cancelled; where it would last beyond the deadline, and where the transaction has
    reached one of its limits, the error stands.
    """
    return _Retrying(start, retry, name).begin


class _Retrying:
    def __init__(self, start: Start, retry: Retry, name: str) -> None:
        self.start = start
        self.retry = retry
        self.name = name

    def begin(self, inputs: tuple[Slot, ...], call: Call) -> Outcome | Pending:
        # Attempts are numbered through: those of this call within those of the flows around it.
        first = call._replace(attempt=call.attempt * (self.retry.times + 1))
        before = len(call.transaction.strays)
        outcome = self.start(inputs, first)
        # Looking through all that went astray would take longer than most calls.
        unchanged = len(call.transaction.strays) == before
        if unchanged and isinstance(outcome, tuple) and not failures_in(outcome):
            return outcome
        if isinstance(outcome, ENDED) and _error(outcome, call) is None:
            return outcome
        return self._persist(outcome, inputs, first)

    async def _persist(
        self, outcome: Outcome | Pending, inputs: tuple[Slot, ...], first: Call
    ) -> Outcome:
        delay = self.retry.delay
        for number in range(1, self.retry.times + 1):
            outcome = await _settled(outcome)
            error = _error(outcome, first)
            if error is None or not _is_time_for(delay, first.transaction):
                return outcome
            again = first._replace(attempt=first.attempt + number, group=(*first.group, number))
            self._forget(error, again, delay)
            first.transaction.move(asyncio.get_running_loop().time() + delay)
            await asyncio.sleep(delay)  # lets others go on even if it is 0
            delay *= self.retry.factor
            outcome = self.start(inputs, again)
        return await _settled(outcome)

    def _forget(self, error: Failure, again: Call, delay: float) -> None:
        forget(again)
        listen = again.transaction.listen
        if listen is not None:
            listen(CallRepeated(again.path, self.name, again.attempt, error, delay))


async def _settled(outcome: Outcome | Pending) -> Outcome:
    return outcome if isinstance(outcome, ENDED) else await outcome


def _error(outcome: Outcome, call: Call) -> Failure | None:
    """The error that a call came to, on a port or with nowhere to go."""
    failures = (*failures_in(outcome), *strays_in(call))
    return next((failure for failure in failures if failure.kind is Kind.ERROR), None)


def _is_time_for(delay: float, transaction: Transaction) -> bool:
    if transaction.exhausted:
        return False
    return transaction.deadline is None or time.monotonic() + delay < transaction.deadline
