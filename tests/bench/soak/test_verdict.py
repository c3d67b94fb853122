"""That a soak is judged by its ledger, its log, its processes and its end."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from bench.processes import Use
from bench.soak.ledger import Ledger
from bench.soak.service import Service
from bench.soak.verdict import Soak, faults, replaced_after, table
from bench.soak.watch import WORKER_GROWTH, Life, Watched

#: A process of the service, though it is ours.
PID = 10


@pytest.fixture
def soak() -> Iterator[Soak]:
    """One in which nothing was wrong: ten seconds, the last five of them calm."""
    with subprocess.Popen((sys.executable, "-c", "pass")) as process:
        process.wait()
        now = time.monotonic()
        ledger, watched = Ledger(began=now), Watched()
        ledger.stopping = now + 10
        watched.supervisor = life(now, 30 << 20)
        watched.workers = {(PID, 1): life(now, 100 << 20)}
        watched.ready = [(now + 7, 200)]
        service = Service(process, 1, 2)
        yield Soak(service, ledger, watched, (now + 5, now + 10), 10, 1.0, 0, 0)


def life(now: float, size: int, growth: int = 0, seconds: int = 10) -> Life:
    """Some seconds, in each of which it grows."""
    sizes = [size + second * growth for second in range(seconds + 1)]
    return Life([(now + at, Use(PID, 1, 0.0, each, 5, 10)) for at, each in enumerate(sizes)])


def said(soak: Soak, event: str, **fields: Any) -> None:
    level = fields.pop("level", "error")
    record = {"event": event, "level": level, **fields}
    soak.service.log.records.append((time.monotonic(), record))


def test_nothing_is_wrong_where_nothing_happened(soak: Soak) -> None:
    assert faults(soak) == []
    assert table(soak, [])[-1] == "| wrong | 0 |"


def test_what_clients_found_is_wrong(soak: Soak) -> None:
    soak.ledger.fault("another answer")
    assert "another answer" in faults(soak)[0]
    assert table(soak, faults(soak))[-1] == "| wrong | 1 |"


def test_an_error_in_the_log_is_wrong(soak: Soak) -> None:
    said(soak, "a bug in the server")
    assert "a bug in the server" in faults(soak)[0]


def test_the_death_of_who_was_killed_is_not(soak: Soak) -> None:
    soak.ledger.killed[PID] = time.monotonic()
    assert faults(soak) == [f"the log tells nothing of the death of worker {PID}"]
    said(soak, "worker_died", pid=PID, number=0)
    assert faults(soak) == []


def test_any_other_death_is_wrong(soak: Soak) -> None:
    said(soak, "worker_died", pid=PID, number=0)
    assert faults(soak) == [f"worker {PID} died, and nobody has killed it"]


def test_a_request_that_ran_twice_is_wrong(soak: Soak) -> None:
    soak.ledger.count("asked", 5)
    soak.ledger.count("answered", 5)
    line = b'{"event":"transaction","component":"concat","outcome":"ok","status":200}\n'
    for _ in range(5):
        soak.service.log.read(line)
    assert faults(soak) == []
    soak.service.log.read(line)
    assert faults(soak) == ["6 requests were answered, though 5 were sent"]


def test_growth_beyond_the_bound_is_wrong(soak: Soak) -> None:
    began = soak.ledger.began
    soak.watched.workers[PID, 1] = life(began, 100 << 20, WORKER_GROWTH // 5)
    assert faults(soak) == []
    soak.watched.workers[PID, 1] = life(began, 100 << 20, WORKER_GROWTH // 2)
    assert "MiB more at the end of the calm" in faults(soak)[0]


@pytest.mark.parametrize(("each", "wrong"), [(0, False), (1024, True)])
def test_growth_with_the_requests_is_wrong(soak: Soak, each: int, wrong: bool) -> None:
    """A leak that is small beside what a young worker may still need."""
    began, a_second = soak.ledger.began, 200
    soak.watched.workers[PID, 1] = life(began, 100 << 20, a_second * each, seconds=200)
    soak.watched.supervisor = life(began, 30 << 20, seconds=200)
    soak.watched.requests = [(began + at, 2 * a_second * at) for at in range(201)]
    found = faults(replace(soak, calm=(began, began + 200)))
    assert ["second half of the calm" in fault for fault in found] == [True] * wrong


def test_an_end_that_is_none_is_wrong(soak: Soak) -> None:
    ended = Soak(soak.service, soak.ledger, soak.watched, soak.calm, 10, 1.0, code=1, left=1)
    assert faults(ended) == [
        "the service ended with exit code 1",
        "1 processes are left of the service",
    ]


def test_it_is_told_how_long_a_worker_was_missed(soak: Soak) -> None:
    said(soak, "worker_died", pid=PID, number=0)
    said(soak, "worker_replaced", level="info", pid=os.getpid(), number=0)
    (seconds,) = replaced_after(soak.service.log)
    assert seconds >= 0
