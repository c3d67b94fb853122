"""What is answered at the address of health and metrics."""

from __future__ import annotations

import pytest

from tests.triggers.doors import host, surroundings
from tests.triggers.http.asking import ask
from wasmflow.triggers.http.admin import admin_app


async def test_its_root_says_what_there_is() -> None:
    answer = await ask(admin_app(surroundings(host())), "GET", "/")
    assert (answer.status, answer.body) == (200, b"/health/live\n/health/ready\n")


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
async def test_health_is_there(path: str) -> None:
    assert (await ask(admin_app(surroundings(host())), "GET", path)).status == 200


async def test_nothing_else_is() -> None:
    assert (await ask(admin_app(surroundings(host())), "GET", "/components/echo")).status == 404
