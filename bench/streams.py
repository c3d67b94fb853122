"""Packets through chains of nodes: what a packet costs, one by one and in batches, on streams and values."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from bench.course import ADDED_NODES, CHAINS, Course, Row
from bench.floor import Floor
from bench.measure import Contestant, Figure, Work, race, repeat
from bench.ours import Opened, hosted
from wasmflow.types import model as wit

#: Packets in a chunk of what is fed.
CHUNK = 64
SHORT = "hello, world! "
LONG = "x" * 65536
#: The ways of doing it, and how many short packets each puts through one node in a round.
#: A transaction has `LEAST` at least, so that its beginning counts for little.
WAYS = {"lifted": 8000, "push": 8000, "push-many": 40_000, "core": 40_000}
LEAST = 512


def chain_rows() -> list[Row]:
    """A row for each length of chain and of text."""
    return [
        Row(f"{size} texts through {nodes} node{'s' * (nodes > 1)}", None, _through(nodes, text))
        for size, text in (("short", SHORT), ("64 KiB", LONG))
        for nodes in CHAINS
    ]


def _through(nodes: int, text: str) -> Callable[[Course], list[Figure]]:
    def measure(course: Course) -> list[Figure]:
        contestants = [
            *streamed(course, nodes, text),
            Contestant("ours, a transaction each", invoked(course, nodes, text), 1000 // nodes),
        ]
        return sized(race(course.effort, contestants), text)

    return measure


def streamed(course: Course, nodes: int, text: str) -> list[Contestant]:
    """All ways of sending packets through a chain as a stream."""
    return [
        Contestant(
            f"ours, {way}",
            through_stream(course, f"{way}-{nodes}", text),
            max(LEAST, (times if text == SHORT else times // 10) // nodes),
        )
        for way, times in WAYS.items()
    ]


def sized(figures: list[Figure], text: str) -> list[Figure]:
    """Figures whose piece of work is a packet of that text."""
    return [replace(figure, size=len(text.encode())) for figure in figures]


def added_stream_node(course: Course) -> list[Figure]:
    """One more node, for one packet: the difference between a chain of one and a chain of eleven."""
    chains = [c for nodes in (1, 1 + ADDED_NODES) for c in streamed(course, nodes, SHORT)]
    raced = race(course.effort, chains)
    one, many = raced[: len(WAYS)], raced[len(WAYS) :]
    costs = {
        way: (b.best - a.best) / ADDED_NODES for way, a, b in zip(WAYS, one, many, strict=True)
    }
    concat = Floor("concat", (wit.STRING, wit.STRING), SHORT, "!").warm()
    floor = race(course.effort, [Contestant("floor", repeat(concat), 10_000)])
    host = costs.pop("core")
    ours = [Figure(f"ours, {way}", cost, cost / host) for way, cost in costs.items()]
    called = Figure("floor", floor[0].best, floor[0].best / host)
    return [Figure("ours, core", host, 1.0), *ours, called]


def through_stream(course: Course, component: str, text: str) -> Work:
    """Packets through a chain in one transaction; a piece of work is a packet."""
    opened = Opened(course.chains)

    async def work(times: int) -> None:
        host = await opened.host()
        port = host.signature(component).inputs[0].name
        received = 0
        async with host.stream(component, {}, {(port,): _chunks(text, times)}) as stream:
            async for _ in stream:
                received += 1
        assert received == times

    return work


def invoked(course: Course, nodes: int, text: str) -> Work:
    """Packets through a chain in a transaction each."""
    return hosted(course.chains, lambda host: host.invoke(f"values-{nodes}", {"left": text}))


async def _chunks(text: str, count: int) -> AsyncIterator[list[tuple[str]]]:
    for start in range(0, count, CHUNK):
        yield [(text,)] * min(CHUNK, count - start)
