"""`make bench`: prints the table, and writes it to results/ if asked to."""

from __future__ import annotations

import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench.measure import Figure
from bench.rows import ROWS, Row, artifacts

RESULTS = Path(__file__).parent / "results"


def main(arguments: list[str]) -> int:
    words = [word for word in arguments if not word.startswith("-")]
    chosen = [row for row in ROWS if not words or any(word in row.name for word in words)]
    if not chosen:
        print(f"no row has one of: {', '.join(words)}", file=sys.stderr)
        return 2
    lines = [_machine(), "", *_HEAD]
    print("\n".join(lines), flush=True)
    with artifacts() as files:
        for row in chosen:
            new = _lines(row, row.measure(files))
            print("\n".join(new), flush=True)
            lines += new
    if "--save" in arguments:
        _save(lines)
    return 0


_HEAD = (
    "| measure | who | time | beside ours | to reach |",
    "|---|---|--:|--:|--:|",
)


def _lines(row: Row, figures: list[Figure]) -> list[str]:
    return [
        f"| {row.name if i == 0 else ''} | {figure.name} | {_time(figure.best)} "
        f"| {'' if i == 0 else f'{figure.ratio:.2g} ×'} "
        f"| {_time(row.target) if i == 0 and row.target else ''} |"
        for i, figure in enumerate(figures)
    ]


def _time(microseconds: float) -> str:
    if microseconds < 1000:
        return f"{microseconds:.3g} µs"
    return f"{microseconds / 1000:.3g} ms"


def _machine() -> str:
    processor = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        named = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        processor = (
            f"{named[0].partition(':')[2].strip()}, {len(named)} cores" if named else processor
        )
    return f"{processor}; {platform.system()}; CPython {platform.python_version()}"


def _save(lines: list[str]) -> None:
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.now(UTC):%Y-%m-%d}.md"
    path.write_text("\n".join(lines) + "\n")
    print(f"written to {path.relative_to(Path.cwd())}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
