"""The almanac as a service, for all its tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.service import served


@pytest.fixture(scope="session")
def address(built_examples: Path, compiled_cache: Path) -> Iterator[str]:
    """Where the almanac is served, as HOST:PORT."""
    artifact = built_examples / "examples/05-almanac/almanac.yaml"
    options = ("--http=web=:0", "--workers=1")
    with served(artifact, *options, WASMFLOW_CACHE=str(compiled_cache)) as service:
        yield service.serving()
        assert service.stop() == 0
