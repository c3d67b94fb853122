"""Commands with names of their own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from wasmflow.cli.main import run

TOOL = """\
version: 1
components:
  say: { inputs: { args: list<string> }, flow: ["<>.args -> <>.said"] }
  other: { inputs: { args: list<string> }, flow: ["<>.args -> <>.other"] }
  needs: { inputs: { what: string }, flow: ["<>.what -> <>.what"] }
triggers:
  main: { kind: cli, component: say }
  second: { kind: cli, component: other }
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a command in a file of a difficult name."""
    (tmp_path / "it's a tool.yaml").write_text(TOOL)
    (tmp_path / "tool.yaml").write_text(TOOL)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def called(path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What a command does, called from another folder in which something pretends to be ours."""
    elsewhere = path.parent / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    (elsewhere / "wasmflow.py").write_text("print('not ours')")
    return subprocess.run([path, *arguments], cwd=elsewhere, capture_output=True, text=True)


def test_a_command_does_what_run_does(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["install", "it's a tool.yaml", "say", "--to", "bin", "-q"]) == 0
    assert capsys.readouterr() == (f"{folder}/bin/say\n", "")
    done = called(folder / "bin" / "say", "a b", "--c", "$HOME", "--")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == '{"said":["a b","--c","$HOME","--"]}\n'


def test_it_is_called_as_the_file_and_stands_in_the_home_folder(
    surroundings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["install", "tool.yaml"]) == 0
    told = capsys.readouterr()
    assert told.out == f"{surroundings}/.local/bin/tool\n"
    assert told.err.startswith(f"warning: '{surroundings}/.local/bin' is not on PATH. Hint: export")


@pytest.mark.parametrize(
    "arguments", [["second"], ["x", "--component", "second"], ["other"], ["say", "-c", "other"]]
)
def test_which_command_is_meant_is_said_by_its_name_or_apart(
    folder: Path, arguments: list[str]
) -> None:
    assert run(["install", "tool.yaml", *arguments, "--to=bin", "-q"]) == 0
    assert called(folder / "bin" / arguments[0], "x").stdout == '{"other":["x"]}\n'


def test_a_folder_on_the_path_is_not_warned_of(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:{folder}/bin")
    assert run(["install", "tool.yaml", "--to", "bin"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["none.yaml"], 5, "there is no file 'none.yaml'"),
        (["tool.yaml", "x", "-c", "nedes"], 2, "there is no command or component 'nedes'"),
        (["tool.yaml", "needs"], 2, "'needs' needs 'what' (string), and nothing gives it"),
        (["tool.yaml", "a/b"], 2, "a command cannot be called 'a/b'"),
        (["bad.yaml"], 4, "bad.yaml:1:1: "),
    ],
)
def test_nothing_is_written_of_what_could_not_run(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    told: str,
) -> None:
    (folder / "bad.yaml").write_text("nonsense: 1\n")
    assert run(["install", *arguments, "--to", "bin"]) == code
    assert told in capsys.readouterr().err
    assert not (folder / "bin").exists()


def test_what_is_there_already_is_left_alone(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bin").mkdir()
    (folder / "bin" / "tool").write_text("mine")
    assert run(["install", "tool.yaml", "--to", "bin"]) == 2
    assert "was not written by wasmflow install" in capsys.readouterr().err
    assert run(["install", "tool.yaml", "--to", "bin", "--force", "-q"]) == 0
    assert (folder / "bin" / "tool").read_text().startswith("#!/bin/sh")


@pytest.mark.parametrize("named", ["tool.yaml", "tool", "other.yaml tool"])
def test_it_is_taken_away_by_its_name_or_its_file(folder: Path, named: str) -> None:
    assert run(["install", "tool.yaml", "--to", "bin", "-q"]) == 0
    assert run(["install", "--remove", *named.split(), "--to", "bin"]) == 0
    assert list((folder / "bin").iterdir()) == []
    assert run(["install", "--remove", *named.split(), "--to", "bin"]) == 2
