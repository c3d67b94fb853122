"""`make bench`, `make bench-peers`: prints a table, and writes it to results/ if asked to."""

from __future__ import annotations

import sys

from bench.course import Row, lay_out
from bench.measure import FULL, QUICK, Effort, Figure
from bench.peers.node import Unavailable, versions
from bench.report import machine, save
from bench.rows import PEER_ROWS, ROWS

#: What may stand beside the words that choose rows.
OPTIONS = ("--peers", "--quick", "--save")


def main(arguments: list[str]) -> int:
    options = {argument for argument in arguments if argument.startswith("-")}
    words = [argument for argument in arguments if argument not in options]
    if unknown := options.difference(OPTIONS):
        print(f"unknown: {', '.join(unknown)}; there are {', '.join(OPTIONS)}", file=sys.stderr)
        return 2
    peers = "--peers" in options
    rows = PEER_ROWS if peers else ROWS
    chosen = [row for row in rows if not words or any(word in row.name for word in words)]
    if not chosen:
        print(f"no row has one of: {', '.join(words)}", file=sys.stderr)
        return 2
    try:
        where = f"{machine()}; {versions()}" if peers else machine()
        lines = _table(where, chosen, QUICK if "--quick" in options else FULL)
    except Unavailable as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    if "--save" in options:
        save(lines, "-peers" if peers else "")
    return 0


def _table(machine: str, rows: list[Row], effort: Effort) -> list[str]:
    """Measure and print, row by row."""
    lines = [machine, "", *_HEAD]
    print("\n".join(lines), flush=True)
    with lay_out(effort) as course:
        for row in rows:
            new = _lines(row, row.measure(course))
            print("\n".join(new), flush=True)
            lines += new
    return lines


_HEAD = (
    "| measure | who | time | packets per second | beside the first | to reach |",
    "|---|---|--:|--:|--:|--:|",
)


def _lines(row: Row, figures: list[Figure]) -> list[str]:
    return [
        f"| {row.name if i == 0 else ''} | {figure.name} | {_time(figure.best)} "
        f"| {_rate(figure)} | {'' if i == 0 else f'{figure.ratio:.2g} ×'} "
        f"| {_time(row.target) if i == 0 and row.target else ''} |"
        for i, figure in enumerate(figures)
    ]


def _time(microseconds: float) -> str:
    if microseconds < 1000:
        return f"{microseconds:.3g} µs"
    return f"{microseconds / 1000:.3g} ms"


def _rate(figure: Figure) -> str:
    if not figure.size:
        return ""
    packets = 1e6 / figure.best
    return f"{packets:,.0f} ({packets * figure.size / 1e6:.3g} MB)"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
