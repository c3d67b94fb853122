"""Whoever started a service, as its supervisor sees him: `wasmflow.cli` is one."""

from __future__ import annotations

import signal
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Protocol

from wasmflow.service.plan import Plan
from wasmflow.service.sockets import Door
from wasmflow.triggers.address import Address


@dataclass(frozen=True, slots=True)
class Listening:
    """One place where the service listens."""

    #: Of the trigger; empty for health and metrics.
    name: str
    #: ``http`` or ``https``.
    scheme: str
    #: With the port that was found free, where any would do.
    address: Address

    def __str__(self) -> str:
        return f"{self.scheme}://{self.address}"


def listening(doors: Iterable[Door], secure: frozenset[str]) -> list[Listening]:
    """Every place; `secure` are the names of triggers with TLS."""
    return [
        Listening(door.name, "https" if door.name in secure else "http", address)
        for door in doors
        for address in door.bound
    ]


@dataclass(frozen=True, slots=True)
class Serving:
    """That a service takes work."""

    places: list[Listening]
    #: How often it has been loaded, beginning with 1.
    generation: int
    #: Seconds that this took.
    seconds: float


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of the transactions that were at work when something stopped, as far as that is known."""

    #: Those that have ended by themselves.
    finished: int
    cancelled: int
    #: Seconds until nothing was left.
    seconds: float

    def told(self) -> dict[str, float]:
        """The fields of a record."""
        return {**asdict(self), "seconds": round(self.seconds, 3)}


def together(endings: Iterable[Ending]) -> Ending:
    """Of several that have stopped at the same time."""
    all_ = list(endings)
    return Ending(
        sum(each.finished for each in all_),
        sum(each.cancelled for each in all_),
        max((each.seconds for each in all_), default=0.0),
    )


class Console(Protocol):
    """Who wants to know how the service goes."""

    def starting(self, plan: Plan) -> None:
        """It begins."""

    def loading(self, what: str, part: float | None) -> None:
        """This takes long, and so much of it is done if that is known (0 to 1)."""

    def serving(self, serving: Serving) -> None:
        """It takes work from now on, or is another one after a reload."""

    def reloading(self) -> None:
        """It is loaded anew."""

    def refused(self, error: Exception) -> None:
        """That has failed, and the service goes on as before."""

    def stopping(self, by: signal.Signals, *, at_once: bool) -> None:
        """It takes no more work, and ends what runs."""

    def stopped(self, ending: Ending) -> None:
        """Nothing of it runs any more."""

    def failed(self, error: Exception) -> None:
        """It does not start; whoever started it is given the error, too."""
