"""What a person can see of a long stream while it runs: a line of progress, and who waits for whom."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from wasmflow.cli.output import note, out, printable
from wasmflow.cli.progress import progress
from wasmflow.engine.standing import Standing


@dataclass(slots=True)
class Counts:
    """Lines that have been taken from standard input, and put to standard output."""

    taken: int = 0
    sent: int = 0
    began: float = field(default_factory=time.monotonic)

    def __str__(self) -> str:
        rate = max(self.taken, self.sent) / max(time.monotonic() - self.began, 0.001)
        taken = f"{self.taken:,} in, " if self.taken else ""
        return f"{taken}{self.sent:,} out, {rate:,.0f} a second"


#: What every part of a running flow does.
Statistics: TypeAlias = Callable[[], Iterable[Standing]]


@contextmanager
def watch(
    counts: Counts, fd: int | None, statistics: Statistics = tuple, *, quiet: bool
) -> Iterator[None]:
    """Show progress until the block ends, unless lines come out, or are typed, on the same terminal.

    `fd`: where lines are read, if any are. The signal USR1 has it told, with what every part of the flow
    does.
    """
    typed = fd is not None and os.isatty(fd)
    unseen = quiet or typed or out().interactive
    with progress(quiet=unseen) as report, _told(counts, statistics):
        report(counts, None)
        yield


@contextmanager
def _told(counts: Counts, statistics: Statistics) -> Iterator[None]:
    if sys.platform == "win32":
        yield
        return
    loop = asyncio.get_running_loop()

    def tell() -> None:
        note(str(counts))
        for standing in statistics():
            note(f"  {standing_text(standing)}")

    loop.add_signal_handler(signal.SIGUSR1, tell)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGUSR1)


def standing_text(standing: Standing) -> str:
    """What a part of a flow does, in a line."""
    on = f" ({', '.join(standing.on)})" if standing.on else ""
    packets = f"{standing.taken:,} taken, {standing.standing:,} before it"
    return printable(f"{standing.path or '<>'}: {standing.state}{on}; {packets}")
