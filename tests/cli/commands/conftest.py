"""A small manifest in the working folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.manifests import SHOP


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with ``shop.yaml`` in it."""
    (tmp_path / "shop.yaml").write_text(SHOP)
    monkeypatch.chdir(tmp_path)
    return tmp_path
