"""Blocks of bytes cut into lines, or numbered as they come: any amount, never more at once than needed.

Says nothing of what a line means; `wasmflow.codec.lines` does.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Final, NamedTuple

#: Lines that are worked on before anything else gets a turn.
MOST_LINES: Final = 256


class Lines(NamedTuple):
    """Lines one after the other, without their ends; ``None`` for one that is too long to be held."""

    #: The number of the first; the first of all is 1.
    number: int
    lines: list[bytes | None]


async def lines(source: AsyncIterator[bytes], longest: int) -> AsyncIterator[Lines]:
    """The lines of some blocks, as soon as they are complete. The last one needs no end."""
    cutter = _Cutter(longest)
    async for block in source:
        for each in cutter.take(block):
            yield each
    for each in cutter.rest():
        yield each


class _Cutter:
    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._number = 1
        #: What has come of a line that is not complete.
        self._parts: list[bytes] = []
        self._held = 0

    def take(self, block: bytes) -> Iterator[Lines]:
        whole: list[bytes | None]
        first, *others = block.split(b"\n")
        self._hold(first)
        if others:
            *middle, last = others
            whole = [self._held_line(), *map(_without_return, middle)]
            self._hold(last)
            yield from self._numbered(whole)

    def rest(self) -> Iterator[Lines]:
        if self._held:
            yield from self._numbered([self._held_line()])

    def _hold(self, part: bytes) -> None:
        """Of a line that gets too long nothing is held but how long it is."""
        self._held += len(part)
        self._parts.append(part)
        if self._held > self._longest:
            self._parts.clear()

    def _held_line(self) -> bytes | None:
        line = None if self._held > self._longest else _without_return(b"".join(self._parts))
        self._parts.clear()
        self._held = 0
        return line

    def _numbered(self, whole: list[bytes | None]) -> Iterator[Lines]:
        for at in range(0, len(whole), MOST_LINES):
            some = whole[at : at + MOST_LINES]
            yield Lines(self._number, some)
            self._number += len(some)


def _without_return(line: bytes) -> bytes:
    """Lines of some systems end with a carriage return and a newline."""
    return line[:-1] if line.endswith(b"\r") else line


async def characters(source: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes, no character of UTF-8 cut in two."""
    rest = b""
    async for block in source:
        content = rest + block
        end = len(content) - _incomplete(content)
        content, rest = content[:end], content[end:]
        if content:
            yield content
    if rest:
        yield rest


def _incomplete(content: bytes) -> int:
    """How many bytes at the end begin a character that is not whole."""
    for back, byte in enumerate(content[:-4:-1], 1):
        if byte < 0x80:
            return 0
        if byte >= 0xC0:
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return back if length > back else 0
    return 0


async def numbered(source: AsyncIterator[bytes]) -> AsyncIterator[Lines]:
    """Each block as it were a line."""
    number = 0
    async for block in source:
        number += 1
        yield Lines(number, [block])
