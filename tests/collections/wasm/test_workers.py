from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import Future

import pytest

from wasmflow.collections.wasm import workers
from wasmflow.collections.wasm.workers import Workers


class Until:
    """Work that is done once something has happened."""

    def __init__(self, event: threading.Event) -> None:
        self.event = event
        self.done = threading.Event()
        self.given_up = False
        self.crowded = False
        self._alone = threading.Lock()

    def slice(self) -> bool:
        self.crowded |= not self._alone.acquire(blocking=False)
        done = self.event.is_set()
        self._alone.release()
        if done:
            self.done.set()
        return done

    def give_up(self) -> None:
        self.given_up = True


class Sets(Until):
    """Work that makes it happen."""

    def slice(self) -> bool:
        self.event.set()
        return super().slice()


def test_work_that_never_ends_does_not_keep_others_from_their_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workers, "_TURN", 0.001)
    threads, event = Workers(), threading.Event()
    waiting = [Until(event) for _ in range(2 * (os.cpu_count() or 1) + 4)]
    for work in waiting:
        threads.submit(work)
    threads.submit(Sets(event))
    for work in waiting:
        work.done.wait()
        assert not work.crowded


class Niceness:
    """Work that looks at how nice its thread is."""

    def __init__(self) -> None:
        self.found: Future[int] = Future()

    def slice(self) -> bool:
        self.found.set_result(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        return True

    def give_up(self) -> None: ...


def test_guests_let_the_event_loop_go_first_where_threads_can() -> None:
    work = Niceness()
    Workers().submit(work)
    ours = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    assert work.found.result() == min(ours + (5 if sys.platform == "linux" else 0), 19)


def test_work_is_given_up_when_the_threads_have_ended() -> None:
    threads, work = Workers(), Until(threading.Event())
    threads._threads.shutdown()
    threads.submit(work)
    assert work.given_up
