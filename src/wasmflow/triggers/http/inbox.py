"""What a client sends while it is answered: one reader of its messages for two who want to know.

The transaction takes what has come as fast as it can; whoever watches learns at once that the client
has left. Only so much is read ahead: beyond it the client has to wait, and cannot be seen leaving.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sized
from typing import Any, Final, Generic, TypeAlias, TypeVar

from wasmflow.triggers.http.problems import Gone

T = TypeVar("T", bound=Sized)

Message: TypeAlias = dict[str, Any]
#: What a message holds, if anything, and whether more will come. Raises `Gone` for a client's leaving.
Opened: TypeAlias = tuple[T | None, bool]

#: Characters or bytes that are read ahead: as much as uvicorn reads.
MOST: Final = 1 << 16


class Inbox(Generic[T]):
    """Filled by `left`, which somebody must await while it is read. Iterating ends with the input.

    Iterating raises `Gone` where the client left before that.
    """

    def __init__(
        self, receive: Callable[[], Awaitable[Message]], opened: Callable[[Message], Opened[T]]
    ) -> None:
        self._receive = receive
        self._opened = opened
        self._items: deque[T] = deque()
        self._held = 0
        self._more = True
        self._left = False
        #: That it left before it had sent all.
        self._gone: Gone | None = None
        self._came = asyncio.Event()
        self._taken = asyncio.Event()
        #: Whether it was closed before the client had sent all.
        self.cut = False

    def __aiter__(self) -> Inbox[T]:
        return self

    async def __anext__(self) -> T:
        while not self._items:
            if self._gone is not None:
                raise self._gone
            if not self._more:
                raise StopAsyncIteration
            self._came.clear()
            await self._came.wait()
        item = self._items.popleft()
        self._held -= len(item)
        self._taken.set()
        return item

    async def left(self) -> None:
        """Wait until the client has left."""
        while not self._left:
            if self._held > MOST:
                self._taken.clear()
                await self._taken.wait()
            else:
                self._take(await self._receive())

    def _take(self, message: Message) -> None:
        try:
            item, more = self._opened(message)
        except Gone as gone:
            self._left = True
            self._gone = gone if self._more else None
            item, more = None, False
        if self._more:
            self._more = more
            if item:
                self._items.append(item)
                self._held += len(item)
        self._came.set()

    def fill(self, item: T) -> None:
        """This is all that comes."""
        self._items.append(item)
        self._held += len(item)
        self._more = False

    def ignore(self) -> None:
        """Whatever comes is for nobody."""
        self._more = False

    def close(self) -> None:
        """End the input with what has come so far."""
        self.cut = self.cut or self._more
        self._more = False
        self._came.set()
