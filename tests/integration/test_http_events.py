"""Server-sent events, as a browser takes them: it asks again by itself where they break off."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page

from tests.fakes import FakeSession, FakeStreamer, exception, source
from tests.integration.browsing import chromium
from tests.triggers.doors import FakeCollection, signature, surroundings, trigger
from tests.triggers.http.streaming import until
from wasmflow.component import About
from wasmflow.host.host import Host
from wasmflow.host.settings import Settings
from wasmflow.packet import EMPTY
from wasmflow.triggers.http.server import HttpServer
from wasmflow.triggers.kinds import open_trigger

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("browser")]

ROUTES = """
    kind: http
    routes:
      GET /resumed: {component: three, inputs: {after: header.Last-Event-ID}}
      GET /again: three
      GET /ending: ending
"""

#: What a page does with events: `heard` has the type, id and data of each, in their order.
LISTEN = """path => {
  heard = [];
  source = new EventSource(path);
  const tell = event => heard.push([event.type, event.lastEventId, event.data]);
  for (const type of ["message", "failure"]) source.addEventListener(type, tell);
  source.addEventListener("end", () => source.close());
}"""


class Three(FakeSession):
    """Sends the three numbers that follow, and then waits for ever."""

    def pull(self) -> Any:
        self.pulled += 1
        if self.pulled > 3:
            return self._wait(asyncio.Event().wait, [])
        (after,) = self.values
        return [(0 if after is EMPTY else after) + self.pulled]


class Threes(FakeStreamer):
    """Opens such sessions."""

    def open(self, inputs: Any, call: Any) -> Any:
        self.sessions.append(Three(self, inputs, call))
        return self.sessions[-1]


@asynccontextmanager
async def _serving(listening: socket.socket) -> AsyncIterator[HttpServer]:
    ending = source(1, exception("unlucky"))
    components = {
        "three": Threes(signature("", "after?: u64", "output*: u64")),
        "ending": replace(ending, signature=signature("", "", "output*: u64")),
    }
    host = Host(FakeCollection(components, About("test")), Settings())
    around = replace(surroundings(host), sockets=[listening])
    server = await open_trigger(trigger(ROUTES), around)
    assert isinstance(server, HttpServer)
    await server.start()
    try:
        yield server
    finally:
        await server.stop(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page() -> AsyncIterator[Page]:
    async with chromium() as browser:
        yield await browser.new_page()


@pytest.fixture
def listening() -> Any:
    with socket.create_server(("127.0.0.1", 0)) as opened:
        yield opened


async def _listen(page: Page, listening: socket.socket, path: str) -> None:
    await page.goto(f"http://127.0.0.1:{listening.getsockname()[1]}/health/live")
    await page.evaluate(LISTEN, path)


async def _heard(page: Page, count: int) -> list[tuple[str, int]]:
    """The ids and outputs of so many events."""
    await page.wait_for_function(f"heard.length >= {count}")
    heard = await page.evaluate("heard")
    return [(id_, json.loads(data)["output"]) for _, id_, data in heard]


async def test_a_browser_goes_on_where_it_was_if_the_component_is_told(
    page: Page, listening: socket.socket
) -> None:
    async with _serving(listening):
        await _listen(page, listening, "/resumed")
        assert await _heard(page, 3) == [(str(n), n) for n in range(1, 4)]
    async with _serving(listening) as server:  # as after a restart
        assert await _heard(page, 6) == [(str(n), n) for n in range(1, 7)]
        for connection in list(server.state.connections):
            connection.transport.abort()  # as by whoever is between
        assert await _heard(page, 9) == [(str(n), n) for n in range(1, 10)]
        await page.evaluate("source.close()")
        await until(lambda: not server.state.tasks)


async def test_otherwise_it_begins_again(page: Page, listening: socket.socket) -> None:
    async with _serving(listening):
        await _listen(page, listening, "/again")
        await _heard(page, 3)
    async with _serving(listening):
        assert await _heard(page, 6) == [(str(n), n) for n in range(1, 4)] * 2
        await page.evaluate("source.close()")


async def test_it_is_told_of_failures_and_of_the_end(page: Page, listening: socket.socket) -> None:
    async with _serving(listening):
        await _listen(page, listening, "/ending")
        await page.wait_for_function("source.readyState === EventSource.CLOSED")
        (message, failure) = await page.evaluate("heard")
    assert message == ["message", "1", '{"output":1}']
    assert failure[0] == "failure"
    assert json.loads(failure[2])["detail"] == "unlucky"
