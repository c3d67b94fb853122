"""What waits to be sent."""

from __future__ import annotations

import asyncio

from wasmflow.triggers.http.outflow import MOST, Outflow


async def test_what_has_come_goes_out_together() -> None:
    outflow = Outflow()
    outflow.put(b"a")
    outflow.put(b"b")
    assert await outflow.wait()
    assert await outflow.take() == b"ab"


async def test_what_follows_at_once_goes_with_it() -> None:
    outflow = Outflow()

    async def put() -> None:
        for _ in range(3):
            outflow.put(b"x")
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        group.create_task(put())
        assert await outflow.wait()
        assert await outflow.take() == b"xxx"


async def test_its_end_is_waited_for_too() -> None:
    outflow = Outflow()
    asyncio.get_running_loop().call_soon(outflow.end)
    assert await outflow.wait()
    assert await outflow.take() == b""


async def test_silence_is_told() -> None:
    assert not await Outflow().wait(0)


async def test_whoever_puts_waits_until_something_was_taken() -> None:
    outflow = Outflow()
    outflow.put(b"x" * (MOST + 1))
    waiting = asyncio.create_task(outflow.room())
    await asyncio.sleep(0)
    assert (outflow.full, waiting.done()) == (True, False)
    assert len(await outflow.take()) == MOST + 1
    await waiting
