"""The same chains by flow runners in Node.js: nodes that each append a character to a text."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

from bench.course import CHAINS, Course, Row
from bench.measure import Contestant, Figure, Work, race
from bench.peers.node import Driver, driver
from bench.streams import SHORT, sized, streamed

PEERS = ("noflo", "node-red")
#: Short packets through one node in a round.
TIMES = 20_000


def peer_rows() -> list[Row]:
    """A row for each length of chain."""
    return [Row(f"short texts through {n} node{'s' * (n > 1)}", None, _beside(n)) for n in CHAINS]


def _beside(nodes: int) -> Callable[[Course], list[Figure]]:
    def measure(course: Course) -> list[Figure]:
        ours = [c for c in streamed(course, nodes, SHORT) if c.name != "ours, core"]
        with ExitStack() as running:
            theirs = [
                Contestant(
                    f"{name}, not isolated",
                    _driven(running.enter_context(driver(name)), nodes),
                    TIMES // nodes,
                )
                for name in PEERS
            ]
            isolated = [replace(c, name=f"{c.name}, isolated") for c in ours]
            return sized(race(course.effort, [*isolated, *theirs]), SHORT)

    return measure


def _driven(peer: Driver, nodes: int) -> Work:
    async def work(times: int) -> None:
        peer.run(nodes, times, SHORT)

    return work
