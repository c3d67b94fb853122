"""Random bytes of the operating system, asked for many at a time: asking takes longer than most calls."""

from __future__ import annotations

import os
import threading
from typing import Final

_MANY: Final = 4096


class _Pool(threading.local):
    """The bytes that a thread has not used yet."""

    def __init__(self) -> None:
        self.bytes = b""
        self.used = 0


_POOL: Final = _Pool()


def random_bytes(count: int) -> bytes:
    """So many bytes that nobody can foresee, at most 4,096, and that nobody else is given."""
    first = _POOL.used
    last = first + count
    if last > len(_POOL.bytes):
        _POOL.bytes = os.urandom(_MANY)
        first, last = 0, count
    _POOL.used = last
    return _POOL.bytes[first:last]


def _forget() -> None:
    """The child of a fork must not draw what its parent draws."""
    _POOL.bytes = b""


os.register_at_fork(after_in_child=_forget)
