"""Standard input, as blocks of bytes: any amount of it, never more at once than needed.

`wasmflow.codec.cutting` cuts them into lines.
"""

from __future__ import annotations

import os
import select
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from wasmflow.cli.background import Background
from wasmflow.errors import WorldError

#: Bytes that are read at once: what a pipe holds.
BLOCK: Final = 64 << 10


def descriptor() -> int | None:
    """The file descriptor of standard input; ``None`` if it is closed."""
    try:
        return None if sys.stdin is None else sys.stdin.fileno()
    except (OSError, ValueError):
        return None


def is_null(fd: int) -> bool:
    """Whether it is the device that services and scheduled jobs are given for want of any input."""
    status = os.fstat(fd)
    return stat.S_ISCHR(status.st_mode) and status.st_rdev == Path(os.devnull).stat().st_rdev


async def blocks(fd: int, thread: Background) -> AsyncIterator[bytes]:
    """What comes, as it comes. Raises `WorldError`."""
    while block := await thread(lambda: _read(fd)):
        yield block


def _read(fd: int) -> bytes:
    while True:
        try:
            return os.read(fd, BLOCK)
        except BlockingIOError:  # somebody who shares it has made it so
            select.select([fd], [], [])
        except OSError as error:
            raise WorldError(f"cannot read standard input: {error.strerror}") from error


async def whole(source: AsyncIterator[bytes], longest: int) -> bytes | None:
    """All that comes; ``None`` if that is too much to be held."""
    parts: list[bytes] = []
    held = 0
    async for block in source:
        held += len(block)
        if held > longest:
            return None
        parts.append(block)
    return b"".join(parts)
