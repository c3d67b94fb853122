"""A short soak: the service at full load, beside bad clients and killed workers. `make soak` takes longer."""

from __future__ import annotations

from bench.soak.soak import Extent, soak
from bench.soak.verdict import faults, table


async def test_nothing_is_wrong_or_lost_or_left_whatever_clients_do_and_whoever_dies() -> None:
    came = await soak(Extent(seconds=15, seed=1, honest=8, streaming=3, rude=8, pause=1))
    assert faults(came) == []
    assert len(table(came, [])) > 5
    counts = came.ledger.counts
    assert counts["answered"] > 0
    assert counts["streams ended"] > 0
    assert came.ledger.killed or came.ledger.reloads
