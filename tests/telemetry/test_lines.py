"""Lines are written in their order, together, and never waited for."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from wasmflow.telemetry.lines import MOST_HELD, Lines


def dropped(count: int) -> bytes:
    return b"%d dropped\n" % count


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """A pipe that few bytes fill."""
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


async def turn() -> None:
    """The loop has turned."""
    for _ in range(3):
        await asyncio.sleep(0)


async def test_the_lines_of_one_turn_are_written_together(pipe: tuple[int, int]) -> None:
    lines = Lines(pipe[1], dropped)
    for number in range(3):
        lines.put(b"%d\n" % number)
    await turn()
    assert os.read(pipe[0], 100) == b"0\n1\n2\n"


async def test_what_is_written_at_once_ends_with_a_line(pipe: tuple[int, int]) -> None:
    lines = Lines(pipe[1], dropped)
    line = b"x" * 999 + b"\n"
    for _ in range(9):
        lines.put(line)
    lines.close()
    read = os.read(pipe[0], 100_000)
    assert read == line * 9


async def test_a_reader_that_is_behind_holds_nobody_up(pipe: tuple[int, int]) -> None:
    lines = Lines(pipe[1], dropped)
    written = [b"%d %s\n" % (number, b"x" * 1000) for number in range(300)]
    for line in written:
        lines.put(line)
    await turn()
    read = b""
    while read.count(b"\n") < len(written):
        read += await asyncio.to_thread(os.read, pipe[0], 10_000)
    assert read == b"".join(written)


async def test_what_nobody_reads_is_dropped_and_counted(pipe: tuple[int, int]) -> None:
    lines = Lines(pipe[1], dropped)
    line = b"x" * 999 + b"\n"
    many = 2 * MOST_HELD // len(line)
    for _ in range(many):
        lines.put(line)
    await turn()
    read = b""
    while len(read) < MOST_HELD - len(line):
        read += await asyncio.to_thread(os.read, pipe[0], 1 << 16)
    lines.put(b"last\n")
    while not read.endswith(b"last\n"):
        read += await asyncio.to_thread(os.read, pipe[0], 1 << 16)
    *written, told, last = read.splitlines()
    assert (last, len(written) + int(told.split()[0])) == (b"last", many)


async def test_lines_of_other_threads_are_written(pipe: tuple[int, int]) -> None:
    lines = Lines(pipe[1], dropped)
    threads = [threading.Thread(target=lines.put, args=(b"x\n",)) for _ in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    await turn()
    assert os.read(pipe[0], 100) == b"x\n" * 9


async def test_nobody_who_reads_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    lines = Lines(writer, dropped)
    lines.put(b"x\n")
    await turn()
    lines.close()
    os.close(writer)


async def test_a_file_takes_all_of_it(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as file:
        lines = Lines(file.fileno(), dropped)
        for number in range(10_000):
            lines.put(b"%d\n" % number)
        lines.close()
    assert (tmp_path / "log").read_bytes().count(b"\n") == 10_000
