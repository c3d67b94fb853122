"""Exit codes: scripts rely on each of them."""

from __future__ import annotations

import click
import pytest

from wasmflow import errors
from wasmflow.cli.exits import Exit, codes, exit_code
from wasmflow.cli.output import ClosedOutput
from wasmflow.component import TransactionFailed
from wasmflow.errors import BusyError, ProblemsError, UsageError, WasmflowError, WorldError
from wasmflow.packet import Failure, Kind


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TransactionFailed(Failure(Kind.ERROR, "trap")), 1),
        (UsageError("no such port"), 2),
        (click.UsageError("no such option"), 2),
        (RuntimeError("surprise"), 3),
        (WasmflowError("of no family"), 3),
        (SystemExit(7), 3),
        (ProblemsError([]), 4),
        (WorldError("no file"), 5),
        (BusyError("later"), 5),
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
        (ClosedOutput(), 141),
    ],
)
def test_every_family_of_errors_has_its_code(error: BaseException, code: int) -> None:
    assert exit_code(error) == code


def test_no_family_of_ours_is_forgotten() -> None:
    families = {
        each
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, WasmflowError) and each is not WasmflowError
    }
    assert families <= set(codes())


def test_every_code_but_fine_and_bug_has_an_error() -> None:
    assert set(codes().values()) == set(Exit) - {Exit.FINE, Exit.BUG}
