"""A transaction with streams as its caller sees it: lines of packets out, until all ports have ended."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from enum import Enum
from typing import Final, TypeAlias

from wasmflow.component import Signature, Transaction, TransactionFailed
from wasmflow.engine.edge import StreamTransaction
from wasmflow.engine.failures import distinct
from wasmflow.engine.standing import Standing
from wasmflow.errors import UsageError
from wasmflow.packet import EMPTY, Failure, Slot

#: Different failures on its outputs that a transaction tells of.
MOST_TOLD: Final = 100

#: Output port to what it sent, in the order of the signature: a value, or a failure.
Line: TypeAlias = dict[str, object]


class End(Enum):
    """The type of `END`."""

    END = "end"


#: Stands in a line of packets for the end of a port.
END: Final = End.END


class Stream:
    """A running transaction. Use it in an `async with` block: leaving it early cancels what runs."""

    def __init__(
        self,
        running: StreamTransaction,
        signature: Signature,
        admit: Callable[[Transaction], Awaitable[None]],
        release: Callable[[Transaction], None],
    ) -> None:
        """`admit` lets the transaction begin; `release` is called when nothing of it runs any more."""
        self._running = running
        self._admit = admit
        self._release = release
        self._names = [port.name for port in signature.outputs]
        self._failures: list[Failure] = []

    async def __aenter__(self) -> Stream:
        await self._admit(self._running.transaction)
        try:
            await self._running.__aenter__()
        except BaseException:
            self._release(self._running.transaction)
            raise
        return self

    async def __aexit__(self, *error: object) -> None:
        try:
            await self._running.__aexit__(*error)
        finally:
            self._release(self._running.transaction)

    async def __aiter__(self) -> AsyncIterator[Line]:
        """Lines of values: ports in step share one, a gap or a failure being an absent port.

        Raises `TransactionFailed` after the last line if anything failed and was not handled.
        """
        if not self._running.begun:
            raise UsageError("the stream has not begun: iterate over it in its 'async with' block")
        while (taken := await self._running.take()) is not None:
            line = self._values(taken)
            if line:
                yield line
        await self.check()

    async def packets(self) -> AsyncIterator[dict[str, Slot | End]]:
        """All packets as they are, failures and gaps (`EMPTY`) included, and the `END` of each port.

        Raises what only a bug of ours can raise.
        """
        open_ = dict(enumerate(self._names))
        while (taken := await self._running.take()) is not None:
            yield {self._names[index]: slot for index, slot in taken}
            for index in open_.keys() & self._running.exhausted:
                yield {open_.pop(index): END}
        for name in open_.values():
            yield {name: END}
        await self._running.ended()

    async def check(self) -> None:
        """Wait for the end of the transaction. Raises `TransactionFailed` if it failed."""
        await self._running.ended()
        failed = distinct([*self._failures, *self._running.transaction.unhandled])
        if failed:
            raise TransactionFailed(failed[0], tuple(failed[1:]))

    def statistics(self) -> list[Standing]:
        """What every part of it does at the moment, and what it waits for."""
        return self._running.statistics()

    def _values(self, taken: list[tuple[int, Slot]]) -> Line:
        line: Line = {}
        for index, slot in taken:
            if isinstance(slot, Failure):
                self._note(slot)
            elif slot is not EMPTY:
                line[self._names[index]] = slot
        return line

    def _note(self, failure: Failure) -> None:
        if len(self._failures) < MOST_TOLD and failure not in self._failures:
            self._failures.append(failure)
