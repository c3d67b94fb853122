"""A thread for what may wait for ever: reading standard input, and writing where nobody reads.

The event loop goes on meanwhile. Nothing waits for the thread at the end of the process, so that an
interrupt is not held up by a pipe on which nothing comes.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from types import TracebackType
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")

_Asked: TypeAlias = tuple[Callable[[], Any], asyncio.AbstractEventLoop, "asyncio.Future[Any]"]


class Background:
    """Does one thing after the other on a thread of its own, from the first to the end of the block."""

    def __init__(self, name: str) -> None:
        self._asked: SimpleQueue[_Asked | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)

    def __enter__(self) -> Background:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Ends the thread when it has done what it is at."""
        self._asked.put(None)

    async def __call__(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises. Cancelling this does not stop it: nobody hears of it then."""
        if self._thread.ident is None:
            self._thread.start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._asked.put((work, loop, future))
        return await future

    def _serve(self) -> None:
        while (asked := self._asked.get()) is not None:
            work, loop, future = asked
            result, error = None, None
            try:
                result = work()
            except BaseException as raised:
                error = raised
            with suppress(RuntimeError):  # the event loop has ended
                loop.call_soon_threadsafe(_settle, future, result, error)


def _settle(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if future.done():  # cancelled
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
