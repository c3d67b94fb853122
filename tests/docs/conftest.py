"""A clone to work in, for each document."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.docs.workplace import Workplace


@pytest.fixture
def workplace(tmp_path: Path, built_examples: Path, compiled_cache: Path) -> Workplace:
    """A copy of the built examples that a document may do to what it likes."""
    folder = tmp_path / "clone"
    shutil.copytree(built_examples, folder, copy_function=_copy)
    return Workplace(folder, compiled_cache)


def _copy(source: str, target: str) -> None:
    """Components are large, and replaced rather than written to."""
    if source.endswith(".wasm"):
        os.link(source, target)
    else:
        shutil.copy(source, target)
