"""What honest transactions pay for hostile guests: `python -m bench.hostile [WORDS] [--quick] [--save]`.

One honest caller invokes a tiny component again and again while attackers, as many as there are processors,
try the same attack again and again (`tests/hostile`). What counts is the time from one answer to the next,
with all that the caller waits for: the event loop, the interpreter, the processors. Each attack is measured
in turns with a caller who is alone.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Final

from tests.collections.wasm.guests import collection
from tests.hostile.attack import Attack, Attacker
from tests.hostile.attacks import CLASSES
from tests.hostile.crowd import TEXT

from bench.report import machine, save
from wasmflow.host.host import Host
from wasmflow.host.settings import Settings

ATTACKERS: Final = max(2, os.cpu_count() or 1)
#: Seconds for each attack, and as many for the caller alone.
SECONDS: Final = 1.0
QUICK: Final = 0.1
_HEAD: Final = (
    "| attacks | how many | answers per second | beside | | p99 | beside | longest wait | beside |",
    "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
)


@dataclass
class Waits:
    """Seconds from one answer to the next."""

    alone: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)


def main(arguments: list[str]) -> int:
    words = [argument for argument in arguments if not argument.startswith("--")]
    seconds = QUICK if "--quick" in arguments else SECONDS
    load = ", ".join(f"{each:.2f}" for each in os.getloadavg())
    lines = [f"{machine()}; load before {load}; {ATTACKERS} attackers", "", *_HEAD]
    print("\n".join(lines), flush=True)
    for name, attacks in CLASSES.items():
        if not words or any(word in name for word in words):
            waits = asyncio.run(measure(attacks, seconds))
            lines.append(line(name, len(attacks), waits))
            print(lines[-1], flush=True)
    if "--save" in arguments:
        save(lines, "-hostile")
    return 0


def line(name: str, count: int, waits: Waits) -> str:
    alone, beside = _rate(waits.alone), _rate(waits.beside)
    cells = [name, str(count), f"{alone:,.0f}", f"{beside:,.0f}", f"{beside / alone:.2g} ×"]
    cells += [_time(_last_percent(each)) for each in (waits.alone, waits.beside)]
    cells += [_time(max(each)) for each in (waits.alone, waits.beside)]
    return f"| {' | '.join(cells)} |"


def _rate(seconds: Sequence[float]) -> float:
    return len(seconds) / sum(seconds)


def _last_percent(seconds: Sequence[float]) -> float:
    """What one in a hundred waits is longer than."""
    return statistics.quantiles(seconds, n=100)[-1]


def _time(seconds: float) -> str:
    return f"{seconds * 1e6:.3g} µs" if seconds < 1e-3 else f"{seconds * 1e3:.3g} ms"


async def measure(attacks: Sequence[Attack], seconds: float) -> Waits:
    waits = Waits()
    with _honest() as host:
        await _call(host, seconds / 10)
        for attack in attacks:
            waits.alone += await _call(host, seconds)
            with attack.open() as attacker:
                waits.beside += await _call_beside(host, attacker, seconds)
    return waits


@contextmanager
def _honest() -> Iterator[Host]:
    with closing(collection(TEXT)) as text:
        yield Host(text, Settings())


async def _call_beside(host: Host, attacker: Attacker, seconds: float) -> list[float]:
    over = False

    async def attack() -> None:
        while not over:
            await attacker.attempt()
            await asyncio.sleep(0)

    attacking = [asyncio.create_task(attack()) for _ in range(ATTACKERS)]
    waits = await _call(host, seconds)
    over = True
    await asyncio.gather(*attacking)
    return waits


async def _call(host: Host, seconds: float) -> list[float]:
    """Call for so long; the time from each answer to the next."""
    now: Callable[[], float] = time.perf_counter
    began = before = now()
    waits = []
    while before - began < seconds:
        answer = await host.invoke("concat", {"left": "a", "right": "b"})
        assert answer == {"output": "ab"}
        # Others have their turn after each.
        await asyncio.sleep(0)
        after = now()
        waits.append(after - before)
        before = after
    return waits


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
