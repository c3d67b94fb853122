"""A command's visit to an artifact."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.cli.manifests import SHOP
from wasmflow.cli.session import chosen, interruptible, with_host
from wasmflow.errors import UsageError, WorldError
from wasmflow.host.host import Host


@pytest.fixture
def shop(tmp_path: Path) -> str:
    (tmp_path / "shop.yaml").write_text(SHOP)
    return str(tmp_path / "shop.yaml")


def test_the_work_is_done_with_an_open_host(shop: str) -> None:
    async def work(host: Host) -> object:
        return await host.invoke("echo", {"text": "x"})

    assert with_host(shop, work) == {"output": "x"}


def test_an_artifact_that_is_not_there_is_no_work(tmp_path: Path) -> None:
    async def work(_host: Host) -> None:
        raise AssertionError

    with pytest.raises(WorldError, match="there is no file"):
        with_host(str(tmp_path / "none.yaml"), work)


def test_a_component_is_chosen_by_name(shop: str) -> None:
    async def work(host: Host) -> list[str]:
        return [chosen(host, name) for name in ("echo", "pair")]

    assert with_host(shop, work) == ["echo", "pair"]


def test_an_artifact_without_components_has_none_to_choose(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("version: 1\n")

    async def work(host: Host) -> str:
        return chosen(host, None)

    with pytest.raises(UsageError, match="no component that can run"):
        with_host(str(tmp_path / "empty.yaml"), work)


def test_an_interrupt_ends_what_holds_the_loop(shop: str) -> None:
    async def work(_host: Host) -> None:
        with interruptible():
            signal.raise_signal(signal.SIGINT)
            os.abort()

    with pytest.raises(KeyboardInterrupt):
        with_host(shop, work)


def test_an_interrupt_elsewhere_cancels_the_work(shop: str) -> None:
    reached = []

    async def work(host: Host) -> None:
        with interruptible():
            pass
        signal.raise_signal(signal.SIGINT)
        reached.append("still here, until the next wait")
        await host.invoke("echo", {"text": "x"})

    with pytest.raises(KeyboardInterrupt):
        with_host(shop, work)
    assert reached
