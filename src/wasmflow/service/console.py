"""Whoever started a service, as its supervisor sees him: `wasmflow.cli` is one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

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


class Console(Protocol):
    """Who wants to know how the service goes."""

    def loading(self, what: str, part: float | None) -> None:
        """This takes long, and so much of it is done if that is known (0 to 1)."""

    def serving(self, places: list[Listening]) -> None:
        """It takes work there, from now on, or again after a reload."""

    def reloading(self) -> None:
        """It is loaded anew."""

    def refused(self, error: Exception) -> None:
        """That has failed, and the service goes on as before."""

    def stopping(self, *, at_once: bool) -> None:
        """It takes no more work, and ends what runs."""
