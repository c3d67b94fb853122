"""Components that take seconds to make, made once per test run, whoever asks."""

from __future__ import annotations

import asyncio
import fcntl
from pathlib import Path

import pytest

from tests.build.python.echoes import SITE, SOURCE
from wasmflow.build.kinds import Options, build


@pytest.fixture(scope="session")
def everything(run_folder: Path) -> Path:
    """The component of `python/guests/everything.py`; beside it, in `kept`, what was generated."""
    made = run_folder / "everything.wasm"
    with (run_folder / "everything.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            asyncio.run(build(SOURCE, made, Options(site=(SITE,), keep=run_folder / "kept")))
    return made
