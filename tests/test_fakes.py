"""The twins keep their promises, too."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes import Hang, run_virtually


def test_sleeping_takes_no_time() -> None:
    async def main() -> float:
        await asyncio.gather(asyncio.sleep(1e6), asyncio.sleep(2e6))
        return asyncio.get_running_loop().time()

    assert run_virtually(main()) == 2e6


def test_a_hang_is_seen_at_once() -> None:
    with pytest.raises(Hang):
        run_virtually(asyncio.Event().wait())


def test_a_task_that_is_left_behind_is_seen() -> None:
    async def main() -> asyncio.Task[None]:
        return asyncio.create_task(asyncio.sleep(1))

    with pytest.raises(AssertionError, match="still running"):
        run_virtually(main())
