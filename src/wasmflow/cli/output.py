"""Where the commands write, and what a terminal can show.

Results go to standard output, everything else to standard error. Text that comes from others (a
guest's message, a description in a binary) passes through `printable` before a terminal sees it.
"""

from __future__ import annotations

import os
import select
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import IO, TYPE_CHECKING, Final

import click

from wasmflow.errors import WorldError
from wasmflow.escaping import printable as printable

if TYPE_CHECKING:
    from wasmflow.types.model import Json


class ClosedOutput(Exception):
    """Nobody reads standard output any more."""


def put(text: str) -> None:
    """Write text for people to standard output; what its encoding lacks is replaced.

    Raises `ClosedOutput` if nobody reads it, `WorldError` if it cannot be written.
    """
    put_bytes(_encoded(text, sys.stdout))


def put_json(value: Json) -> None:
    """Write a line of JSON to standard output."""
    put_bytes(json_line(value))


def json_line(value: Json) -> bytes:
    """A line of JSON for standard output, escaped where its encoding lacks a character."""
    from wasmflow.types.json import dumps

    line = dumps(value) + "\n"
    try:
        return line.encode(_encoding(sys.stdout))
    except UnicodeEncodeError:
        return _json_escaped(line).encode("ascii")


def put_bytes(content: bytes) -> None:
    """Write to standard output as it is."""
    with _writing():
        if sys.stdout is None:
            raise BrokenPipeError
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()


def put_past_buffers(content: bytes) -> None:
    """The same, on any thread: not by way of Python's buffers, which only one may use."""
    with _writing():
        if sys.stdout is None:
            raise BrokenPipeError
        fd, rest = sys.stdout.fileno(), memoryview(content)
        while rest:
            rest = rest[_write(fd, rest) :]


def _write(fd: int, content: memoryview) -> int:
    try:
        return os.write(fd, content)
    except BlockingIOError:  # somebody who shares it has made it so
        select.select([], [fd], [])
        return 0


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise ClosedOutput from None
    except OSError as error:
        raise WorldError(f"cannot write to standard output: {error.strerror}") from error


#: Takes away what stands on the terminal's line.
CLEAR: Final = "\r\x1b[K"


class Live:
    """Whether a line of progress stands on standard error; whatever else is written replaces it."""

    shown = False


def note(text: str) -> None:
    """Write a line for people to standard error. If nobody can read it, it is lost, and that is all."""
    if sys.stderr is not None:
        line = _encoded(text, sys.stderr).decode(_encoding(sys.stderr)) + "\n"
        with suppress(OSError, ValueError):
            sys.stderr.write(CLEAR + line if Live.shown else line)
            sys.stderr.flush()


def _encoding(stream: IO[str] | None) -> str:
    return getattr(stream, "encoding", None) or "utf-8"


_ASCII = str.maketrans({"…": "...", "→": "->", "–": "-", "—": "-", "×": "x", "·": "-", "µ": "u"})


def _encoded(text: str, stream: IO[str] | None) -> bytes:
    encoding = _encoding(stream)
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_ASCII).encode(encoding, "replace")


def _json_escaped(text: str) -> str:
    units = text.encode("utf-16-be")
    pairs = (int.from_bytes(units[i : i + 2]) for i in range(0, len(units), 2))
    return "".join(chr(unit) if unit < 0x80 else f"\\u{unit:04x}" for unit in pairs)


def one_line(text: str) -> str:
    """Text from others as one line, with nothing left out."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return printable(" | ".join(line for line in lines if line))


@dataclass(frozen=True)
class Terminal:
    """What one stream can show."""

    stream: IO[str] | None

    @cached_property
    def interactive(self) -> bool:
        """Whether a person looks at it."""
        try:
            return self.stream is not None and self.stream.isatty()
        except ValueError:  # closed
            return False

    @cached_property
    def colour(self) -> bool:
        """Whether to colour: on a terminal, unless NO_COLOR (no-color.org) or the terminal forbids it."""
        allowed = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        return self.interactive and allowed

    @cached_property
    def piped(self) -> bool:
        """Whether another program reads it as it comes."""
        try:
            return self.stream is not None and stat.S_ISFIFO(os.fstat(self.stream.fileno()).st_mode)
        except (OSError, ValueError):
            return False

    @cached_property
    def unicode(self) -> bool:
        """Whether its encoding has the characters that drawings use."""
        try:
            "─│┌┐└┘├┤┬┴┼▶●⠋…".encode(_encoding(self.stream))
        except UnicodeEncodeError:
            return False
        return True

    @property
    def width(self) -> int:
        """Columns to use, changing as the window does."""
        import shutil

        return max(shutil.get_terminal_size((80, 24)).columns, 20)

    def bold(self, text: str) -> str:
        return self._styled(text, bold=True)

    def faint(self, text: str) -> str:
        return self._styled(text, dim=True)

    def bad(self, text: str) -> str:
        return self._styled(text, bold=True, fg="red")

    def warning(self, text: str) -> str:
        return self._styled(text, bold=True, fg="yellow")

    def hint(self, text: str) -> str:
        return self._styled(text, fg="cyan")

    def _styled(self, text: str, *, bold: bool = False, dim: bool = False, fg: str = "") -> str:
        if not self.colour or not text:
            return text
        return click.style(text, bold=bold or None, dim=dim or None, fg=fg or None)


def out() -> Terminal:
    """The terminal behind standard output, as it is now."""
    return Terminal(sys.stdout)


def err() -> Terminal:
    """The terminal behind standard error, as it is now."""
    return Terminal(sys.stderr)
