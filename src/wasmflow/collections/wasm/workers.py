"""Threads that go on with guests which one slice on the event loop was not enough for.

There are as many as processors, at least two, however many guests there are: guests take turns, so
one that never ends delays others and stops none. A guest that waits for its turn costs nothing; there
can be no more of them than places. A worker looks at the clock and at the transaction after every slice,
and who gives a guest up that waits for its turn ends it without one (`component.Run`): both are gone
within milliseconds.

All threads are there from the beginning, so that none can be missing once work has been taken.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final, Protocol

from wasmflow.errors import WorldError

#: Seconds that a guest runs before it lets another have the thread.
_TURN: Final = 0.05
#: How much nicer than the event loop these threads are. It is there that most transactions begin and end,
#: several times as many beside guests that never end as without this.
_NICENESS: Final = 5
#: Seconds after which a slice that made nothing happen is worth a pause, and how long that is.
_PAUSE: Final = 0.001


class Work(Protocol):
    """What a worker does, slice by slice. At most one thread is in it at any time."""

    def slice(self) -> bool:
        """Do some of it. Says whether it is done. Never raises."""

    def give_up(self) -> None:
        """The threads are ending: undo it. Never raises."""


class Workers:
    """A fixed number of threads. They end when the interpreter does.

    Raises `WorldError` if they cannot be started.
    """

    def __init__(self) -> None:
        count = max(2, os.cpu_count() or 1)
        self._threads = ThreadPoolExecutor(
            count, thread_name_prefix="wasmflow-guest", initializer=_step_back
        )
        all_there = threading.Event()
        try:
            for _ in range(count):
                # A thread that waits is not idle, so the next of these gets one of its own.
                self._threads.submit(all_there.wait)
        except RuntimeError as error:
            self._threads.shutdown(wait=False)
            raise WorldError(f"cannot start {count} threads to run guests on: {error}") from error
        finally:
            all_there.set()

    def submit(self, work: Work) -> None:
        """Have it done, in turns with all other work."""
        try:
            self._threads.submit(self._take_turn, work)
        except RuntimeError:
            # The interpreter is ending, and takes no more.
            work.give_up()

    def _take_turn(self, work: Work) -> None:
        if not take_turn(work):
            self.submit(work)


def _step_back() -> None:
    """Let the event loop have a processor before the thread that calls this, where threads can."""
    if sys.platform == "linux":
        with suppress(OSError):
            thread = threading.get_native_id()
            niceness = os.getpriority(os.PRIO_PROCESS, thread)
            os.setpriority(os.PRIO_PROCESS, thread, niceness + _NICENESS)


def take_turn(work: Work) -> bool:
    """Do some work until it is another's turn. Says whether it is done."""
    began = before = time.monotonic()
    while not work.slice():
        now = time.monotonic()
        if now - began > _TURN:
            return False
        if now - before < _PAUSE:
            # It waits rather than works.
            time.sleep(_PAUSE)
        before = now
    return True
