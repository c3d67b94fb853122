from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.collections.wasm.guests import Guest, opened, soon, transaction
from wasmflow.collections.wasm import stdio
from wasmflow.collections.wasm.files import Files, Reader, Writer
from wasmflow.collections.wasm.runtime import process_runtime
from wasmflow.collections.wasm.surroundings import Refused, Surroundings, World
from wasmflow.collections.wasm.waiting import Waiters, Watch
from wasmflow.component import Call
from wasmflow.grants import STDIO, Grants
from wasmflow.limits import Limits
from wasmflow.types import model as wit

ALL = Grants(stdio=frozenset(STDIO))
places = process_runtime().places


@contextmanager
def piped(handle: int) -> Iterator[int]:
    """A pipe in the place of a standard stream of this process; gives the other end of it."""
    saved, (reading, writing) = os.dup(handle), os.pipe()
    mine, other = (reading, writing) if handle == 0 else (writing, reading)
    os.dup2(mine, handle)
    os.close(mine)
    try:
        yield other
    finally:
        os.dup2(saved, handle)
        os.close(saved)
        os.close(other)


async def call(guest: Guest, name: str, *inputs: Any, **limits: Any) -> Any:
    return await guest.call(name, *inputs, transaction=transaction(**limits))


async def test_what_is_printed_goes_to_the_streams_of_the_process() -> None:
    with piped(1) as out, piped(2) as err, opened("sandbox", world=World(ALL)) as guest:
        assert await call(guest, "print", "to output") == ()
        assert await call(guest, "write", "to error") == (1 << 16,)
        assert os.read(out, 100) == b"to output"
        assert os.read(err, 100) == b"to error" + bytes(10)


async def test_input_is_that_of_the_process() -> None:
    with piped(0) as source, piped(1) as out, opened("sandbox", world=World(ALL)) as guest:
        os.write(source, b"from input")
        assert await call(guest, "splice") == (0,)
        assert os.read(out, 100) == b"from "
        assert await call(guest, "poll-two") == (2,)


async def test_input_that_has_ended_is_at_its_end() -> None:
    with piped(0) as source, opened("sandbox", world=World(ALL)) as guest:
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, source)
        os.close(nothing)
        assert await call(guest, "read") == (11,)


async def test_who_waits_for_input_is_woken_by_it() -> None:
    with piped(0) as source, piped(1), opened("sandbox", world=World(ALL)) as guest:
        waiting = guest.start("read")
        while not waiting._lock.locked():  # noqa: ASYNC110 (a thread takes it)
            await asyncio.sleep(0)
        os.write(source, b"x")
        assert (await waiting)[0] // 10 == 0


async def test_who_waits_for_input_that_never_comes_is_stopped() -> None:
    with piped(0), opened("sandbox", world=World(ALL)) as guest:
        assert "time limit" in str(await call(guest, "read", deadline=soon(0.05)))
        waiting = guest.start("read")
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert places.taken == 0


async def test_who_waits_for_a_reader_that_never_comes_is_stopped() -> None:
    with piped(1), opened("sandbox", world=World(ALL)) as guest:
        outcome = await call(guest, "print", "x" * 500_000, deadline=soon(0.05))
        assert "time limit" in str(outcome)


async def test_what_is_written_counts_as_printed() -> None:
    limits = Limits(log_bytes=100)
    with piped(1) as out, opened("sandbox", limits, World(ALL)) as guest:
        assert "printed more" in str(await call(guest, "print", "x" * 101))
        assert await call(guest, "print", "y" * 100) == ()
        assert os.read(out, 1000) == b"y" * 100


async def test_streams_that_are_not_granted_lead_nowhere(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "wasmflow.guest")
    only = World(Grants(stdio=frozenset(("stderr",))))
    with piped(0) as source, opened("sandbox", world=only) as guest:
        os.write(source, b"x")
        assert await call(guest, "read") == (11,)
        assert await call(guest, "print", "to the log") == ()
    assert caplog.messages == ["to the log"]


# --- the functions themselves ---


def surroundings(grants: Grants = ALL, stop: str = "") -> Surroundings:
    made = Surroundings(Call(transaction()), 1000, world=World(grants))
    made.watch = Watch(lambda: stop, Waiters())
    made.files = Files()
    return made


def run(interface: str, name: str, *arguments: Any) -> Any:
    definition: Any = stdio.INTERFACES[f"wasi:{interface}"][name]
    return definition.run(*arguments)


def test_a_time_comes_before_input_that_does_not() -> None:
    for grants in (ALL, Grants(stdio=ALL.stdio, clock=True)):
        with piped(0) as source:
            seen = surroundings(grants)
            alarm, later = seen.set_alarm(2_000_000), seen.set_alarm(10**15)
            assert run("io/poll", "poll", seen, [1, alarm, later]) == [1]
            os.write(source, b"x")
            assert run("io/poll", "poll", seen, [1, later]) == [0]
            assert run("io/poll", "[method]pollable.ready", seen, 1)


def test_nothing_is_polled_for_ever() -> None:
    with pytest.raises(Refused, match="polled nothing"):
        run("io/poll", "poll", surroundings(), [])


def test_reading_without_waiting_gives_what_there_is() -> None:
    read = "[method]input-stream.read"
    with piped(0) as source:
        seen = surroundings()
        assert run("io/streams", read, seen, 1, 10) == wit.Case("ok", b"")
        os.write(source, b"abc")
        assert run("io/streams", read, seen, 1, 2) == wit.Case("ok", b"ab")
        assert run("io/streams", "[method]input-stream.skip", seen, 1, 9) == wit.Case("ok", 1)
        assert run("io/streams", read, seen, 0, 2) == wit.Case("err", wit.Case("closed"))


def test_streams_of_files_are_read_and_written(tmp_path: Any) -> None:
    path, seen = tmp_path / "file", surroundings()
    path.write_bytes(b"hello")
    handles = (os.open(path, os.O_RDWR) for _ in range(2))
    reader = seen.files.add(100, lambda: Reader(next(handles), 1))
    writer = seen.files.add(101, lambda: Writer(next(handles), 4))
    splice = "[method]output-stream.blocking-splice"
    assert run("io/streams", splice, seen, writer, reader, 3) == wit.Case("ok", 3)
    assert path.read_bytes() == b"hellell"
    write_zeroes = "[method]output-stream.write-zeroes"
    assert run("io/streams", write_zeroes, seen, writer, 2).name == "ok"
    with pytest.raises(Refused, match="zeroes at once"):
        run("io/streams", write_zeroes, seen, writer, 2**40)
    assert run("io/streams", "[method]input-stream.subscribe", seen, reader) == 0
    seen.files.close_all()
    assert path.read_bytes() == b"hellell\0\0"


def test_what_fails_is_told_with_its_error() -> None:
    failed = run("io/streams", "[method]input-stream.read", surroundings(), 999, 1)
    assert failed.name == "err"
    name, number = failed.payload
    assert name == "last-operation-failed"
    assert number == 3  # bad-descriptor


def test_who_finds_no_room_left_by_others_does_not_wait_in_the_system() -> None:
    with piped(1) as out:
        while stdio._write_at_once(2, memoryview(bytes(4096))):
            pass
        os.read(out, 1 << 16)
        assert stdio._write_at_once(2, memoryview(b"x")) == 1


def test_output_that_nobody_reads_is_a_closed_stream() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with piped(1):
        os.dup2(writing, 1)
        write = "[method]output-stream.blocking-write-and-flush"
        assert run("io/streams", write, surroundings(), 2, b"x") == wit.Case(
            "err", wit.Case("closed")
        )
    os.close(writing)


@pytest.mark.parametrize("name", STDIO)
def test_only_terminals_are_terminals(name: str) -> None:
    get = f"get-terminal-{name}"
    assert run(f"cli/terminal-{name}", get, surroundings(Grants())) is None
    with piped(STDIO.index(name)):
        assert run(f"cli/terminal-{name}", get, surroundings()) is None
