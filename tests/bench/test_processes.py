"""That what processes use is what Linux says of them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from bench.processes import children, cpu_seconds, memory, runs, tree, use_of, zombies


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """A process that waits until its standard input ends."""
    command = (sys.executable, "-c", "import sys; sys.stdin.read()")
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def test_a_process_uses_what_it_has() -> None:
    use = use_of(os.getpid())
    assert use is not None
    assert use.threads >= 1
    assert use.descriptors >= 3
    assert use.resident > 1 << 20
    assert use.cpu > 0


def test_a_child_is_of_its_parent(child: subprocess.Popen[bytes]) -> None:
    assert child.pid in children(os.getpid())
    assert {os.getpid(), child.pid} <= set(tree(os.getpid()))
    assert memory(os.getpid()) > memory(child.pid) > 0
    assert cpu_seconds(os.getpid()) >= cpu_seconds(child.pid)


def test_who_has_ended_and_was_not_looked_at_runs_no_more(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not runs(child.pid)
    assert use_of(child.pid) is None
    assert child.pid not in children(os.getpid())
    assert zombies(os.getpid()) >= 1
