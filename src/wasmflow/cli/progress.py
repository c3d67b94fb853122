"""A line on the terminal about what takes long, such as compiling; gone when it is done.

Nothing is shown of what takes less than a second, nor where nobody looks. Of commands joined by pipes
the last one shows its line: they share a terminal.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, Final

from wasmflow.cli.output import CLEAR, Live, Terminal, err, out, printable

#: As `wasmflow.collections.opening.Progress`, which is not imported for the sake of quick help.
#: Something else than text is shown as it is at each moment.
Report = Callable[[object, float | None], None]

#: Seconds that pass before anything is shown, and between two pictures.
PATIENCE: Final = 1.0
INTERVAL: Final = 0.1

_SPINNER: Final = {True: "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", False: "|/-\\"}


@contextmanager
def progress(
    terminal: Terminal | None = None, patience: float = PATIENCE, *, quiet: bool = False
) -> Iterator[Report]:
    """A function to report progress to, shown until the block ends. May be called on any thread."""
    terminal = terminal or err()
    if quiet or terminal.stream is None or not terminal.interactive or out().piped:
        yield lambda _what, _part: None
        return
    line = _Line(terminal, terminal.stream, patience)
    try:
        yield line.report
    finally:
        line.close()


@dataclass(frozen=True, slots=True)
class Doing:
    """What is being done, since when, and how much of it is done if that is known."""

    what: object
    since: float
    part: float | None = None


def picture(doing: Doing, now: float, *, width: int, unicode: bool) -> str:
    """One line, no wider than the terminal."""
    frames = _SPINNER[unicode]
    seconds = now - doing.since
    frame = frames[round(seconds / INTERVAL) % len(frames)]
    done = "" if doing.part is None else f" {min(max(doing.part, 0.0), 1.0):.0%}"
    tail = f"{done} ({seconds:.0f} s)"
    room = width - len(frame) - len(tail) - 2
    what = printable(str(doing.what)).replace("\n", " ")
    if len(what) > room:
        dots = "…" if unicode else "..."
        what = what[: max(room - len(dots), 0)] + dots
    return f"{frame} {what}{tail}"[: width - 1]


class _Line:
    """The line and the thread that keeps it moving, which is started by the first report."""

    def __init__(self, terminal: Terminal, stream: IO[str], patience: float) -> None:
        self._terminal = terminal
        self._stream = stream
        self._patience = patience
        self._doing: Doing | None = None
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._started = time.monotonic()

    def report(self, what: object, part: float | None) -> None:
        doing = self._doing
        since = doing.since if doing is not None and doing.what == what else time.monotonic()
        self._doing = Doing(what, since, part)
        if self._thread is None:
            self._thread = threading.Thread(target=self._show, name="progress", daemon=True)
            self._thread.start()

    def _show(self) -> None:
        if self._closed.wait(self._patience):
            return
        with suppress(OSError, ValueError):  # the terminal has gone: nobody to show it to
            while not self._closed.is_set():
                self._draw()
                self._closed.wait(INTERVAL)
            self._stream.write(CLEAR)
            self._stream.flush()
        Live.shown = False

    def _draw(self) -> None:
        if self._doing is not None:
            terminal = self._terminal
            text = picture(
                self._doing, time.monotonic(), width=terminal.width, unicode=terminal.unicode
            )
            Live.shown = True
            self._stream.write(f"\r{text}\x1b[K")  # clears what is left of a longer one
            self._stream.flush()

    def close(self) -> None:
        self._closed.set()
        if self._thread is not None:
            self._thread.join()
