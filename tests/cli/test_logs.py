"""Logs, as a person at a terminal sees them."""

from __future__ import annotations

import logging

import pytest

from wasmflow.cli.logs import Verbosity, logs

OURS = logging.getLogger("wasmflow.engine.call")
THEIRS = logging.getLogger("wasmflow.log")


def written(verbosity: Verbosity, capsys: pytest.CaptureFixture[str]) -> list[str]:
    with logs(verbosity):
        for logger in (OURS, THEIRS):
            for level in ("debug", "info", "warning", "error"):
                getattr(logger, level)("%s of %s", level, logger.name.rpartition(".")[2])
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err.splitlines()


def test_flows_are_heard_and_we_only_warn(capsys: pytest.CaptureFixture[str]) -> None:
    assert written(Verbosity.USUAL, capsys) == [
        "warning: warning of call",
        "error: error of call",
        "info of log",
        "warning: warning of log",
        "error: error of log",
    ]


def test_who_wants_quiet_hears_of_errors(capsys: pytest.CaptureFixture[str]) -> None:
    assert written(Verbosity.QUIET, capsys) == ["error: error of call", "error: error of log"]


def test_who_asks_hears_more(capsys: pytest.CaptureFixture[str]) -> None:
    lines = written(Verbosity.VERBOSE, capsys)
    assert "info: info of call" in lines
    assert "debug of log" in lines
    assert "debug: debug of call" not in lines


def test_nothing_is_written_afterwards(capsys: pytest.CaptureFixture[str]) -> None:
    written(Verbosity.VERBOSE, capsys)
    levels = OURS.getEffectiveLevel(), THEIRS.getEffectiveLevel()
    assert levels == (logging.WARNING, logging.WARNING)
    OURS.info("later")
    assert capsys.readouterr().err == ""


def test_records_command_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with logs(Verbosity.USUAL):
        THEIRS.info("\x1b[31mred")
    assert capsys.readouterr().err == "\\x1b[31mred\n"


def test_what_a_component_prints_is_shown_with_its_instance(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with logs(Verbosity.USUAL):
        logging.getLogger("wasmflow.guest").info("here", extra={"path": "a/b"})
        logging.getLogger("wasmflow.guest").info("there", extra={"path": ""})
    assert capsys.readouterr().err == "a/b: here\n> there\n"


def test_a_traceback_is_shown_whole(capsys: pytest.CaptureFixture[str]) -> None:
    with logs(Verbosity.USUAL):
        OURS.error("component_bug", exc_info=ValueError("why"))
    assert capsys.readouterr().err.splitlines() == ["error: component_bug", "ValueError: why"]
