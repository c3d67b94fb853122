"""One transaction from its beginning to its end: its deadline, its caller, its failures.

The host calls this for every way in. A component that finishes inline costs no task here either.
"""

from __future__ import annotations

import asyncio
from time import monotonic

from wasmflow.component import Call, Component, Outcome, Transaction
from wasmflow.engine.call import ENDED, Pending, guarded
from wasmflow.engine.events import TransactionBegan, TransactionEnded
from wasmflow.engine.failures import distinct, failures_in, timed_out
from wasmflow.engine.joins import reason_to_skip
from wasmflow.engine.outgoing import Outgoing
from wasmflow.engine.strays import settle
from wasmflow.packet import EMPTY, Failure, Kind, Slot


async def run_transaction(
    component: Component, inputs: tuple[Slot, ...], transaction: Transaction
) -> Outcome:
    """Call a component at the edge and return what it comes to when all that it started has ended.

    At the transaction's deadline what still runs is cancelled, and the outcome is a failure that
    says so. Where the caller leaves (this is cancelled), what runs is cancelled too. Both return
    when it has stopped, and set `transaction.cancelled` first, for work on other threads.
    `transaction.unhandled` then holds what had nowhere to go, in an order that no timing changes.
    """
    listen, name = transaction.listen, component.signature.name
    if listen is not None:
        listen(TransactionBegan(transaction, name))
    outcome: Outcome = ()
    try:
        outcome = await _run(component, inputs, transaction)
    finally:
        settle(transaction)
        if listen is not None:
            listen(TransactionEnded(transaction, failures(outcome, transaction)))
    return outcome


def failures(outcome: Outcome, transaction: Transaction) -> tuple[Failure, ...]:
    """Why a transaction that has ended failed, each failure once; empty if it did not.

    First the failures on its outputs, in their order, then those that had nowhere to go.
    """
    return tuple(distinct([*failures_in(outcome), *transaction.unhandled]))


async def _run(component: Component, inputs: tuple[Slot, ...], transaction: Transaction) -> Outcome:
    reason = reason_to_skip(inputs, component.signature.inputs)
    if isinstance(reason, Failure):
        return reason
    if reason is EMPTY:
        return (EMPTY,) * len(component.signature.outputs)
    limit = _time_left(transaction)
    if limit is not None and limit <= 0:
        return timed_out("the transaction's time limit was over before it began")
    outcome = guarded(component, component.signature.name)(inputs, Call(transaction))
    if isinstance(outcome, ENDED):
        return _within_limits(outcome, transaction)
    ended = await _attend(outcome, transaction)
    if ended is None:
        return timed_out("the transaction's time limit was reached")
    return _within_limits(ended, transaction)


def _within_limits(outcome: Outcome, transaction: Transaction) -> Outcome:
    """What it comes to, unless it has reached a limit, which no flow can handle."""
    outgoing = Outgoing(transaction)
    if outgoing.bounded and not isinstance(outcome, Failure):
        outgoing.count(outcome)
    if transaction.exhausted:
        return Failure(Kind.ERROR, transaction.exhausted)
    return outcome


def _time_left(transaction: Transaction) -> float | None:
    return None if transaction.deadline is None else transaction.deadline - monotonic()


async def _attend(waiting: Pending, transaction: Transaction) -> Outcome | None:
    """What is awaited; ``None`` if the deadline came first.

    It has a task of its own, so that this hears first when it has to stop and can tell other threads.
    """
    async with asyncio.TaskGroup() as group:
        task = group.create_task(waiting, name=transaction.id)
        try:
            done, _ = await asyncio.wait((task,), timeout=_time_left(transaction))
        except asyncio.CancelledError:
            transaction.cancelled = True
            raise
        if done:
            return task.result()
        transaction.cancelled = True
        task.cancel()
    return None
