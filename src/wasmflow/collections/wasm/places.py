"""How many stores live at once in this process, and who waits for one of their places.

Each live store takes slots of the engine's pool, so there must never be more than fit. A transaction
keeps stores between its calls, and these take places too; but nobody waits for such a one: it is
given up, which its transaction notices by time only (what a guest leaves in memory has no meaning).
So only running calls are waited for, they end by themselves, and no wait can go on for ever.

A session keeps its place between its calls, for as long as its stream lasts, and a stream may stand
still until other components have run. So nobody waits for a session either. There are never more of
them than leave a part of the places to calls (`most_sessions`): one too many is refused instead of
waiting (`enlist`). One that is enlisted may wait for its place as a call does: it is never for want of
those that sessions hold.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import NamedTuple, Protocol


class Reserve(Protocol):
    """What keeps stores that no call uses."""

    def __len__(self) -> int:
        """How many."""

    def give_up(self) -> bool:
        """Close one of them, if one may be closed. Says whether it did."""

    def forget(self) -> None:
        """Keep none of them any more, without closing them."""


def most_sessions(limit: int) -> int:
    """How many sessions there may be where `limit` stores may live: nine in ten, and not all."""
    return limit - max(1, limit // 10)


class _Waiter(NamedTuple):
    limit: int
    #: Called by whoever gives a place back, on any thread: that place is taken for it.
    granted: Callable[[], None]


class Places:
    """Counts live stores. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = 0
        self._sessions = 0
        self._serving = False
        #: Those who wait. While there are any, no store must be kept.
        self.waiting: deque[_Waiter] = deque()
        self._reserves: list[Reserve] = []

    @property
    def taken(self) -> int:
        """How many stores are live."""
        return self._taken

    def running(self) -> bool:
        """Whether a call uses one of the stores."""
        return self._taken > sum(map(len, list(self._reserves)))

    def add(self, reserve: Reserve) -> None:
        """Know of a reserve that may be asked to give stores up."""
        self._reserves.append(reserve)

    def remove(self, reserve: Reserve) -> None:
        """It keeps no stores any more."""
        self._reserves.remove(reserve)

    def forget(self) -> None:
        """Begin anew in a process where nothing else runs: with the stores of another, out of reach."""
        self._lock = threading.Lock()
        self._taken = 0
        self._sessions = 0
        self._serving = False
        self.waiting.clear()
        for reserve in self._reserves:
            reserve.forget()

    def enlist(self, limit: int) -> bool:
        """Count a session, if there may be one more. It takes or waits for its place afterwards."""
        with self._lock:
            if self._sessions >= most_sessions(limit):
                return False
            self._sessions += 1
            return True

    def dismiss(self) -> None:
        """A session is over."""
        with self._lock:
            self._sessions -= 1

    def take(self, limit: int) -> bool:
        """Take a place if fewer than `limit` are taken and nobody waits for one."""
        with self._lock:
            if self._taken >= limit or self.waiting:
                return False
            self._taken += 1
            return True

    def give_back(self) -> None:
        """A store is gone."""
        with self._lock:
            self._taken -= 1
        if self.waiting:
            self._serve()

    def wait(self, limit: int, granted: Callable[[], None]) -> Callable[[], bool]:
        """Have `granted` called once there is a place, perhaps at once; it is taken then.

        Returns what gives up waiting, and says whether that was in time.
        """
        waiter = _Waiter(limit, granted)
        with self._lock:
            self.waiting.append(waiter)
        self._serve()
        while self.waiting and any(reserve.give_up() for reserve in list(self._reserves)):
            pass
        return lambda: self._leave(waiter)

    def _serve(self) -> None:
        """Give free places to those who wait, in their order.

        Who gets one may give it back at once. One thread serves at a time, and looks again for the
        others and for itself, so that this never goes deeper.
        """
        while waiter := self._next():
            try:
                waiter.granted()
            finally:
                self._serving = False

    def _next(self) -> _Waiter | None:
        """Who is to be served now, with a place taken; ``None`` if nobody, or if another serves."""
        with self._lock:
            if self._serving or not self.waiting or self._taken >= self.waiting[0].limit:
                return None
            self._serving = True
            self._taken += 1
            return self.waiting.popleft()

    def _leave(self, waiter: _Waiter) -> bool:
        with self._lock:
            index = next((i for i, each in enumerate(self.waiting) if each is waiter), None)
            if index is None:
                return False
            del self.waiting[index]
        # Those behind it may have a higher limit.
        self._serve()
        return True
