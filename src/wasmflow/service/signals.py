"""What the signals of its process mean to a service."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def signals(stop: Callable[[signal.Signals], None], reload: Callable[[], None]) -> Iterator[None]:
    """Have SIGTERM and SIGINT end a service, and SIGHUP have it loaded anew, until the block ends.

    SIGHUP is also what is left of a terminal that was closed: whoever looked at the service has gone,
    so that it ends.
    """
    had_terminal = _has_terminal()

    def hang_up() -> None:
        if had_terminal and not _has_terminal():
            stop(signal.SIGHUP)
        else:
            reload()

    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop, each)
    loop.add_signal_handler(signal.SIGHUP, hang_up)
    try:
        yield
    finally:
        for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.remove_signal_handler(each)


def _has_terminal() -> bool:
    try:
        os.close(os.open(os.ctermid(), os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True
