"""What all clients of a soak have in common: whom they ask, and what it means if nobody answers."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bench.soak.connection import Broken, Connection
from bench.soak.ledger import Ledger

#: Seconds until a client whose connection broke tries again.
_AGAIN: Final = 0.05
#: What is counted where an answer was lost, and may have been.
LOST: Final = "lost with a killed worker or an idle connection"


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks whom, by chance."""

    name: str
    port: int
    ledger: Ledger
    chance: random.Random
    #: Is set when everybody is to leave.
    over: asyncio.Event

    async def connect(self, *, window: int = 0) -> Connection:
        return await Connection.open(self.port, self.ledger, window=window)


async def repeat(client: Client, ways: Mapping[Callable[[Client], Awaitable[None]], int]) -> None:
    """Do one of these, by their weights, again and again."""
    turns, weights = list(ways), list(ways.values())
    while not client.over.is_set():
        (turn,) = client.chance.choices(turns, weights)
        try:
            await turn(client)
        except Broken as broken:
            # The service has ended, or a fault has been written down.
            client.ledger.count(f"not answered: {broken}")
            await asyncio.sleep(_AGAIN)


async def connected(client: Client, *, window: int = 0) -> Connection:
    """A connection: it is a fault if there is none while the service runs. Raises `Broken`."""
    try:
        return await client.connect(window=window)
    except Broken as broken:
        if client.ledger.stopping is None:
            client.ledger.fault(f"{client.name}: {broken}")
        raise


def lost(client: Client, connection: Connection, error: Exception) -> Broken:
    """Write down that an answer was lost, unless that is excused."""
    if isinstance(error, Broken) and connection.excused:
        client.ledger.count(LOST)
        return error
    client.ledger.fault(f"{client.name}: no answer: {error}")
    return Broken(str(error))


def json_of(text: bytes) -> Any:
    """What JSON says; ``None`` for what is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None
