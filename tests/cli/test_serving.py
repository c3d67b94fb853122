"""What whoever started a service is told of it."""

from __future__ import annotations

import logging

import pytest

from wasmflow.cli.serving import JsonConsole, TextConsole
from wasmflow.errors import ProblemsError
from wasmflow.problem import Place, Problem
from wasmflow.service.console import Listening
from wasmflow.service.failing import WorkerBug
from wasmflow.triggers.address import Address

WEB = Listening("web", "https", Address("127.0.0.1", 8443))
ADMIN = Listening("", "http", Address("::1", 9000))
PROBLEMS = ProblemsError([Problem("no", place=Place("a.yaml", 1, 2))])


def test_people_are_told_where_it_listens(capsys: pytest.CaptureFixture[str]) -> None:
    TextConsole("a.yaml", quiet=False).serving([WEB, ADMIN])
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "serving a.yaml",
        "  https://127.0.0.1:8443  web",
        "  http://[::1]:9000  health and metrics",
    ]


def test_people_are_told_again_only_what_has_changed(capsys: pytest.CaptureFixture[str]) -> None:
    console = TextConsole("a.yaml", quiet=False)
    console.serving([WEB])
    console.reloading()
    console.serving([WEB])
    assert capsys.readouterr().err.splitlines()[2:] == ["reloading", "reloaded"]
    console.serving([ADMIN])
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
    console.serving([WEB])
    console.stopping(at_once=False)
    assert capsys.readouterr().err == ""


def test_machines_are_told_in_records(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "wasmflow.service")
    console = JsonConsole()
    console.serving([WEB])
    console.refused(PROBLEMS)
    serving, refused = caplog.records
    assert vars(serving)["places"] == [{"trigger": "web", "url": "https://127.0.0.1:8443"}]
    assert vars(refused)["error"]["problems"][0]["line"] == 1
    assert refused.levelname == "ERROR"
