"""Counts what a transaction sends to its caller, where there is a limit on that."""

from __future__ import annotations

from collections.abc import Iterable

from wasmflow.component import Transaction
from wasmflow.engine.weight import weight
from wasmflow.packet import EMPTY, Failure, Slot


class Outgoing:
    """What one transaction has sent so far. Failures and gaps are not counted."""

    def __init__(self, transaction: Transaction) -> None:
        limits = transaction.limits
        self._transaction = transaction
        self._most_bytes = limits.transaction_output_bytes
        self._most_packets = limits.transaction_output_packets
        #: Whether there is anything to count.
        self.bounded = self._most_bytes is not None or self._most_packets is not None
        self._bytes = 0
        self._packets = 0

    def count(self, slots: Iterable[Slot]) -> bool:
        """Count what is to be sent next. Says whether it may be; if not, the transaction is exhausted."""
        sent = [slot for slot in slots if slot is not EMPTY and not isinstance(slot, Failure)]
        self._packets += len(sent)
        if self._most_packets is not None and self._packets > self._most_packets:
            return self._end(f"more than {self._most_packets:,} packets")
        if self._most_bytes is not None:
            self._bytes += sum(map(weight, sent))
            if self._bytes > self._most_bytes:
                return self._end(f"more than {self._most_bytes:,} bytes")
        return True

    def _end(self, what: str) -> bool:
        self._transaction.exhausted = f"its transaction has sent {what}, its limit"
        return False
