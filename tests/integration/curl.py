"""curl, as a client that nobody here has written."""

from __future__ import annotations

import asyncio
from subprocess import DEVNULL, PIPE


async def curl(*arguments: str) -> tuple[int, bytes]:
    """Its exit code, and what it writes: the bodies, or what the arguments ask for besides."""
    started = await asyncio.create_subprocess_exec(
        "curl", "--silent", "--disable", "--max-time", "60", "--noproxy", "*", *arguments,
        stdin=DEVNULL, stdout=PIPE,
    )  # fmt: skip
    written, _ = await started.communicate()
    assert started.returncode is not None
    return started.returncode, written
