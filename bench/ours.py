"""Ours: work on hosts that are opened before the first round and stay open until the event loop ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, cast

from bench.measure import Work, repeat_async
from wasmflow.component import Call, Component, Use
from wasmflow.host.host import USUAL, Host, open_host


class Opened:
    """A host that is opened when it is first asked for."""

    def __init__(self, reference: str) -> None:
        self._reference = reference
        #: Kept, since the host is closed with it.
        self._stack = AsyncExitStack()
        self._host: Host | None = None

    async def host(self) -> Host:
        if self._host is None:
            self._host = await self._stack.enter_async_context(open_host(self._reference))
        return self._host


def hosted(reference: str, call: Callable[[Host], Awaitable[object]]) -> Work:
    """A call on the host, again and again."""
    opened = Opened(reference)

    async def work(times: int) -> None:
        host = await opened.host()
        await repeat_async(lambda: call(host))(times)

    return work


def started(reference: str, name: str, inputs: tuple[object, ...]) -> Work:
    """`Component.start` within one transaction per round, so that stores are warm."""
    opened = Opened(reference)

    async def work(times: int) -> None:
        host = await opened.host()
        component = cast(Component, host.collection.component(name, Use()))
        call = Call(host.transaction(USUAL))
        for _ in range(times):
            outcome: Any = component.start(inputs, call)
            if not isinstance(outcome, tuple):
                await asyncio.ensure_future(outcome)
        host.collection.release(call.transaction)

    return work
