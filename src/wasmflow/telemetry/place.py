"""Where the counts of several processes meet: a folder in which each has files of its own.

A supervisor has a `ServiceMetrics` (`wasmflow.telemetry.service`), which gives every worker a place;
the worker's `Metrics` counts there, and any worker can show the sums.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

#: The process that starts the others.
SUPERVISOR: Final = "supervisor"


@dataclass(frozen=True, slots=True)
class Place:
    """The place of one process."""

    folder: str
    #: No two processes that run at the same time have the same. One that comes later goes on counting where
    #: an earlier one of the same name ended, so that nothing is forgotten and files do not pile up.
    process: str

    def occupy(self) -> None:
        """Say that it is this process that counts here."""
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


def _read(file: Path) -> int:
    """The id, or 0 if it is gone, or not there yet."""
    try:
        return int(file.read_text() or 0)
    except OSError:
        return 0
