"""What comes in, read by one for two."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from wasmflow.triggers.http.inbox import MOST, Inbox
from wasmflow.triggers.http.problems import Gone


def opened(message: dict[str, Any]) -> tuple[bytes | None, bool]:
    if message.get("left"):
        raise Gone("left")
    return message.get("body"), message.get("more", True)


class Client:
    def __init__(self, *messages: dict[str, Any]) -> None:
        self.messages = list(messages)
        self.inbox = Inbox(self.receive, opened)

    async def receive(self) -> dict[str, Any]:
        if not self.messages:
            await asyncio.Event().wait()
        return self.messages.pop(0)


async def read(client: Client) -> list[bytes]:
    return [each async for each in client.inbox]


async def test_what_comes_is_read_to_its_end_and_then_its_leaving_is_seen() -> None:
    client = Client({"body": b"a"}, {"body": b"b", "more": False}, {"left": True})
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(read(client))
        group.create_task(client.inbox.left())
    assert reading.result() == [b"a", b"b"]


async def test_who_leaves_too_early_is_told_to_the_reader() -> None:
    client = Client({"body": b"a"}, {"left": True})
    await client.inbox.left()
    assert await anext(client.inbox) == b"a"
    with pytest.raises(Gone):
        await anext(client.inbox)


async def test_only_so_much_is_read_ahead() -> None:
    client = Client(*[{"body": b"x" * MOST}] * 3, {"left": True})
    watching = asyncio.create_task(client.inbox.left())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert (len(client.messages), watching.done()) == (2, False)
    for _ in range(3):
        await anext(client.inbox)
    await watching


async def test_what_is_closed_ends_with_what_has_come() -> None:
    client = Client({"body": b"a"})
    watching = asyncio.create_task(client.inbox.left())
    await asyncio.sleep(0)
    client.inbox.close()
    assert (await read(client), client.inbox.cut) == ([b"a"], True)
    watching.cancel()


async def test_what_was_whole_was_not_cut() -> None:
    client = Client()
    client.inbox.fill(b"all")
    client.inbox.close()
    assert (await read(client), client.inbox.cut) == ([b"all"], False)
