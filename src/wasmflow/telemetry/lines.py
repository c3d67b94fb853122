"""Writes lines to a descriptor, as a busy event loop can afford it.

The lines of one turn of the loop are written together. Nothing ever waits for who reads them: where
nobody does, lines are held up to a bound, then dropped and counted.
"""

from __future__ import annotations

import asyncio
import os
import select
import stat
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

#: Bytes that are held while nobody reads them.
MOST_HELD: Final = 1 << 20
#: Seconds until a reader that was behind is tried again.
_PATIENCE: Final = 0.02
#: Seconds that the last lines may take, once the loop has ended.
_LAST: Final = 1.0
#: Bytes of one write: what a pipe that has room takes at once and in one piece, though others share it.
_PIECE: Final = getattr(select, "PIPE_BUF", 512)
_FILE_PIECE: Final = 1 << 18


class Lines:
    """A descriptor that lines are written to. Made on the event loop whose turns count."""

    def __init__(self, fd: int, dropped: Callable[[int], bytes]) -> None:
        """`dropped` makes the line that says how many were not written."""
        self._fd = fd
        self._dropped = dropped
        self._lines: deque[bytes] = deque()
        self._left = bytearray()
        self._due = False
        self._lost = 0
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        is_file = stat.S_ISREG(os.fstat(fd).st_mode)
        self._piece = _FILE_PIECE if is_file else _PIECE
        self._poll = select.poll()
        self._poll.register(fd, select.POLLOUT)

    def put(self, line: bytes) -> None:
        """Write a line, with its newline, soon. On any thread."""
        self._lines.append(line)
        if self._due:
            return
        self._due = True
        if threading.get_ident() == self._thread:
            self._loop.call_soon(self._flush)
        else:
            self._loop.call_soon_threadsafe(self._flush)

    def close(self) -> None:
        """Write what is left, for a second at most. The descriptor stays open."""
        self._take()
        while self._left and self._poll.poll(_LAST * 1000):
            self._write_piece()
        self._left.clear()

    def _flush(self) -> None:
        # First: a line that comes from now on asks for another turn, or is taken in this one.
        self._due = False
        self._take()
        while self._left and self._poll.poll(0):
            self._write_piece()
        if self._left and not self._due:
            self._due = True
            self._loop.call_later(_PATIENCE, self._flush)

    def _take(self) -> None:
        while self._lines:
            line = self._lines.popleft()
            if len(self._left) + len(line) > MOST_HELD:
                self._lost += 1
            elif self._lost:
                self._left += self._dropped(self._lost) + line
                self._lost = 0
            else:
                self._left += line

    def _write_piece(self) -> None:
        """As many whole lines as fit, so that those of other processes do not come in between."""
        end = min(self._piece, len(self._left))
        if end < len(self._left):
            end = self._left.rfind(b"\n", 0, end) + 1 or end
        try:
            written = os.write(self._fd, self._left[:end])
        except BlockingIOError:
            written = 0
        except OSError:  # nobody will ever read it
            written = len(self._left)
        del self._left[:written]
