"""How many processors there are for this process: what it may use, not what the machine has."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Final

#: Where Linux says what share of processors a container has, as quota and period in microseconds.
_CGROUP: Final = Path("/sys/fs/cgroup/cpu.max")


def processors() -> int:
    """At least one."""
    return max(1, min(_allowed(), _share()))


def _allowed() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        return os.cpu_count() or 1


def _share() -> int:
    try:
        return parse_share(_CGROUP.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return _UNLIMITED


_UNLIMITED: Final = 1_000_000


def parse_share(text: str) -> int:
    """The processors that ``cpu.max`` allows, rounded up. Raises ``ValueError`` for anything else."""
    quota, period = text.split()
    return _UNLIMITED if quota == "max" else math.ceil(int(quota) / int(period))
