"""Failures of packets: told as they come, each once, with the line of the input that they are of.

Used by the doors that lines come in by: the command line and HTTP.

Which line that is can be said of outputs in step with what is read: of these the n-th packet is of the
n-th element. Of others it cannot, and nothing is said.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from wasmflow.component import TransactionFailed
from wasmflow.errors import UsageError, WasmflowError
from wasmflow.packet import Failure


class Where(NamedTuple):
    """A part of what is read, as people count it."""

    #: ``line``, ``chunk`` or ``message``.
    unit: str
    #: That of the first is 1.
    number: int

    def __str__(self) -> str:
        return f"{self.unit} {self.number}"


#: Tells of an error, and where it belongs to if that is known.
Tell: TypeAlias = Callable[[Where | None, WasmflowError], None]

#: Failures that are remembered, so that one that comes out of several ports is told once.
_REMEMBERED: Final = 100
#: Runs of elements that are remembered: many more than can be under way between input and output.
_RUNS: Final = 1 << 13


class TooLong(UsageError):
    """A line that cannot be held."""


@dataclass(frozen=True, slots=True)
class Unfit(Failure):
    """A line that does not fit, in the place of its packet. Its message says where, for who handles it."""

    where: Where | None = None
    reason: str = ""
    #: Whether it could not be held.
    too_long: bool = False


class Telling:
    """Tells of failures."""

    def __init__(self, tell: Tell, where: Where | None = None) -> None:
        """`where`: what all belong to of which nothing else is known."""
        self._tell = tell
        self._where = where
        self._told: deque[tuple[Where | None, Failure]] = deque(maxlen=_REMEMBERED)
        #: Whether there was nothing to tell.
        self.fine = True

    def failure(self, failure: Failure, where: Where | None = None) -> None:
        """Tell of a failure, unless that has been done."""
        if isinstance(failure, Unfit):
            where = failure.where
            error: WasmflowError = (TooLong if failure.too_long else UsageError)(failure.reason)
        else:
            where = where or self._where
            error = TransactionFailed(failure)
        if not any(failure == told and where in (None, at) for at, told in self._told):
            self._told.append((where, failure))
            self.fine = False
            self._tell(where, error)

    def transaction(self, failed: TransactionFailed) -> None:
        """Tell of what a transaction failed with."""
        for failure in (failed.failure, *failed.also):
            self.failure(failure)


class Places:
    """Where the packets of outputs in step with the input belong to."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._given = 0
        self._next = 0
        #: The first element of each run of lines that follow each other, and the number of its line.
        self._runs: deque[tuple[int, int]] = deque(maxlen=_RUNS)
        #: How many packets have come out, of each port that has not ended.
        self.taken = 0

    def give(self, numbers: Iterable[int]) -> None:
        """The next elements are given, of the lines with these numbers."""
        for number in numbers:
            if number != self._next:
                self._runs.append((self._given, number))
            self._next = number + 1
            self._given += 1

    def where(self) -> Where | None:
        """Of the packet that came out last; ``None`` if it is not known any more, or of no element.

        What a component fails with at the end of a stream comes after the packets of all elements.
        """
        element = self.taken - 1
        if element >= self._given:
            return None
        for first, number in reversed(self._runs):
            if first <= element:
                return Where(self._unit, number + element - first)
        return None
