"""The memory of a long stream: `python -m bench.memory [PACKETS]`, ten million unless said.

Sends packets through three nodes in one transaction (a push-many component, a core component, a pushed
one), and prints after each tenth how much memory the process holds, guests included, and how fast it went.
"""

from __future__ import annotations

import asyncio
import platform
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

from bench.course import MIXED, lay_out
from bench.measure import QUICK
from wasmflow.host.host import Host, open_host

TEXT: Final = "hello, world! "
CHUNK: Final = 64
MOST: Final = 10_000_000


def main(arguments: list[str]) -> int:
    packets = int(arguments[0]) if arguments else MOST
    print(f"CPython {platform.python_version()}, {platform.machine()}; {packets:,} packets\n")
    print("| packets | resident | packets per second |\n|--:|--:|--:|", flush=True)
    with lay_out(QUICK) as course:
        asyncio.run(_run(course.chains, packets))
    return 0


async def _run(chains: str, packets: int) -> None:
    async with open_host(chains) as host:
        await _send(host, packets)


async def _send(host: Host, packets: int) -> None:
    (port,) = (each.name for each in host.signature(MIXED).inputs)
    taken, began = 0, time.perf_counter()
    async with host.stream(MIXED, {}, {(port,): _chunks(packets)}) as stream:
        async for _ in stream:
            taken += 1
            if taken % (packets // 10) == 0 or taken == 1:
                rate = taken / (time.perf_counter() - began)
                print(f"| {taken:,} | {_resident() / 2**20:.1f} MiB | {rate:,.0f} |", flush=True)
    if taken != packets:
        raise SystemExit(f"{taken:,} packets came back")


async def _chunks(packets: int) -> AsyncIterator[list[tuple[Any]]]:
    for start in range(0, packets, CHUNK):
        yield [(TEXT,)] * min(CHUNK, packets - start)


def _resident() -> int:
    """Bytes of memory that the process holds now."""
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * 4096


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
