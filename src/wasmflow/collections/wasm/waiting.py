"""How guests wait for the world: on threads of their own, and no longer than somebody waits for them.

A guest that is granted the real clock, folders or standard streams may stand in a function of the host
for as long as it likes, with the thread that it is on. So such guests have `Waiters` for their threads
instead of `workers`, and every function in which they may stand for long waits with the `Watch` of their
call: it ends the guest as soon as the call is to end.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from wasmflow.collections.wasm.workers import Work, take_turn

#: How many guests can wait at one time. One more waits for its turn to.
_MOST: Final = 32
#: Seconds after which a wait looks whether it is still wanted; who ends a call interrupts it sooner.
GLANCE: Final = 0.02
#: Seconds after which a thread without work looks whether the program ends, and how often it does so
#: before it ends itself: starting one takes the event loop as long as some calls.
_IDLE_GLANCE: Final = 0.01
_IDLE_GLANCES: Final = 100


class Interrupted(Exception):
    """The guest is to end while it waits. The message is what is said of it: "it …"."""


class Watch:
    """One for each call of a guest that may wait."""

    def __init__(self, reason_to_stop: Callable[[], str], waiters: Waiters) -> None:
        self._reason_to_stop = reason_to_stop
        self._waiters = waiters
        self._woken = threading.Event()

    def wake(self) -> None:
        """There may be a reason to stop now. On any thread."""
        self._woken.set()

    def check(self) -> None:
        """Raise `Interrupted` if there is a reason to stop."""
        if reason := self._reason_to_stop():
            raise Interrupted(reason)
        if is_ending():
            raise Interrupted(ENDED)
        self._woken.clear()

    @contextmanager
    def resting(self) -> Iterator[None]:
        """While the guest waits, or the host does for it what may take long: another works meanwhile.

        Who is interrupted in it ends, and waits for no processor to do that.
        """
        again = self._waiters.give_back_processor()
        try:
            yield
        except Interrupted:
            again = False
            raise
        finally:
            while again and not self._waiters.take_processor(GLANCE):
                self.check()

    def sleep(self, seconds: float) -> None:
        """Let so much time pass, or raise `Interrupted`."""
        with self.resting():
            self.check()
            while seconds > 0:
                part = min(seconds, GLANCE)
                self._woken.wait(part)
                seconds -= part
                self.check()

    def until(self, happens: Callable[[float], bool]) -> None:
        """Let time pass until something happens, or raise `Interrupted`.

        It is asked again and again, and may take as many seconds to answer as it is given.
        """
        if happens(0):
            return
        with self.resting():
            self.check()
            while not happens(GLANCE):
                self.check()


class Waiters:
    """Up to so many threads, started as they are needed, and ended when they are not for a while.

    However many of them there are, no more guests work at a time than there are processors: others
    would hardly get their turn. The interpreter waits for these threads at its end, and they end then.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._changed = threading.Condition()
        self._queue: deque[Work] = deque()
        self._threads = 0
        self._idle = 0
        self._processors = threading.Semaphore(max(2, os.cpu_count() or 1))
        #: Whether this thread has one of the processors.
        self._here = threading.local()

    def submit(self, work: Work) -> None:
        """Have it done, in turns with all other work."""
        with self._changed:
            self._queue.append(work)
            if self._idle >= len(self._queue):
                self._changed.notify()
                return
            if self._threads >= self._most:
                return
            self._threads += 1
        self._start()

    def _start(self) -> None:
        try:
            threading.Thread(target=self._run, name="wasmflow-waiting-guest").start()
        except RuntimeError:
            # There is none to be had, or the interpreter is ending. Others go on with what there is.
            with self._changed:
                self._threads -= 1
                left = [] if self._threads else list(self._queue)
                for _ in left:
                    self._queue.popleft()
            for work in left:
                work.give_up()

    def _run(self) -> None:
        while (work := self._next()) is not None:
            if is_ending():
                work.give_up()
                continue
            if not self._turn(work):
                self.submit(work)

    def _turn(self, work: Work) -> bool:
        self.take_processor()
        try:
            return take_turn(work)
        finally:
            self.give_back_processor()

    def _next(self) -> Work | None:
        """The next work; ``None`` after a while without any."""
        with self._changed:
            self._idle += 1
            glances = 0
            while not self._queue and glances < _IDLE_GLANCES and not is_ending():
                self._changed.wait(_IDLE_GLANCE)
                glances += 1
            self._idle -= 1
            if self._queue:
                return self._queue.popleft()
            self._threads -= 1
            return None

    def take_processor(self, seconds: float | None = None) -> bool:
        """Have this thread be one of those that work. Says whether it is, after so long at most."""
        self._here.working = taken = self._processors.acquire(timeout=seconds)
        return taken

    def give_back_processor(self) -> bool:
        """Have it be one of those that do not. Says whether it was."""
        had_one = getattr(self._here, "working", False)
        if had_one:
            self._here.working = False
            self._processors.release()
        return had_one


ENDED: Final = "the program ended before it did"


def is_ending() -> bool:
    """Whether the interpreter waits for its threads to end."""
    return not threading.main_thread().is_alive()
