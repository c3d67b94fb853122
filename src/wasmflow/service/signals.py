"""What the signals of its process mean to a service."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

_OURS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@contextmanager
def signals(stop: Callable[[signal.Signals], None], reload: Callable[[], None]) -> Iterator[None]:
    """Have SIGTERM and SIGINT end a service, and SIGHUP have it loaded anew, until the block ends.

    SIGHUP is also what is left of a terminal that was closed: whoever looked at the service has gone,
    so that it ends, unless it was told to ignore that (``nohup``).

    Signals that were blocked, and have waited since the process began (`wasmflow.__main__`), come now. At
    the end of the block they are blocked again: then the process ends, and nothing is to disturb that.
    """
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop, each)
    loop.add_signal_handler(signal.SIGHUP, _hang_up(stop, reload))
    before = signal.pthread_sigmask(signal.SIG_UNBLOCK, _OURS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for each in _OURS:
            loop.remove_signal_handler(each)


def _hang_up(
    stop: Callable[[signal.Signals], None], reload: Callable[[], None]
) -> Callable[[], None]:
    """What SIGHUP does. To be asked for before there is another handler."""
    had_terminal = _has_terminal()
    may_go = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN

    def hang_up() -> None:
        nonlocal had_terminal
        has_gone = had_terminal and not _has_terminal()
        had_terminal = had_terminal and not has_gone
        if not has_gone:
            reload()
        elif not may_go:
            stop(signal.SIGHUP)

    return hang_up


def _has_terminal() -> bool:
    try:
        os.close(os.open(os.ctermid(), os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True
