"""How many transactions work at one time: the others wait for their turn, in order, or are refused."""

from __future__ import annotations

import asyncio
from collections import deque
from time import monotonic

from wasmflow.component import Transaction, TransactionFailed
from wasmflow.engine.failures import timed_out
from wasmflow.errors import BusyError


class Admission:
    """The places of one host for transactions. Belongs to one event loop."""

    def __init__(self, most: int, waiting: int) -> None:
        self._most = most
        self._most_waiting = waiting
        self._free = most
        self._queue: deque[asyncio.Future[None]] = deque()

    def enter(self) -> bool:
        """Take a place, if there is one. Whoever has one gives it back with `leave`."""
        if self._free <= 0:
            return False
        self._free -= 1
        return True

    async def wait(self, transaction: Transaction) -> None:
        """Take the next place that is free.

        Raises `BusyError` if too many wait already, and `TransactionFailed` if the transaction's
        deadline comes first.
        """
        if len(self._queue) >= self._most_waiting:
            raise BusyError(
                f"busy: {self._most:,} transactions are at work, and {len(self._queue):,} wait for "
                "their turn; try again later"
            )
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            async with asyncio.timeout(_time_left(transaction)):
                await turn
        except TimeoutError:
            self._give_up(turn)
            raise TransactionFailed(
                timed_out("its time limit was reached while it waited for its turn")
            ) from None
        except BaseException:
            self._give_up(turn)
            raise

    def leave(self) -> None:
        """Give a place back: whoever has waited longest has it now."""
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
            # Who waited has been cancelled, and has not heard of it yet.
        self._free += 1

    def _give_up(self, turn: asyncio.Future[None]) -> None:
        if turn in self._queue:
            self._queue.remove(turn)
        elif not turn.cancelled():
            self.leave()


def _time_left(transaction: Transaction) -> float | None:
    return None if transaction.deadline is None else transaction.deadline - monotonic()
