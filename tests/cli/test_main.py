"""The table of commands, help, and what becomes of a command line."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import click
import pytest

from wasmflow import __version__
from wasmflow.cli.command import Command
from wasmflow.cli.main import COMMANDS, PROGRAM, run
from wasmflow.cli.output import ClosedOutput

EXPENSIVE = {"wasmtime", "asyncio", "msgspec", "yaml", "logging", "importlib.metadata"}


def find(name: str) -> Command:
    found = getattr(import_module(f"wasmflow.cli.commands.{name}"), name)
    assert isinstance(found, Command)
    return found


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_says_what_the_command_says_of_itself(name: str) -> None:
    assert (find(name).help or "").splitlines()[0] == COMMANDS[name]


@pytest.mark.parametrize("name", COMMANDS)
def test_help_ends_with_three_commands_to_copy(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([name, "--help"]) == 0
    shown = capsys.readouterr().out
    assert len(find(name).examples) == 3
    assert shown.endswith("".join(f"  {example}\n" for example in find(name).examples))


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_are_command_lines_of_their_command(name: str) -> None:
    assert all(f"wasmflow {name}" in example for example in find(name).examples[:2])


@pytest.mark.parametrize("name", ["build", "inspect", "check", "graph", "invoke", "run", "install"])
def test_whatever_may_take_long_can_be_quiet(name: str) -> None:
    assert any("-q" in param.opts and "--quiet" in param.opts for param in find(name).params)


@pytest.mark.parametrize("width", [10, 40, 80, 200])
def test_help_fits_terminals(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    assert run(["--help"]) == 0
    text = capsys.readouterr().out.partition("Examples:")[0]
    assert max(map(len, text.splitlines())) <= max(width, 50)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["invoke", "-h"]])
def test_help_imports_nothing_that_takes_time(arguments: list[str]) -> None:
    report = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "wasmflow", *arguments],
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    imported = {line.rpartition("|")[2].strip() for line in report.splitlines()}
    assert "click" in imported
    assert not imported & EXPENSIVE


def test_without_arguments_help_is_shown_as_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("Usage: wasmflow")


def test_the_version_is_a_result(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"wasmflow {__version__}\n"


def test_an_unknown_command_is_told_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["invok"]) == 2
    assert capsys.readouterr().err == (
        "error: no such command 'invok'. Hint: did you mean 'invoke'?\nsee: wasmflow --help\n"
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["xyzzy"], "no such command 'xyzzy'. Hint: commands are build, "),
        (["--vresion"], "no such option '--vresion'. Hint: did you mean '--version'?"),
        (["check"], "missing argument 'ARTIFACT...'"),
        (["check", "a", "--jsn"], "no such option '--jsn'. Hint: did you mean '--json'?"),
        (["schema", "x"], "got unexpected extra argument"),
        (["invoke", "a", "--seed"], "option '--seed' requires an argument"),
        (["invoke", "a", "--seed", "x"], "invalid value for '--seed': 'x' is not a whole number"),
        (
            ["graph", "a", "--format", "png"],
            "invalid value for '-f' / '--format': 'png' is not one of",
        ),
    ],
)
def test_misuse_is_told_in_our_way(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith(f"error: {told}")
    assert second.startswith("see: wasmflow ")
    assert second.endswith(" --help")


@pytest.mark.parametrize(
    ("error", "code"),
    [(KeyboardInterrupt(), 130), (ClosedOutput(), 141), (click.Abort(), 130)],
)
def test_who_leaves_is_told_no_more_than_that(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
) -> None:
    def leave(_self: click.Command, _ctx: click.Context) -> None:
        raise error

    monkeypatch.setattr(type(PROGRAM), "invoke", leave)
    assert run(["schema"]) == code
    assert capsys.readouterr() == ("", "interrupted\n" if code == 130 else "")


def test_a_bug_is_told_as_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stumble(_self: click.Command, _ctx: click.Context) -> None:
        raise ZeroDivisionError("a surprise")

    monkeypatch.setattr(type(PROGRAM), "invoke", stumble)
    assert run(["schema"]) == 3
    told = capsys.readouterr().err
    assert "this is a bug in wasmflow: ZeroDivisionError: a surprise" in told
    assert "Traceback" not in told
