"""Python that authors wrote, as `wasmflow build` reads it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from tests.fuzz.targets import ROOT
from tests.fuzz.told import check_told
from wasmflow.build.kinds import Options, draft
from wasmflow.errors import ProblemsError

SEEDS: Final = {
    "python": tuple(
        path.read_bytes()
        for pattern in ("examples/*/[!m]*.py", "tests/build/python/guests/*.py")
        for path in sorted(ROOT.glob(pattern))
    )
}
_FOLDER: Final = tempfile.TemporaryDirectory(prefix="wasmflow-fuzz-")


def check_python(source: bytes) -> None:
    """Problems, or what a component is built of."""
    path = Path(_FOLDER.name, "guest.py")
    path.write_bytes(source)
    try:
        draft(path, Options(()))
    except ProblemsError as error:
        check_told(error.problems)
