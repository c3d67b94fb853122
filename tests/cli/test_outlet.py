"""Standard output for many lines."""

from __future__ import annotations

import asyncio
import os
import sys
import threading

import pytest

from wasmflow.cli.outlet import LIMIT, never, outlet, taken_at_once
from wasmflow.cli.output import ClosedOutput
from wasmflow.errors import UsageError


async def test_what_is_ready_together_is_written_together() -> None:
    written: list[bytes] = []
    async with outlet(written.append, never) as out:
        out.put(b"a\n")
        out.put(b"b\n")
        await out.room()
    assert written == [b"a\nb\n"]


async def test_a_line_is_written_when_no_other_is_ready() -> None:
    written: list[bytes] = []
    came = asyncio.Event()
    loop = asyncio.get_running_loop()

    def write(content: bytes) -> None:
        written.append(content)
        loop.call_soon_threadsafe(came.set)

    async with outlet(write, never) as out:
        out.put(b"a\n")
        await came.wait()
        assert written == [b"a\n"]


async def test_who_puts_in_much_waits_for_who_reads() -> None:
    reading = threading.Event()
    async with outlet(lambda _: assert_set(reading), never) as out:
        out.put(b"x" * LIMIT)
        await asyncio.sleep(0)  # is being written from now on
        await out.room()
        out.put(b"x" * LIMIT)
        waiting = asyncio.create_task(out.room())
        await asyncio.sleep(0)
        assert not waiting.done()
        reading.set()
        await waiting


def assert_set(event: threading.Event) -> None:
    assert event.wait(60)


async def test_a_closed_output_ends_what_waits_for_something_else() -> None:
    def write(_content: bytes) -> None:
        raise ClosedOutput

    async def wait_for_ever() -> None:
        async with outlet(write, never) as out:
            out.put(b"a\n")
            await asyncio.Event().wait()

    with pytest.raises(ClosedOutput):
        await wait_for_ever()


async def test_what_came_before_an_error_is_written() -> None:
    written: list[bytes] = []

    async def fail() -> None:
        async with outlet(written.append, never) as out:
            out.put(b"a\n")
            raise UsageError("no")

    with pytest.raises(UsageError, match="no"):
        await fail()
    assert written == [b"a\n"]


def test_a_pipe_takes_at_once_what_it_has_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb"), os.fdopen(writing, "wb", buffering=0) as output:
        monkeypatch.setattr(sys, "stdout", output)
        assert taken_at_once(b"x" * 4096)
        assert not taken_at_once(b"x" * 100_000)
        while taken_at_once(b"x" * 4096):
            output.write(b"x" * 4096)
        assert not taken_at_once(b"x")


async def test_what_is_taken_at_once_needs_no_thread() -> None:
    threads = []
    async with outlet(lambda _: threads.append(threading.current_thread()), lambda _: True) as out:
        out.put(b"a\n")
    assert threads == [threading.main_thread()]
