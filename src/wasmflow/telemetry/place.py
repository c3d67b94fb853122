"""Where the counts of several processes meet: a folder in which each has files of its own.

A supervisor has a `ServiceMetrics` (`wasmflow.telemetry.service`), which gives every worker a place;
the worker's `Metrics` counts there, and any worker can show the sums.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

#: The process that starts the others.
SUPERVISOR: Final = "supervisor"
#: How the names of these folders begin.
PREFIX: Final = "wasmflow-service-"


@dataclass(frozen=True, slots=True)
class Place:
    """The place of one process."""

    folder: str
    #: No two processes that run at the same time have the same. One that comes later goes on counting where
    #: an earlier one of the same name ended, so that nothing is forgotten and files do not pile up.
    process: str

    def occupy(self) -> None:
        """Say that it is this process that counts here. It holds the folder until it ends, however it does.

        Raises `FileNotFoundError` if somebody has swept the folder before that.
        """
        fcntl.flock(os.open(self.folder, _FOLDER), fcntl.LOCK_SH)
        self._file.write_text(str(os.getpid()))

    def leave(self) -> None:
        """Whoever counted here has ended. Safe to call twice."""
        self._file.unlink(missing_ok=True)

    @property
    def _file(self) -> Path:
        return Path(self.folder, f"{self.process}.pid")

    def processes(self) -> dict[str, int]:
        """Of all processes that count in the same folder, the ids."""
        files = sorted(Path(self.folder).glob("*.pid"))
        return {file.stem: pid for file in files if (pid := _read(file))}


def sweep() -> None:
    """Remove the folders in which nobody counts any more: those of services that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            _sweep(folder)


def _sweep(folder: Path) -> None:
    held = os.open(folder, _FOLDER)
    try:
        if os.fstat(held).st_uid == os.getuid():
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises if anybody holds it
            shutil.rmtree(folder)
    finally:
        os.close(held)


_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


def _read(file: Path) -> int:
    """The id, or 0 if it is gone, or not there yet."""
    try:
        return int(file.read_text() or 0)
    except OSError:
        return 0
