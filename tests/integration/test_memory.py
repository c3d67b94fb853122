"""What a worker allocates for a request is freed, whatever comes of it. (Memory that it keeps for the next
one, as allocators do, is not counted here.)"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Final, TypeAlias

import pytest
from bench.soak.clients import Client
from bench.soak.honest import alone, pipelined
from bench.soak.ledger import Ledger
from bench.soak.rude import RUDENESSES, Rudeness, misbehave
from bench.soak.service import Service, serving, write_artifact
from bench.soak.soak import answers
from bench.soak.streaming import in_turn, lines

#: Turns between two looks, in so many rows at the same time.
TURNS: Final = 36
ROWS: Final = 6
LOOKS: Final = 4
#: Bytes less than a moment before at which something is still ending.
SETTLED: Final = 4096
#: Bytes of each turn that may stay.
LEAK: Final = 256
#: Those who misbehave in a moment, whatever the limits of time.
BRIEF: Final = (
    *("leaves at once", "leaves in headers", "leaves before the answer", "leaves within a stream"),
    *("leaves before many answers", "random bytes", "no number for a chunk"),
    *("broken JSON", "a missing input", "a page that is not there", "another method"),
    *("a guest that breaks", "a guest that says no"),
)

Turn: TypeAlias = Callable[[Client], Awaitable[None]]


async def _misbehave(rudeness: Rudeness, client: Client) -> None:
    await misbehave(client, rudeness, await client.connect(window=rudeness.window))


WAYS: Final[Mapping[str, Turn]] = {
    **{each.__name__: each for each in (alone, pipelined, lines, in_turn)},
    **{each.name: partial(_misbehave, each) for each in RUDENESSES if each.name in BRIEF},
}


@pytest.fixture(scope="module")
def counting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, Path]]:
    """A service of one worker, and where it tells how much memory it uses."""
    folder = tmp_path_factory.mktemp("memory")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parent / "counting"))
        patch.setenv("PYTHONMALLOC", "malloc")
        patch.setenv("COUNTING", str(folder / "counting"))
        with serving(write_artifact(folder), 1) as service:
            asyncio.run(_warm(service))
            yield service, folder / "counting"


async def _warm(service: Service) -> None:
    """Wait until it answers, and has answered so often that all is made that is made only once."""
    await answers(service, Ledger())
    await repeatedly(partial(alone, client_of(service)), 600)


def client_of(service: Service) -> Client:
    chance = random.Random(1)  # noqa: S311  it is to be repeated
    return Client("client", service.port, Ledger(), chance, asyncio.Event())


async def repeatedly(turn: Callable[[], Awaitable[None]], times: int) -> None:
    """In rows, at the same time."""

    async def row() -> None:
        for _ in range(times // ROWS):
            await turn()

    await asyncio.gather(*(row() for _ in range(ROWS)))


async def in_use(place: Path) -> int:
    """Bytes that the worker has allocated and not freed, when it has ended what it was asked for."""
    before, now = math.inf, await told(place)
    while now < before - SETTLED:
        await asyncio.sleep(0.05)
        before, now = now, await told(place)
    return now


async def told(place: Path) -> int:
    """What the worker tells."""
    reader, writer = await asyncio.open_unix_connection(place)
    try:
        return int(await reader.read())
    finally:
        writer.close()


async def staying(turn: Callable[[], Awaitable[None]], place: Path) -> float:
    """Bytes that stay of each turn: what is made only once is made between few of the looks."""
    sizes = []
    for _ in range(LOOKS):
        await repeatedly(turn, TURNS)
        sizes.append(await in_use(place))
    return min(after - before for before, after in pairwise(sizes)) / TURNS


@pytest.mark.parametrize("name", WAYS)
async def test_nothing_stays_of_a_request(name: str, counting: tuple[Service, Path]) -> None:
    service, place = counting
    client = client_of(service)
    stays = await staying(partial(WAYS[name], client), place)
    assert client.ledger.faults == []
    assert stays < LEAK
