"""`python -m bench.soak [--minutes NUMBER] [--seed NUMBER] [--save]`: prints what it came to."""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import sys

import uvloop

from bench.report import machine, save
from bench.soak.soak import Extent, soak
from bench.soak.verdict import faults, table


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--save", action="store_true", help="also write the table to results/")
    given = parser.parse_args()
    load = ", ".join(f"{each:.2f}" for each in os.getloadavg())
    head = f"{machine()}; {given.minutes:g} minutes; seed {given.seed}; load before {load}"
    print(head, flush=True)
    extent = Extent(given.minutes * 60, given.seed, given.workers)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        came = runner.run(soak(extent))
    wrong = faults(came)
    lines = [head, "", *table(came, wrong), "", *(f"- {each}" for each in wrong)]
    print("\n".join(lines[1:]))
    if given.save:
        save(lines, "-soak")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
