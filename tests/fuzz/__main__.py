"""`make fuzz`: look for inputs that are answered badly, for a bounded time.

Each target has a process of its own (`bout`) and an equal part of the time. What reaches new code is
kept in ``.fuzz/``, so that the next run begins where this one ended.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from subprocess import CompletedProcess
from typing import Final

from tests.fuzz.targets import NAMES, READERS, ROOT, Target, kept, property_of, target

#: What is kept from run to run; not committed.
WORK: Final = ROOT / ".fuzz"
#: Seconds for one input. The longest takes a tenth of one.
_SECONDS: Final = 20
#: MiB of resident memory of a process.
_MEMORY: Final = 2048
#: Lines of what libFuzzer says of what is no exception.
_LINES_TOLD: Final = 25
#: Bytes of an input.
_LONGEST: Final = 8192


def main() -> int:
    """Exit code 0 if all was well, 1 if something was found, 2 if nothing can be looked for."""
    options = _options()
    if options.replay:
        for name in options.target:
            target(name).check(options.replay.read_bytes())
        return 0
    if find_spec("atheris") is None:
        print("fuzz: Atheris, which looks for inputs, has no build for this machine;")
        print("what needs none: make test ARGS=tests/fuzz")
        return 2
    return 1 if _fuzz(options.target or NAMES, options.minutes, options.jobs) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", nargs="*", help=", ".join(NAMES))
    parser.add_argument("--minutes", type=float, default=4.0, help="for all targets together")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="targets at a time")
    parser.add_argument("--replay", type=Path, help="only answer what is in this file")
    options = parser.parse_args()
    if unknown := set(options.target).difference(NAMES):
        parser.error(f"there is no target {', '.join(sorted(unknown))}")
    return options


def _fuzz(chosen: Sequence[str], minutes: float, jobs: int) -> int:
    """Fuzz targets, some at a time, and print what comes of it. Returns how many had findings."""
    seconds = max(1, round(60 * minutes * jobs / len(chosen)))
    print(f"{len(chosen)} targets, {seconds} s each, with what {WORK.name}/ has of earlier runs")
    print(f"{'target':12}  {'inputs':>9}  {'a second':>8}  {'reach more':>10}  {'branches':>8}")
    with ThreadPoolExecutor(jobs) as pool:
        bouts = pool.map(lambda name: _bout(target(name), seconds), chosen)
        return sum(_told(*each) for each in zip(chosen, bouts, strict=True))


def _bout(fuzzed: Target, seconds: int) -> CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.fuzz.bout", fuzzed.name, *_arguments(fuzzed, seconds)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        check=False,
    )


def _told(name: str, bout: CompletedProcess[str]) -> bool:
    """Print what came of it. Returns whether anything was found."""
    print(_summary(name, bout.stderr), flush=True)
    if bout.returncode:
        print(_finding(name, bout.stderr), flush=True)
    return bout.returncode != 0


def _arguments(fuzzed: Target, seconds: int) -> list[str]:
    """The options of libFuzzer, and the folders with inputs: it adds to the first."""
    corpus, seeds, found = (WORK / fuzzed.name / each for each in ("corpus", "seeds", "found"))
    for folder in (corpus, found):
        folder.mkdir(parents=True, exist_ok=True)
    _write_seeds(seeds, [*fuzzed.seeds, *(path.read_bytes() for path in kept(fuzzed.name))])
    options = {
        "max_total_time": seconds,
        "timeout": _SECONDS,
        "rss_limit_mb": _MEMORY,
        "max_len": max([_LONGEST, *map(len, fuzzed.seeds)]),
        "artifact_prefix": f"{found}/",
        "print_final_stats": 1,
    }
    return [*(f"-{name}={value}" for name, value in options.items()), str(corpus), str(seeds)]


def _write_seeds(folder: Path, seeds: Sequence[bytes]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for number, seed in enumerate(seeds):
        (folder / str(number)).write_bytes(seed)


def _summary(name: str, said: str) -> str:
    """One line of the table, from what libFuzzer says at its end."""
    stats = dict(re.findall(r"^stat::(\w+):\s+(\d+)", said, re.MULTILINE))
    covered = re.findall(r"cov: (\d+)", said) or ["?"]
    runs, pace, kept = (
        stats.get(key, "?")
        for key in ("number_of_executed_units", "average_exec_per_sec", "new_units_added")
    )
    return f"{name:12}  {runs:>9}  {pace:>8}  {kept:>10}  {covered[-1]:>8}"


def _finding(name: str, said: str) -> str:
    """What went wrong, and how to see it again."""
    trouble = re.search(r"=== Uncaught Python exception: ===\n(.*?)\n\n(?===)", said, re.DOTALL)
    what = trouble[1].rstrip() if trouble else "\n".join(said.splitlines()[-_LINES_TOLD:])
    written = re.search(r"Test unit written to (\S+)", said)
    return f"{what}\n\n{_advice(name, Path(written[1]))}\n" if written else what


def _advice(name: str, path: Path) -> str:
    again = f'see it again: make fuzz ARGS="{name} --replay {path.relative_to(ROOT)}"'
    if name in READERS:
        return f"{again}\nonce it is mended, keep the input: move it to tests/fuzz/corpus/{name}/"
    test = property_of(name).partition(":")[2]
    return (
        f'{again}\nsee its values: make test ARGS="-k {test}"\n'
        "once it is mended, keep these: give them to the test with @example"
    )


if __name__ == "__main__":
    sys.exit(main())
