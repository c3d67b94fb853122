"""Standard output for many lines: live, quick, and no faster than they are read.

What is put in while the event loop has no time, or while something is being written, is written at
once afterwards. So a line comes out as soon as no other is ready, and a crowd of them in one piece.
"""

from __future__ import annotations

import asyncio
import select
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Final

from wasmflow.cli.background import Background
from wasmflow.cli.output import put_past_buffers
from wasmflow.errors import WasmflowError

#: Bytes that may wait to be written: what a pipe holds.
LIMIT: Final = 64 << 10


class Outlet:
    """See the module."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []
        self._size = 0
        self._ended = False
        #: Set when there is something to write, or nothing will come any more.
        self._changed = asyncio.Event()
        self._room = asyncio.Event()

    def put(self, content: bytes) -> None:
        """Have it written soon. Whoever puts in much calls `room` between."""
        self._waiting.append(content)
        self._size += len(content)
        self._changed.set()

    async def room(self) -> None:
        """Wait until not too much waits to be written."""
        while self._size >= LIMIT:
            self._room.clear()
            await self._room.wait()

    def end(self) -> None:
        """Nothing more will be put in."""
        self._ended = True
        self._changed.set()

    async def write(
        self, to: Callable[[bytes], None], takes: Callable[[bytes], bool], thread: Background
    ) -> None:
        """Write until the end: on another thread, unless `takes` says that it need not wait.

        Raises what `to` raises.
        """
        while self._waiting or not self._ended:
            if not self._waiting:
                self._changed.clear()
                await self._changed.wait()
                continue
            content = b"".join(self._waiting)
            self._waiting.clear()
            self._size = 0
            self._room.set()
            if takes(content):
                to(content)
            else:
                await thread(partial(to, content))


def taken_at_once(content: bytes) -> bool:
    """Whether standard output takes so much now, however slow its reader is.

    Who has to wait for a thread waits longer than most lines take to come.
    """
    if len(content) > select.PIPE_BUF or sys.stdout is None:
        return False
    poll = select.poll()
    poll.register(sys.stdout.fileno(), select.POLLOUT)
    return [event for _, event in poll.poll(0)] == [select.POLLOUT]


def never(_content: bytes) -> bool:
    """Where writing may always take long."""
    return False


@asynccontextmanager
async def outlet(
    to: Callable[[bytes], None] = put_past_buffers, takes: Callable[[bytes], bool] = taken_at_once
) -> AsyncIterator[Outlet]:
    """Standard output until the end of the block, which waits until everything is written.

    Where it cannot be written the block is cancelled, and the reason raised: `ClosedOutput` or
    `WorldError`. What is put in before the block raises a `WasmflowError` is written all the same.
    """
    out = Outlet()
    stopped: WasmflowError | None = None
    with alone(), Background("standard output") as thread:
        async with asyncio.TaskGroup() as group:
            group.create_task(out.write(to, takes, thread))
            try:
                yield out
            except WasmflowError as error:
                stopped = error
            out.end()
    if stopped is not None:
        raise stopped


@contextmanager
def alone() -> Iterator[None]:
    """Raises the first error of a group of tasks without the group."""
    try:
        yield
    except BaseExceptionGroup as group:
        error: BaseException = group
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        raise error from None
