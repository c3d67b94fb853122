"""What processes use, as Linux tells it under /proc: processors, memory, descriptors, threads, children."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

#: Of the clock in which the kernel counts the time of processors, in seconds.
_TICK: Final = 1 / os.sysconf("SC_CLK_TCK")
_ZOMBIE: Final = "Z"


@dataclass(frozen=True, slots=True)
class Use:
    """What one process uses at a moment."""

    pid: int
    #: When it was started, in ticks of the kernel's clock: tells one from another of the same number.
    began: int
    #: Seconds of processors, with those of children that have ended.
    cpu: float
    #: Bytes of memory that it holds, those that it shares included.
    resident: int
    threads: int
    descriptors: int


def use_of(pid: int) -> Use | None:
    """What a process uses; ``None`` if it is there no more."""
    with suppress(OSError):
        fields = _stat(pid)
        if fields[0] != _ZOMBIE:
            return Use(
                pid,
                began=int(fields[19]),
                cpu=sum(map(int, fields[11:15])) * _TICK,
                resident=int(fields[21]) * os.sysconf("SC_PAGE_SIZE"),
                threads=int(fields[17]),
                descriptors=len(os.listdir(f"/proc/{pid}/fd")),  # noqa: PTH208  paths are not needed
            )
    return None


def children(pid: int) -> list[int]:
    """The processes that one has started and that run."""
    found: list[int] = []
    with suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                found += map(int, (thread / "children").read_text().split())
    return [child for child in found if runs(child)]


def zombies(pid: int) -> int:
    """Children that have ended, and whose end nobody has looked at."""
    found = 0
    with suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                pids = (thread / "children").read_text().split()
                found += sum(not runs(int(each)) for each in pids)
    return found


def tree(pid: int) -> Iterator[int]:
    """A process and all that come of it."""
    yield pid
    for child in children(pid):
        yield from tree(child)


def runs(pid: int) -> bool:
    """Whether a process is there, and more than what is left of one."""
    try:
        return _stat(pid)[0] != _ZOMBIE
    except OSError:
        return False


def cpu_seconds(pid: int) -> float:
    """Of a process and all that come of it."""
    return sum(use.cpu for each in tree(pid) if (use := use_of(each)))


def memory(pid: int) -> int:
    """Bytes of a process and all that come of it; what several share is counted once, in parts."""
    total = 0
    for each in tree(pid):
        with suppress(OSError):
            for line in Path(f"/proc/{each}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
    return total


def _stat(pid: int) -> list[str]:
    """The fields from the third on: the second, a name, may hold anything."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
