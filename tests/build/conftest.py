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
    options = Options(site=(SITE,), keep=run_folder / "kept")
    return _built(SOURCE, run_folder / "everything.wasm", options)


@pytest.fixture(scope="session")
def streaming(run_folder: Path) -> Path:
    """The component of `python/guests/streaming.py`."""
    return _built(SOURCE.with_name("streaming.py"), run_folder / "streaming.wasm", Options())


def _built(source: Path, made: Path, options: Options) -> Path:
    with made.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            asyncio.run(build(source, made, options))
    return made
