"""The same surroundings for every command, whoever runs the tests and wherever."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A terminal of usual width, and an empty home; returns the home."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("HOME", str(home))
    for name in ("NO_COLOR", "XDG_STATE_HOME", "XDG_CACHE_HOME", "_WASMFLOW_COMPLETE"):
        monkeypatch.delenv(name, raising=False)
    return home
