"""Real servers run on the event loop of workers. What is close to sockets is tried on the usual one too,
since whoever embeds a server may have that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest
import uvloop

_BOTH = frozenset(("test_http_connections.py",))


def pytest_asyncio_loop_factories(
    item: pytest.Item,
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    usual = {"asyncio": asyncio.new_event_loop} if item.path.name in _BOTH else {}
    return {**usual, "uvloop": uvloop.new_event_loop}
