"""Threads that go on with guests which one slice on the event loop was not enough for.

There are as many as processors, at least two, however many guests there are: guests take turns, so
one that never ends delays others and stops none. A guest that waits for its turn costs nothing; there
can be no more of them than live stores. A worker looks at the clock and at the transaction after
every slice, so a guest that is given up is gone within milliseconds.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol

#: Seconds that a guest runs before it lets another have the thread.
_TURN: Final = 0.05
#: Seconds after which a slice that made nothing happen is worth a pause, and how long that is.
_PAUSE: Final = 0.001


class Work(Protocol):
    """What a worker does, slice by slice. At most one thread is in it at any time."""

    def slice(self) -> bool:
        """Do some of it. Says whether it is done. Never raises."""

    def give_up(self) -> None:
        """The threads are ending: undo it. Never raises."""


class Workers:
    """A bounded number of threads. Ends when the interpreter does."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(
            max_workers=max(2, os.cpu_count() or 1), thread_name_prefix="wasmflow-guest"
        )

    def submit(self, work: Work) -> None:
        """Have it done, in turns with all other work."""
        try:
            self._threads.submit(self._take_turn, work)
        except RuntimeError:
            # The interpreter is ending, and takes no more.
            work.give_up()

    def _take_turn(self, work: Work) -> None:
        began = before = time.monotonic()
        while not work.slice():
            now = time.monotonic()
            if now - began > _TURN:
                self.submit(work)
                return
            if now - before < _PAUSE:
                # It waits rather than works.
                time.sleep(_PAUSE)
            before = now
