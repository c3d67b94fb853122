"""Failures with nowhere to go: each is kept with the place where that was, until its transaction ends.

Whoever made them in vain takes theirs back: a call that is repeated, an instance whose readers have left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from wasmflow.component import Call, Stray, Transaction
from wasmflow.engine.failures import in_order
from wasmflow.packet import Failure

#: How many are kept of one instance. An endless stream can leave failures without end; who is told of
#: these is told of no more.
MOST: Final = 1000


def stray(call: Call, failures: Iterable[Failure], tail: tuple[str, ...] = ()) -> None:
    """Failures went astray in the instance with this tail, or in the flow itself that `call` is of."""
    strays, path = call.transaction.strays, call.path + tail
    strays += [Stray(failure, path, call.elements) for failure in failures]


def strays_in(call: Call) -> list[Failure]:
    """What went astray in a call, or in what it called."""
    return [each.failure for each in call.transaction.strays if _is_in(each, call)]


def forget(call: Call) -> None:
    """Take back what went astray in a call."""
    strays = call.transaction.strays
    strays[:] = [each for each in strays if not _is_in(each, call)]


def _is_in(each: Stray, call: Call) -> bool:
    depth, level = len(call.path), len(call.elements)
    return each.path[:depth] == call.path and each.elements[:level] == call.elements


def trim(transaction: Transaction) -> None:
    """Keep no more of any instance than people want to be told."""
    counts: Counter[tuple[str, ...]] = Counter()
    kept = []
    for each in transaction.strays:
        counts[each.path] += 1
        if counts[each.path] <= MOST:
            kept.append(each)
    transaction.strays[:] = kept


def settle(transaction: Transaction) -> None:
    """The transaction has ended: what is astray now is what it left unhandled."""
    if not (transaction.strays or transaction.unhandled):
        return
    trim(transaction)
    failures = [*transaction.unhandled, *(each.failure for each in transaction.strays)]
    transaction.strays.clear()
    if failures:
        transaction.unhandled[:] = in_order(failures)
