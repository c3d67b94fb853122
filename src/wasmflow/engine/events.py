"""What happened, as values: for tracing, for tests and for the curious.

The engine tells them to `Transaction.listen` while it runs; with no listener none is made. They
carry no time and no order beyond that in which they are told: calls that run beside each other tell
theirs as they come. A listener must be quick and must not raise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from wasmflow.component import Outcome, Transaction
from wasmflow.packet import Empty, Failure, Slot


@dataclass(frozen=True, slots=True)
class TransactionBegan:
    transaction: Transaction
    component: str


@dataclass(frozen=True, slots=True)
class TransactionEnded:
    """`failures` is empty if it succeeded, and if its caller left (`transaction.cancelled`)."""

    transaction: Transaction
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class CallStarted:
    """A component fires. The edge's own call has an empty path."""

    path: tuple[str, ...]
    component: str
    attempt: int
    inputs: tuple[Slot, ...]
    #: As in `Call`.
    elements: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class CallEnded:
    """Follows every `CallStarted` of the same path, elements and attempt, unless the call was cancelled."""

    path: tuple[str, ...]
    component: str
    attempt: int
    outcome: Outcome
    elements: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class CallSkipped:
    """An instance did not fire: a failure passes it, or a required input has nothing."""

    path: tuple[str, ...]
    component: str
    reason: Failure | Empty


@dataclass(frozen=True, slots=True)
class CallRepeated:
    """A call came to an error and will be tried again after `delay` seconds."""

    path: tuple[str, ...]
    component: str
    #: Of the try to come.
    attempt: int
    error: Failure
    delay: float


Event: TypeAlias = (
    TransactionBegan | TransactionEnded | CallStarted | CallEnded | CallSkipped | CallRepeated
)
