"""The published schema."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wasmflow.cli.main import run


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert "components" in schema["$defs"]["Document"]["properties"]


def test_the_schema_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "--output", str(tmp_path / "schema.json")]) == 0
    written = (tmp_path / "schema.json").read_text()
    run(["schema"])
    assert capsys.readouterr() == (written, "")


def test_a_schema_that_cannot_be_written_is_a_failure_of_the_world(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["schema", "-o", str(tmp_path / "none" / "schema.json")]) == 5
    assert "schema.json': No such file or directory" in capsys.readouterr().err
