"""When the files that a service consists of have changed, and their author has done with that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

#: Seconds between two looks.
INTERVAL: Final = 0.5

#: File to the time of its last change and its size; ``None`` for one that is not there.
Snapshot: TypeAlias = Mapping[str, tuple[int, int] | None]


def snapshot(files: Iterable[str]) -> Snapshot:
    """How files are now."""
    return {file: _state(file) for file in files}


def _state(file: str) -> tuple[int, int] | None:
    try:
        found = Path(file).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


@dataclass(slots=True)
class Watch:
    """Compares what is seen at each look. Pure."""

    #: As it was when the service was last loaded.
    _known: dict[str, tuple[int, int] | None] = field(default_factory=dict)
    _last: Snapshot = field(default_factory=dict)

    @property
    def files(self) -> frozenset[str]:
        """Those to look at."""
        return frozenset(self._known)

    def follow(self, seen: Snapshot) -> None:
        """Look at these files from now on. What is known already is not forgotten: it may have changed
        while it was being loaded."""
        self._known = {file: self._known.get(file, state) for file, state in seen.items()}

    def changed(self, seen: Snapshot) -> bool:
        """Whether something has changed since the service was loaded, and nothing since the last look."""
        settled, self._last = seen == self._last, seen
        if not settled or seen == self._known:
            return False
        self._known = dict(seen)
        return True
