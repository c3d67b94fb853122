"""What all commands share."""

from __future__ import annotations

import json

import click
import pytest

from wasmflow.cli import options
from wasmflow.cli.command import COMPONENT, SEE, Command, command
from wasmflow.cli.exits import Exit
from wasmflow.component import TransactionFailed
from wasmflow.errors import ProblemsError, UsageError, WasmflowError, WorldError
from wasmflow.packet import Failure, Kind
from wasmflow.problem import Problem


def invoke(error: WasmflowError | None, *arguments: str) -> int:
    """Run a command that ends with this error."""

    @command("wasmflow work", "wasmflow work --json", "wasmflow work --help")
    @options.as_json("Tell machines.")
    @click.pass_context
    def work(ctx: click.Context, /, as_json: bool) -> Exit:
        ctx.meta[COMPONENT] = "hello"
        ctx.meta[SEE] = "wasmflow work --help"
        if error is not None:
            raise error
        return Exit.FINE

    with work.make_context("work", list(arguments)) as context:
        code: int = work.invoke(context)
    return code


def test_a_command_returns_its_exit_code() -> None:
    assert invoke(None) == 0


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (UsageError("no"), 2, ["error: no", "see: wasmflow work --help"]),
        (WorldError("no"), 5, ["error: no"]),
        (ProblemsError([Problem("a"), Problem("b")]), 4, ["a", "b"]),
        (TransactionFailed(Failure(Kind.ERROR, "trap")), 1, ["hello: error: trap"]),
    ],
)
def test_errors_become_lines_and_exit_codes(
    error: WasmflowError, code: int, told: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert invoke(error) == code
    assert capsys.readouterr().err.splitlines() == told


def test_a_machine_is_told_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(UsageError("no"), "--json") == 2
    assert json.loads(capsys.readouterr().err) == {"kind": "usage", "message": "no"}


def test_a_bug_is_not_told_here() -> None:
    with pytest.raises(ZeroDivisionError):
        invoke(ZeroDivisionError())  # type: ignore[arg-type]


def test_examples_are_never_wrapped() -> None:
    long = "wasmflow " + "x" * 300
    help_ = Command("work", examples=[long]).get_help(click.Context(Command("work")))
    assert help_.endswith(f"Examples:\n  {long}")
