"""Where measurements were made, and where they are kept."""

from __future__ import annotations

import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

RESULTS: Final = Path(__file__).parent / "results"


def machine() -> str:
    """The processor, the system and the interpreter."""
    processor = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        named = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        processor = (
            f"{named[0].partition(':')[2].strip()}, {len(named)} cores" if named else processor
        )
    return f"{processor}; {platform.system()}; CPython {platform.python_version()}"


def save(lines: list[str], suffix: str) -> None:
    """Write a table to the results, by date."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.now(UTC):%Y-%m-%d}{suffix}.md"
    path.write_text("\n".join(lines) + "\n")
    print(f"written to {path.relative_to(Path.cwd())}", file=sys.stderr)
