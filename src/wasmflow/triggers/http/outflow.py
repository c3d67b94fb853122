"""What a stream has to send, between the transaction that makes it and the connection that takes it.

Whatever has come by the time the connection can take something goes out at once; the transaction
waits where a client does not take it.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

#: Bytes that wait at most, besides those of the connection. A single line may be larger.
MOST: Final = 1 << 16

#: Turns of the event loop in which the next line comes, where nothing is to be waited for; and seconds
#: that lines wait at most for others. To send each by itself takes longer than to make most.
TURNS: Final = 4
MOMENT: Final = 0.005


class Outflow:
    """Bytes in, bytes out. One task puts, one takes."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ended = False
        self._came = asyncio.Event()
        self._taken = asyncio.Event()

    def put(self, content: bytes) -> None:
        """Give something to send."""
        self._bytes += content
        self._came.set()

    @property
    def full(self) -> bool:
        """Whether `room` is to be awaited before more is put."""
        return len(self._bytes) > MOST

    async def room(self) -> None:
        """Wait until something was taken."""
        while self.full:
            self._taken.clear()
            await self._taken.wait()

    def end(self) -> None:
        """Nothing more will come. Safe to call twice."""
        self._ended = True
        self._came.set()

    async def wait(self, seconds: float | None = None) -> bool:
        """Wait until there is something to send, or nothing more will come; says whether that is so."""
        if not (self._bytes or self._ended):
            self._came.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._came.wait()
        return bool(self._bytes) or self._ended

    async def take(self) -> bytes:
        """All that is there, and what follows at once; empty at the end."""
        clock = asyncio.get_running_loop().time
        latest = clock() + MOMENT
        size = 0
        while size < len(self._bytes) <= MOST and not self._ended and clock() < latest:
            size = len(self._bytes)
            for _ in range(TURNS):
                await asyncio.sleep(0)
        content = bytes(self._bytes)
        self._bytes.clear()
        self._taken.set()
        return content
