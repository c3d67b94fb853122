"""What happens to workers: one or all of them are killed, or the service is loaded anew.

A worker is held still before it is killed, so that the connections that it has are known: only these may
break.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from bench.soak.ledger import Ledger
from bench.soak.service import Service

#: Seconds until the service must have all its workers again. (After many deaths it waits for 30 s.)
_LONGEST: Final = 90.0
#: Part of blows that are reloads, and that hit all workers at once.
_RELOADS: Final = 0.25
_ALL: Final = 0.15
_LISTENING: Final = "0A"


async def blows(
    service: Service, ledger: Ledger, chance: random.Random, pause: float, until: float
) -> None:
    """One after the other, with a pause of that many seconds at most after the service has recovered."""
    await whole(service, ledger)
    while time.monotonic() < until:
        if chance.random() < _RELOADS:
            await _reload(service, ledger)
        else:
            workers = service.workers
            _kill(workers if chance.random() < _ALL else [chance.choice(workers)], service, ledger)
        await whole(service, ledger)
        await asyncio.sleep(chance.uniform(pause / 4, pause))


async def whole(service: Service, ledger: Ledger) -> None:
    """Wait until as many workers serve as there are to be, none of which is about to leave."""
    latest = time.monotonic() + _LONGEST
    while time.monotonic() < latest:
        workers = service.workers
        if len(workers) == service.count and all(_serves(each, service) for each in workers):
            return
        await asyncio.sleep(0.05)
    ledger.fault(f"the service has {len(service.workers)} workers after {_LONGEST:.0f} s")


def _serves(pid: int, service: Service) -> bool:
    """Whether a worker has connections: others wait for those who do."""
    return bool(_peers(pid, service.port))


async def _reload(service: Service, ledger: Ledger) -> None:
    ledger.reloads.append(time.monotonic())
    before = set(service.workers)
    service.reload()
    latest = time.monotonic() + _LONGEST
    while before & set(service.workers):
        if time.monotonic() > latest:
            ledger.fault(f"workers are there {_LONGEST:.0f} s after they were to be replaced")
            return
        await asyncio.sleep(0.05)


def _kill(pids: list[int], service: Service, ledger: Ledger) -> None:
    """Kill processes, and note the connections that end with them."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    for pid in pids:
        _stopped(pid)
        ports = _peers(pid, service.port)
        now = time.monotonic()
        ledger.killed[pid] = now
        for port in ports:
            ledger.cut[port].append(now)
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _stopped(pid: int) -> None:
    """Wait until all threads of a process stand still."""
    with suppress(OSError):
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        for thread in threads:
            for _ in range(1000):
                if (thread / "stat").read_text().rpartition(")")[2].split()[0] in "TtZX":
                    break
                time.sleep(0.001)


def _peers(pid: int, port: int) -> set[int]:
    """The ports of clients whose connections a process has."""
    sockets = _sockets(pid)
    found: set[int] = set()
    for _ in range(2):  # a table that changes while it is read may lack something
        with suppress(OSError):
            for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]:
                _number, local, remote, state, *_, inode = line.split()[:10]
                at_port = int(local.partition(":")[2], 16) == port
                if at_port and state != _LISTENING and inode in sockets:
                    found.add(int(remote.partition(":")[2], 16))
    return found


def _sockets(pid: int) -> set[str]:
    """The numbers that the kernel gives the sockets of a process."""
    found = set()
    with suppress(OSError):
        for each in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                name = str(each.readlink())
                if name.startswith("socket:["):
                    found.add(name[len("socket:[") : -1])
    return found
