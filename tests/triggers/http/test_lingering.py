from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.fakes import run_virtually
from wasmflow.triggers.http.lingering import Lingering


class Wire(asyncio.Transport):
    """A transport that remembers what is done with it."""

    def __init__(self, *, half: bool = True) -> None:
        super().__init__()
        self.done: list[Any] = []
        self.half = half
        self.closed = False
        self.untaken = 0

    def write(self, data: Any) -> None:
        assert not self.closed, "written to a handle that is closed"
        self.done.append(data)

    def is_closing(self) -> bool:
        return self.closed

    def can_write_eof(self) -> bool:
        return self.half

    def write_eof(self) -> None:
        self.done.append("end")

    def resume_reading(self) -> None: ...

    def get_write_buffer_size(self) -> int:
        return self.untaken

    def close(self) -> None:
        self.done.append("closed")
        self.closed = True

    def abort(self) -> None:
        self.done.append("cut off")
        self.closed = True


def _wire(*, half: bool = True) -> tuple[Wire, Lingering]:
    wire = Wire(half=half)
    return wire, Lingering(wire, asyncio.get_running_loop(), lambda: 30.0)


def test_who_does_not_close_a_connection_is_cut_off_after_a_moment() -> None:
    async def close() -> list[Any]:
        wire, lingering = _wire()
        lingering.write(b"last")
        lingering.close()
        lingering.close()
        lingering.write(b"too late")
        assert wire.done == [b"last", "end"]
        assert lingering.is_closing()
        await asyncio.sleep(10)
        return wire.done

    assert run_virtually(close()) == [b"last", "end", "cut off"]


def test_nobody_is_cut_off_who_still_takes_what_was_sent() -> None:
    async def close() -> list[Any]:
        wire, lingering = _wire()
        wire.untaken = 1
        lingering.close()
        await asyncio.sleep(100)
        assert wire.done == ["end"]
        wire.untaken = 0
        await asyncio.sleep(10)
        return wire.done

    assert run_virtually(close()) == ["end", "cut off"]


def test_who_closes_it_is_not() -> None:
    async def close() -> list[Any]:
        wire, lingering = _wire()
        lingering.close()
        lingering.lost()
        await asyncio.sleep(10)
        return wire.done

    assert run_virtually(close()) == ["end"]


@pytest.mark.parametrize("half", [True, False])
def test_nothing_is_written_to_a_connection_that_is_closed(half: bool) -> None:
    async def write() -> list[Any]:
        wire, lingering = _wire(half=half)
        wire.closed = True
        lingering.write(b"for nobody")
        lingering.close()
        return wire.done

    assert run_virtually(write()) == []


def test_encrypted_connections_say_goodbye_themselves() -> None:
    async def close() -> list[Any]:
        wire, lingering = _wire(half=False)
        lingering.close()
        return wire.done

    assert run_virtually(close()) == ["closed"]


def test_who_sends_nothing_more_is_kept_while_there_is_something_to_send() -> None:
    async def send() -> list[Any]:
        wire, lingering = _wire()
        lingering.hear_end(bytes)
        for _ in range(4):
            await asyncio.sleep(29)
            lingering.write(b"more")
        wire.untaken = 1
        await asyncio.sleep(100)
        assert wire.done == [b"more"] * 4
        wire.untaken = 0
        await asyncio.sleep(61)
        return wire.done[4:]

    assert run_virtually(send()) == ["cut off"]


def test_who_sends_nothing_more_need_not_be_waited_for() -> None:
    async def close() -> list[Any]:
        wire, lingering = _wire()
        lingering.hear_end(bytes)
        lingering.write(b"last")
        lingering.close()
        lingering.lost()
        return wire.done

    assert run_virtually(close()) == [b"last", "closed"]
