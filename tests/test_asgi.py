"""An artifact in a web server of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.triggers.http.asking import ask
from wasmflow import ProblemsError, UsageError, open_app

MANIFEST = """\
version: 1
components:
  it:
    inputs: { value: string }
    flow:
      - <>.value -> core::merge[m].value
      - m.output -> <>
"""
WEB = "triggers:\n  web: {kind: http, routes: {'GET /x/{value}': it}}\n"


@pytest.fixture
def manifest(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The manifest, with the triggers that a test asks for."""
    path = tmp_path / "m.yaml"
    path.write_text(MANIFEST + getattr(request, "param", ""))
    return path


async def test_without_triggers_every_component_is_served(manifest: Path) -> None:
    async with open_app(str(manifest)) as app:
        answer = await ask(app, "POST", "/components/it", {"value": "a"})
    assert answer.json == {"value": "a"}


@pytest.mark.parametrize("manifest", [WEB], indirect=True)
async def test_the_only_trigger_is_meant_where_none_is_named(manifest: Path) -> None:
    async with open_app(str(manifest)) as app:
        assert (await ask(app, "GET", "/x/a")).json == {"value": "a"}
        assert (await ask(app, "POST", "/components/it", {"value": "a"})).status == 404


@pytest.mark.parametrize("manifest", [WEB], indirect=True)
async def test_it_is_told_which_trigger_there_is(manifest: Path) -> None:
    with pytest.raises(UsageError, match="did you mean 'web'"):
        async with open_app(str(manifest), trigger="wb"):
            pass


@pytest.mark.parametrize("manifest", [WEB.replace(": it}", ": that}")], indirect=True)
async def test_what_is_wrong_with_routes_is_told_before_anything_is_served(manifest: Path) -> None:
    with pytest.raises(ProblemsError, match="there is no component 'that'"):
        async with open_app(str(manifest)):
            pass
