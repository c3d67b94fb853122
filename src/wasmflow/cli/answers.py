"""Answers to lines, worked on several at a time and put out in the order of the lines."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, NamedTuple, TypeAlias

from wasmflow.cli.outlet import Outlet, alone
from wasmflow.codec.cutting import Lines
from wasmflow.errors import WasmflowError

#: Lines for each worker that may be ahead of the first that has no answer yet. More would keep all
#: workers at work behind a line that takes long, and hold as many answers.
AHEAD: Final = 4


class Answer(NamedTuple):
    """What a line comes to."""

    #: The bytes to put out.
    shown: bytes = b""
    #: What is to be told besides.
    error: WasmflowError | None = None


#: Answers a line, with its number; ``None`` is a line that is too long to be held. Raises
#: `WasmflowError` if there is only that to tell.
Answerer: TypeAlias = Callable[[int, bytes | None], Awaitable[Answer]]
#: Hears of the line with this number what is to be told.
Tell: TypeAlias = Callable[[int, WasmflowError], None]


async def answer_lines(
    lines: AsyncIterator[Lines], answer: Answerer, tell: Tell, out: Outlet, *, jobs: int
) -> None:
    """Answer every line, at most `jobs` at a time."""
    answers = _Answers(answer, tell, out, AHEAD * jobs)
    with alone():
        async with asyncio.TaskGroup() as group:
            for _ in range(jobs):
                group.create_task(answers.work())
            await answers.read(lines)


class _Answers:
    """A reader, workers that find lines where it leaves them, and answers that wait for their turn."""

    def __init__(self, answer: Answerer, tell: Tell, out: Outlet, ahead: int) -> None:
        self._answer = answer
        self._tell = tell
        self._out = out
        self._ahead = ahead
        self._lines: deque[tuple[int, bytes | None]] = deque()
        self._ended = False
        #: How many lines have been taken by workers, and how many answers have been put out.
        self._taken = 0
        self._put = 0
        #: Answers by the place of their line among all.
        self._done: dict[int, tuple[int, Answer]] = {}
        #: Set when lines have come; when all have been taken; when answers have been put out.
        self._filled = asyncio.Event()
        self._emptied = asyncio.Event()
        self._moved = asyncio.Event()

    async def read(self, lines: AsyncIterator[Lines]) -> None:
        async for number, some in lines:
            self._lines.extend(enumerate(some, number))
            self._filled.set()
            while self._lines:
                self._emptied.clear()
                await self._emptied.wait()
        self._ended = True
        self._filled.set()

    async def work(self) -> None:
        while await self._has_line():
            place = self._taken
            self._taken += 1
            number, line = self._lines.popleft()
            try:
                self._done[place] = number, await self._answer(number, line)
            except WasmflowError as error:
                self._done[place] = number, Answer(error=error)
            self._put_out()
            await self._out.room()

    async def _has_line(self) -> bool:
        """Wait for a line; or for the end, then there is none."""
        while not self._lines or self._taken - self._put >= self._ahead:
            if not self._lines:
                if self._ended:
                    return False
                self._emptied.set()
                changed = self._filled
            else:
                changed = self._moved
            changed.clear()
            await changed.wait()
        return True

    def _put_out(self) -> None:
        while (done := self._done.pop(self._put, None)) is not None:
            self._put += 1
            number, answer = done
            if answer.shown:
                self._out.put(answer.shown)
            if answer.error is not None:
                self._tell(number, answer.error)
        self._moved.set()
