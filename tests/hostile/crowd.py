"""Honest transactions of many kinds, and what the process holds while nobody runs.

Each checks its own answer, which is never anything but what it would be if it were alone.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import itertools
import os
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from tests.collections.wasm.guests import ROOT, collection
from wasmflow.collections.wasm.runtime import process_runtime
from wasmflow.host.host import Circumstances, Host
from wasmflow.host.settings import Settings
from wasmflow.packet import Slot

#: The component of the measurements, without the comment above it.
TEXT: Final = (ROOT / "bench" / "wat" / "text.wat").read_text().partition("\n")[2]
#: Honest callers at one time.
CALLERS: Final = 8
_FIXED: Final = Circumstances(seed=7, timestamp=1_700_000_000_000)


class Crowd:
    """Runs honest transactions. May be used from several event loops, one after the other."""

    def __init__(self, text: Host, counter: Host, world: Host, streams: Host, long: Host) -> None:
        self._text = text
        self._counter = counter
        self._world = world
        self._streams = streams
        self._long = long
        self._thrown: object = None
        self._numbers = itertools.count()
        #: Transactions that have ended well.
        self.served = 0
        short = (*(self._joins, self._counts) * 4, self._throws_dice) * 2
        self._turns: tuple[Callable[[], Awaitable[None]], ...] = (
            *(*short, self._adds_up),
            *(*short, self._takes_long),
        )

    async def serve(self, times: int, until: Callable[[], bool] = lambda: True) -> None:
        """So many transactions, and more until the condition holds; several at a time."""
        left = itertools.count(times, -1)
        async with asyncio.TaskGroup() as group:
            for _ in range(CALLERS):
                group.create_task(self._call(left, until))

    async def _call(self, left: Iterator[int], until: Callable[[], bool]) -> None:
        while next(left) > 0 or not until():
            await self._turns[next(self._numbers) % len(self._turns)]()
            self.served += 1
            # A transaction that never waits gives others no turn.
            await asyncio.sleep(0)

    async def _joins(self) -> None:
        left = f"é{next(self._numbers)}"
        assert await self._text.invoke("concat", {"left": left, "right": "b"}) == {
            "output": f"{left}b"
        }

    async def _counts(self) -> None:
        """Whether anybody has used its memory before."""
        assert await self._counter.invoke("next", {}) == {"output": 1}

    async def _throws_dice(self) -> None:
        thrown = await self._world.invoke("random", {}, _FIXED)
        assert thrown == (self._thrown or thrown)
        self._thrown = thrown

    async def _adds_up(self) -> None:
        async with self._streams.stream("adder", {"start": 1}, {("x",): _numbers()}) as stream:
            assert [line["output"] async for line in stream] == [2, 4, 7]

    async def _takes_long(self) -> None:
        assert await self._long.invoke("count", {"to": 1_000_000}) == {"output": 1_000_000}


async def _numbers() -> AsyncIterator[Sequence[tuple[Slot, ...]]]:
    yield [(1,), (2,), (3,)]


@contextmanager
def crowd() -> Iterator[Crowd]:
    """The crowd, until the end of the block."""
    with ExitStack() as stack:
        opened = [
            stack.enter_context(closing(collection(text)))
            for text in (TEXT, "counter", "sandbox", "streams", "broken")
        ]
        yield Crowd(*(Host(each, Settings()) for each in opened))


class Footprint(NamedTuple):
    """What the process holds."""

    stores: int
    descriptors: int
    threads: int
    #: Bytes in memory.
    resident: int


#: Of the thread that counts epochs: it ends by itself some time after the last store.
_COMES_AND_GOES: Final = "wasmflow-epochs"


def footprint() -> Footprint:
    """What the process holds now. What the allocator has only kept is given back first."""
    gc.collect()
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):
        trim(0)
    ticking = sum(each.name == _COMES_AND_GOES for each in threading.enumerate())
    threads = _count("/proc/self/task") - ticking
    stores = process_runtime().places.taken
    return Footprint(stores, _count("/proc/self/fd"), threads, _resident())


def _count(folder: str) -> int:
    """How many entries it has; 0 where the system has no such folder."""
    path = Path(folder)
    return len(list(path.iterdir())) if path.is_dir() else 0


def _resident() -> int:
    """0 where the system has no such file."""
    numbers = Path("/proc/self/statm")
    return (
        int(numbers.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if numbers.exists() else 0
    )
