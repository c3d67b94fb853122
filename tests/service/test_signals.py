"""What signals do to a service. That nothing of it is left then is seen in `tests/integration`."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from wasmflow.service.signals import signals

Closing: TypeAlias = Callable[[], None]

HUP, TERM, INT = signal.SIGHUP, signal.SIGTERM, signal.SIGINT


@pytest.fixture
def close_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Closes the terminal, for which a file stands that is there until then."""
    path = tmp_path / "tty"
    path.touch()
    monkeypatch.setattr(os, "ctermid", lambda: str(path))
    return path.unlink


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    handlers = {each: signal.getsignal(each) for each in (HUP, TERM, INT)}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    yield
    assert signal.pthread_sigmask(signal.SIG_SETMASK, mask) == mask
    for number, handler in handlers.items():
        signal.signal(number, handler)


class Told:
    """What a service is told."""

    def __init__(self) -> None:
        self.said: asyncio.Queue[str] = asyncio.Queue(9)

    def stop(self, by: signal.Signals) -> None:
        self.said.put_nowait(f"stop by {by.name}")

    def reload(self) -> None:
        self.said.put_nowait("reload")


async def told(*numbers: signal.Signals) -> list[str]:
    """What it is told when these come, one after the other."""
    told = Told()
    with signals(told.stop, told.reload):
        found = []
        for each in numbers:
            os.kill(os.getpid(), each)
            found.append(await told.said.get())
    return found


async def test_each_has_its_meaning(close_terminal: Closing) -> None:
    assert await told(HUP, TERM, INT) == ["reload", "stop by SIGTERM", "stop by SIGINT"]


async def test_who_has_no_terminal_is_loaded_anew(close_terminal: Closing) -> None:
    close_terminal()
    assert await told(HUP, HUP) == ["reload", "reload"]


async def test_one_that_waited_comes_when_it_can_be_answered(close_terminal: Closing) -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (TERM,))
    signal.pthread_kill(threading.get_ident(), TERM)
    seen = Told()
    with signals(seen.stop, seen.reload):
        assert await seen.said.get() == "stop by SIGTERM"
    signal.pthread_kill(threading.get_ident(), TERM)  # and one that comes afterwards waits again
    assert signal.sigwait((TERM,)) == TERM
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


async def test_a_terminal_that_was_closed_ends_it(close_terminal: Closing) -> None:
    seen = Told()
    with signals(seen.stop, seen.reload):
        close_terminal()
        os.kill(os.getpid(), HUP)
        assert await seen.said.get() == "stop by SIGHUP"


async def test_who_was_told_to_ignore_that_goes_on_and_can_be_loaded_anew(
    close_terminal: Closing,
) -> None:
    signal.signal(HUP, signal.SIG_IGN)
    seen = Told()
    with signals(seen.stop, seen.reload):
        close_terminal()
        os.kill(os.getpid(), HUP)
        os.kill(os.getpid(), INT)
        assert await seen.said.get() == "stop by SIGINT"  # and nothing before it
        os.kill(os.getpid(), HUP)
        assert await seen.said.get() == "reload"
