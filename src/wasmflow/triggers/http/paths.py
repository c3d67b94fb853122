"""How others may read a path that is passed on to them. Pure.

A path is compared segment by segment as it was sent. Who gets it behind a route (another server, or a
component that takes the rest of a path) may decode it once more, take ``//`` or ``\\`` for ``/``, drop what
follows a ``;``, or go up at ``..``. `pattern` refuses what would be for another route then.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote

_SLASHES: Final = re.compile(r"[/\\]+")


def read_elsewhere(segments: Sequence[str]) -> list[str]:
    """The segments that the most lenient server makes of these, which are decoded."""
    # Some decode twice, as where one server stands behind another.
    parts = [part.partition(";")[0] for part in _SLASHES.split(unquote("/".join(segments)))]
    return [*filter(None, parts[:-1]), parts[-1]]


def leads_out(segments: Sequence[str]) -> bool:
    """Whether a server that reads them so may go to another path, or may not read to their end."""
    return any(segment in (".", "..") or "\0" in segment for segment in segments)
