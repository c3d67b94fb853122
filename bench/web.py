"""What a request over HTTP costs, beside other servers: `python -m bench.web [WORDS] [--quick] [--save]`.

wrk asks all servers of a row in turn, round by round, from another processor than theirs.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.course import Course, lay_out
from bench.measure import FULL, QUICK, Effort
from bench.peers.node import Unavailable, versions
from bench.processes import cpu_seconds, memory
from bench.report import machine, save
from bench.sites import ASKING, Site, asked, node_red, ours, pinned, python

#: Connections at a time, and seconds of a round.
CONNECTIONS: Final = 32
SECONDS: Final = 4.0
#: Bytes of the file that is served.
FILE: Final = 1024
_SCRIPT: Final = Path(__file__).parent / "wrk.lua"
_HEAD: Final = (
    "| measure | who | requests/s | beside the first | p50 | p99 | CPU per request | beside | memory |",
    "|---|---|--:|--:|--:|--:|--:|--:|--:|",
)


@dataclass(frozen=True, slots=True)
class Round:
    """What came of asking one server for some seconds."""

    rate: float
    #: Microseconds from a request to its answer.
    p50: float
    p99: float
    #: Microseconds of processors, of all its processes.
    cpu: float


@dataclass(frozen=True, slots=True)
class Result:
    """What came of all rounds of one server."""

    name: str
    rounds: list[Round]
    #: Bytes.
    memory: int


@dataclass(frozen=True, slots=True)
class Row:
    """One measure of the table. The first of its servers is what others are compared with."""

    name: str
    sites: Callable[[Course], Sequence[AbstractContextManager[Site]]]
    #: Whether each request has a connection of its own.
    close: bool = False


def _kept(course: Course) -> Sequence[AbstractContextManager[Site]]:
    log = str(Path(course.component).with_name("log.json"))
    return [
        python("bare uvicorn, a constant", "bare"),
        ours(course, "ours, isolated, no log lines"),
        ours(course, "ours, isolated, log lines to a file", log=log),
        python("FastAPI, not isolated", "fastapi"),
        node_red("Node-RED, not isolated"),
    ]


def _closed(course: Course) -> Sequence[AbstractContextManager[Site]]:
    return [
        python("bare uvicorn, a constant", "bare"),
        ours(course, "ours, isolated, no log lines"),
        python("FastAPI, not isolated", "fastapi"),
        node_red("Node-RED, not isolated"),
    ]


def _two(course: Course) -> Sequence[AbstractContextManager[Site]]:
    return [
        python("bare uvicorn, a constant", "bare", workers=2),
        ours(course, "ours, isolated, no log lines", workers=2),
        python("FastAPI, not isolated", "fastapi", workers=2),
    ]


def _read(course: Course) -> Sequence[AbstractContextManager[Site]]:
    artifact = _with_files(Path(course.component).parent)
    return [
        python("bare uvicorn, a constant", "bare"),
        asked(ours(course, artifact=artifact), "ours, health", "/health/live"),
        asked(ours(course, artifact=artifact), "ours, a file", "/files/page.html"),
    ]


def _with_files(folder: Path) -> str:
    """A manifest that serves the component, and a folder with a file."""
    (folder / "files").mkdir(exist_ok=True)
    (folder / "files/page.html").write_bytes(b"x" * FILE)
    manifest = {
        "version": 1,
        "external": {"text": "./text.wasm"},
        "components": {"concat": {"flow": ["<> -> text::concat[] -> <>"]}},
        "triggers": {
            "web": {
                "kind": "http",
                "components": True,
                "routes": {"GET /files/*": {"files": "./files"}},
            }
        },
    }
    path = folder / "files.yaml"
    path.write_text(json.dumps(manifest))  # JSON is YAML
    return str(path)


ROWS: Final = (
    Row("a call, connections kept", _kept),
    Row("a call, a connection each", _closed, close=True),
    Row("a call, two workers beside wrk", _two),
    Row(f"what is read, {FILE // 1024} KiB", _read),
)


def main(arguments: list[str]) -> int:
    options = {argument for argument in arguments if argument.startswith("-")}
    words = [argument for argument in arguments if argument not in options]
    if unknown := options - {"--quick", "--save"}:
        print(f"unknown: {', '.join(unknown)}; there are --quick, --save", file=sys.stderr)
        return 2
    if shutil.which("wrk") is None:
        print("bench: this needs wrk (Debian: apt install wrk)", file=sys.stderr)
        return 1
    rows = [row for row in ROWS if not words or any(word in row.name for word in words)]
    try:
        lines = _table(rows, QUICK if "--quick" in options else FULL)
    except (Unavailable, RuntimeError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    if "--save" in options:
        save(lines, "-web")
    return 0


def _table(rows: Sequence[Row], effort: Effort) -> list[str]:
    """Measure and print, row by row."""
    load = ", ".join(f"{each:.2f}" for each in os.getloadavg())
    lines = [f"{machine()}; {versions()}; load before {load}; {CONNECTIONS} connections"]
    lines += ["", *_HEAD]
    print("\n".join(lines), flush=True)
    with lay_out(effort) as course:
        for row in rows:
            new = table_lines(row.name, measure(row, course))
            print("\n".join(new), flush=True)
            lines += new
    return lines


def measure(row: Row, course: Course) -> list[Result]:
    """Ask all servers of a row in turn, after a warm-up."""
    seconds = SECONDS * course.effort.part
    with ExitStack() as running:
        sites = [running.enter_context(site) for site in row.sites(course)]
        for site in sites:
            wrk(site, seconds / 2, close=row.close)
        rounds = [
            [wrk(site, seconds, close=row.close) for site in sites]
            for _ in range(course.effort.rounds)
        ]
        return [
            Result(site.name, [each[i] for each in rounds], memory(site.pid))
            for i, site in enumerate(sites)
        ]


def wrk(site: Site, seconds: float, *, close: bool) -> Round:
    """Ask for so long. Raises `RuntimeError` where anything was answered with an error, or not at all."""
    command = pinned(ASKING, "wrk", "--threads=1", f"--connections={CONNECTIONS}")
    command += [f"--duration={max(1, round(seconds))}s", f"--script={_SCRIPT}"]
    command += [f"http://127.0.0.1:{site.port}{site.path}", "--", "close" if close else "keep"]
    before = cpu_seconds(site.pid)
    done = subprocess.run(
        [*command, *([site.body.decode()] if site.body else [])],
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + 60,
    )
    cpu = cpu_seconds(site.pid) - before
    told = json.loads(done.stdout.splitlines()[-1])
    if told["failed"] or told["refused"] or not told["requests"]:
        raise RuntimeError(f"{site.name} did not answer all: {told}")
    requests = told["requests"]
    return Round(requests / told["seconds"], told["p50"], told["p99"], cpu / requests * 1e6)


def table_lines(name: str, results: Sequence[Result]) -> list[str]:
    """The lines of a row: the best rounds, and the median of what is compared round by round."""
    first, *others = results
    return [_line(name, first, "", ""), *(_beside(first, other) for other in others)]


def _beside(first: Result, other: Result) -> str:
    pairs = list(zip(first.rounds, other.rounds, strict=True))
    rate = statistics.median(its.rate / base.rate for base, its in pairs)
    cpu = statistics.median(its.cpu / base.cpu for base, its in pairs)
    return _line("", other, f"{rate:.0%}", f"{cpu:.2g} ×")


def _line(name: str, result: Result, rate: str, cpu: str) -> str:
    rounds = result.rounds
    cells = [
        name,
        result.name,
        f"{max(each.rate for each in rounds):,.0f}",
        rate,
        f"{min(each.p50 for each in rounds) / 1000:.3g} ms",
        f"{min(each.p99 for each in rounds) / 1000:.3g} ms",
        f"{min(each.cpu for each in rounds):,.0f} µs",
        cpu,
        f"{result.memory / 2**20:,.0f} MiB",
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
