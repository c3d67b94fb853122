"""When the files that a service consists of have changed, and their author has done with that."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

#: Seconds between two looks.
INTERVAL: Final = 0.5

#: The time of a file's last change, as its folder has it too (in nanoseconds), and its size.
State: TypeAlias = tuple[int, int]
#: ``None`` for a file that is not there.
Snapshot: TypeAlias = Mapping[str, State | None]

#: Nanoseconds that the clock of files may be behind: a tick of the kernel.
_BEHIND: Final = 10_000_000
#: That of a file as nobody has seen it.
_UNSEEN: Final[State] = (0, -1)


def moment() -> int:
    """Now: whatever is changed later, even by a file that is moved to its place, bears a later time."""
    return time.time_ns() - _BEHIND


def snapshot(files: Iterable[str]) -> Snapshot:
    """How files are now."""
    return {file: _state(file) for file in files}


def _state(file: str) -> State | None:
    try:
        found = Path(file).stat()
    except OSError:
        return None
    return found.st_ctime_ns, found.st_size


@dataclass(slots=True)
class Watch:
    """Compares what is seen at each look. Pure."""

    #: As it was when the service was last loaded.
    _known: dict[str, State | None] = field(default_factory=dict)
    _last: Snapshot = field(default_factory=dict)

    @property
    def files(self) -> frozenset[str]:
        """Those to look at."""
        return frozenset(self._known)

    def follow(self, seen: Snapshot, since: int) -> None:
        """Look at these files from now on, which have been read after the moment `since`.

        What is known already is not forgotten, and what is younger counts as changed: it may have
        changed when it had been read.
        """
        self._known = {
            file: self._known.get(file, state if state is None or state[0] < since else _UNSEEN)
            for file, state in seen.items()
        }

    def changed(self, seen: Snapshot) -> bool:
        """Whether something has changed since the service was loaded, and nothing since the last look."""
        settled, self._last = seen == self._last, seen
        if not settled or seen == self._known:
            return False
        self._known = dict(seen)
        return True
