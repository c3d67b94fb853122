from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from tests.collections.wasm.guests import ROOT
from tests.collections.wasm.test_workers import Sets, Until
from wasmflow.collections.wasm import waiting
from wasmflow.collections.wasm.waiting import Interrupted, Waiters, Watch


class Rests(Until):
    """Work that waits for the world until it is woken."""

    def __init__(self, watch: Watch) -> None:
        super().__init__(threading.Event())
        self.watch = watch
        self.rests = threading.Event()

    def slice(self) -> bool:
        self.rests.set()
        with pytest.raises(Interrupted, match="it was given up"):
            self.watch.sleep(3600)
        self.done.set()
        return True


def watch(waiters: Waiters, stop: threading.Event) -> Watch:
    return Watch(lambda: "it was given up" if stop.is_set() else "", waiters)


def test_more_who_wait_than_there_are_processors_hold_nobody_up() -> None:
    waiters, stop = Waiters(most=20), threading.Event()
    resting = [Rests(watch(waiters, stop)) for _ in range(19)]
    for each in resting:
        waiters.submit(each)
    for each in resting:
        each.rests.wait()
    work = Sets(threading.Event())
    waiters.submit(work)
    work.done.wait()
    stop.set()
    for each in resting:
        each.watch.wake()
        each.done.wait()


def test_who_does_not_fit_waits_for_a_turn() -> None:
    waiters, stop = Waiters(most=1), threading.Event()
    first, second = Rests(watch(waiters, stop)), Sets(threading.Event())
    waiters.submit(first)
    first.rests.wait()
    waiters.submit(second)
    assert not second.done.is_set()
    stop.set()
    second.done.wait()


def test_no_more_work_at_a_time_than_there_are_processors() -> None:
    waiters, event = Waiters(), threading.Event()
    busy: list[int] = []
    most = [0]

    class Works(Until):
        def slice(self) -> bool:
            busy.append(1)
            most[0] = max(most[0], len(busy))
            self.event.wait(0.001)
            busy.pop()
            self.done.set()
            return True

    works = [Works(event) for _ in range(30)]
    for work in works:
        waiters.submit(work)
    for work in works:
        work.done.wait()
    assert most[0] <= max(2, os.cpu_count() or 1)


def test_threads_without_work_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_IDLE_GLANCES", 1)
    before, waiters, work = set(threading.enumerate()), Waiters(), Sets(threading.Event())
    waiters.submit(work)
    work.done.wait()
    for thread in set(threading.enumerate()) - before:
        if thread.name.startswith("wasmflow-waiting"):
            thread.join()


def test_work_is_given_up_where_there_are_no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_thread: threading.Thread) -> None:
        raise RuntimeError

    monkeypatch.setattr(threading.Thread, "start", fail)
    waiters, work = Waiters(), Until(threading.Event())
    waiters.submit(work)
    assert work.given_up


def test_it_is_asked_until_it_happens_or_is_not_wanted_any_more() -> None:
    waiters, stop = Waiters(), threading.Event()
    asked: list[float] = []

    def happens(seconds: float) -> bool:
        asked.append(seconds)
        return len(asked) == 4

    watch(waiters, stop).until(happens)
    assert asked == [0, *[waiting.GLANCE] * 3]
    stop.set()
    with pytest.raises(Interrupted):
        watch(waiters, stop).until(lambda _: False)


_SLEEPS = """
import asyncio, atexit, threading
from tests.collections.wasm.guests import Guest, collection, transaction
from wasmflow.collections.wasm.surroundings import World
from wasmflow.grants import Grants
guest = Guest(collection("sandbox", world=World(Grants(clock=True))))
async def sleep():
    run = guest.start("sleep", 10**15, transaction=transaction())
    while "wasmflow-waiting-guest" not in [each.name for each in threading.enumerate()]:
        await asyncio.sleep(0)
loop = asyncio.new_event_loop()
loop.run_until_complete(sleep())
"""


def test_a_program_does_not_wait_for_guests_that_sleep() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SLEEPS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_who_is_interrupted_waits_for_no_processor() -> None:
    """It ends at once, however much others have to do."""
    waiters, stop = Waiters(), threading.Event()
    resting = Rests(watch(waiters, stop))
    waiters.submit(resting)
    resting.rests.wait()
    others = [Until(threading.Event()) for _ in range(2 * (os.cpu_count() or 1) + 2)]
    for each in others:
        waiters.submit(each)
    stop.set()
    resting.watch.wake()
    resting.done.wait()
    assert not any(each.done.is_set() for each in others)
    for each in others:
        each.event.set()
        each.done.wait()


def test_who_has_waited_for_the_world_is_stopped_while_it_waits_for_a_processor() -> None:
    waiters, stop = Waiters(), threading.Event()
    own = watch(waiters, stop)

    def rest() -> None:
        with own.resting():
            while waiters._processors.acquire(blocking=False):
                pass
            stop.set()

    assert waiters.take_processor()
    with pytest.raises(Interrupted):
        rest()
    assert not waiters.give_back_processor()
