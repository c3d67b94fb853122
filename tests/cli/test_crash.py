"""What is left behind when we have a bug."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from wasmflow.cli.crash import tell_bug


def crash(arguments: list[str]) -> None:
    try:
        raise ValueError("a surprise")
    except ValueError as error:
        tell_bug(error, arguments)


def test_a_bug_leaves_a_log_and_asks_for_a_report(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    crash(["-v", "invoke", "--", "--password=secret"])
    told = capsys.readouterr().err
    assert "this is a bug in wasmflow: ValueError: a surprise" in told
    (log,) = (tmp_path / "wasmflow").iterdir()
    assert f"report it with this file: {log}" in told
    text = log.read_text()
    for expected in ("command: wasmflow invoke\n", "wasmtime: ", "python: ", "in crash\n"):
        assert expected in text
    assert "secret" not in text


def test_the_log_is_for_its_owner_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    crash([])
    (log,) = (tmp_path / "wasmflow").iterdir()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.parent.stat().st_mode) == 0o700


def test_the_log_is_written_elsewhere_if_its_place_is_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    crash([])
    found = re.search(r"this file: (.*)", capsys.readouterr().err)
    assert found is not None
    assert "ValueError: a surprise" in Path(found[1]).read_text()


def test_the_log_is_shown_if_it_can_be_written_nowhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "file"))
    crash([])
    told = capsys.readouterr().err
    assert "Traceback" in told
    assert "report it with the lines above" in told
