"""What whoever started a service is told of it."""

from __future__ import annotations

import logging
import signal

import pytest

from wasmflow.cli.serving import JsonConsole, TextConsole
from wasmflow.errors import ProblemsError
from wasmflow.problem import Place, Problem
from wasmflow.service.console import Ending, Listening, Serving
from wasmflow.service.failing import WorkerBug
from wasmflow.service.plan import Plan
from wasmflow.triggers.address import Address

WEB = Listening("web", "https", Address("127.0.0.1", 8443))
ADMIN = Listening("", "http", Address("::1", 9000))
PROBLEMS = ProblemsError([Problem("no", place=Place("a.yaml", 1, 2))])


def test_people_are_told_where_it_listens(capsys: pytest.CaptureFixture[str]) -> None:
    TextConsole("a.yaml", quiet=False).serving(Serving([WEB, ADMIN], 1, 2.0))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "serving a.yaml",
        "  https://127.0.0.1:8443  web",
        "  http://[::1]:9000  health and metrics",
    ]


def test_people_are_told_again_only_what_has_changed(capsys: pytest.CaptureFixture[str]) -> None:
    console = TextConsole("a.yaml", quiet=False)
    console.serving(Serving([WEB], 1, 2.0))
    console.reloading()
    console.serving(Serving([WEB], 2, 1.26))
    assert capsys.readouterr().err.splitlines()[2:] == ["reloading", "reloaded in 1.3 s"]
    console.serving(Serving([ADMIN], 3, 1.0))
    assert "[::1]:9000" in capsys.readouterr().err


def test_a_reload_that_failed_is_told_as_any_command_does(
    capsys: pytest.CaptureFixture[str],
) -> None:
    console = TextConsole("a.yaml", quiet=True)
    console.refused(PROBLEMS)
    console.refused(WorkerBug("Traceback"))
    assert capsys.readouterr().err.splitlines() == [
        "a.yaml:1:2: no",
        "not reloaded: the service goes on as before",
        "Traceback",
        "not reloaded: the service goes on as before",
    ]


def test_who_wants_quiet_is_not_told_that_all_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    console = TextConsole("a.yaml", quiet=True)
    console.loading("compiling a.wasm", None)
    console.serving(Serving([WEB], 1, 2.0))
    console.stopping(signal.SIGTERM, at_once=False)
    console.stopped(Ending(1, 2, 3.0))
    assert capsys.readouterr().err == ""


def test_machines_are_told_in_records(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "wasmflow.service")
    console = JsonConsole()
    console.starting(Plan("a.yaml", workers=2))
    console.loading("compiling a.wasm", None)
    console.loading("compiling a.wasm", 1.0)
    console.serving(Serving([WEB], 1, 2.0))
    console.reloading()
    console.serving(Serving([WEB], 2, 1.0))
    console.stopping(signal.SIGTERM, at_once=False)
    console.stopped(Ending(1, 2, 3.00001))
    told = {each.message: vars(each) for each in caplog.records}
    assert list(told) == [
        "starting", "loading", "serving", "reloading", "reloaded", "stopping", "stopped",
    ]  # fmt: skip
    assert (told["starting"]["artifact"], told["starting"]["workers"]) == ("a.yaml", 2)
    assert told["serving"]["places"] == [{"trigger": "web", "url": "https://127.0.0.1:8443"}]
    assert (told["reloaded"]["generation"], told["reloaded"]["seconds"]) == (2, 1.0)
    assert told["stopping"]["signal"] == "SIGTERM"
    assert [told["stopped"][each] for each in ("finished", "cancelled", "seconds")] == [1, 2, 3.0]


@pytest.mark.parametrize(
    ("ending", "told"),
    [
        (Ending(0, 0, 1.0), "stopped"),
        (Ending(1, 0, 1.0), "stopped: 1 transaction finished"),
        (Ending(1200, 2, 1.0), "stopped: 1,200 transactions finished, 2 transactions cancelled"),
    ],
)
def test_people_are_told_what_became_of_what_ran(
    capsys: pytest.CaptureFixture[str], ending: Ending, told: str
) -> None:
    TextConsole("a.yaml", quiet=False).stopped(ending)
    assert capsys.readouterr().err == f"{told}\n"


def test_what_takes_long_is_told_once_where_nobody_sees_it_move(
    capsys: pytest.CaptureFixture[str],
) -> None:
    console = TextConsole("a.yaml", quiet=False)
    console.loading("compiling a.wasm", None)
    console.loading("compiling a.wasm", 1.0)
    assert capsys.readouterr().err == "compiling a.wasm\n"


def test_warnings_are_not_told_again_with_what_failed(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    error = ProblemsError([*PROBLEMS.problems, Problem("odd", warning=True)])
    TextConsole("a.yaml", quiet=False).refused(error)
    assert "odd" not in capsys.readouterr().err
    for tell in (JsonConsole().refused, JsonConsole().failed):
        tell(error)
    for record in caplog.records:
        assert [each["message"] for each in vars(record)["error"]["problems"]] == ["no"]
        assert record.levelname == "ERROR"
