"""How errors are told to people and to machines."""

from __future__ import annotations

import json

import click
import pytest

from wasmflow.cli.output import Terminal
from wasmflow.cli.report import error_json, error_lines, problem_line, tell, tell_misuse
from wasmflow.component import TransactionFailed
from wasmflow.errors import ProblemsError, UsageError, WasmflowError, WorldError
from wasmflow.packet import Failure, Kind
from wasmflow.problem import Place, Problem

PLAIN = Terminal(None)


def told(error: WasmflowError, component: str = "") -> list[str]:
    return error_lines(error, component, PLAIN)


def test_a_failure_is_one_line_with_component_kind_origin_and_message() -> None:
    failure = Failure(Kind.EXCEPTION, "name is empty", "greet/check")
    assert told(TransactionFailed(failure), "hello") == [
        "hello: exception at greet/check: name is empty"
    ]


def test_a_failure_at_the_edge_has_no_origin() -> None:
    assert told(TransactionFailed(Failure(Kind.ERROR, "trap")), "x") == ["x: error: trap"]


def test_whoever_runs_it_is_told_the_diagnosis_apart_from_the_message_for_machines() -> None:
    failed = TransactionFailed(Failure(Kind.EXCEPTION, "no", diagnosis="E: no (a.py:1 in f)"))
    assert told(failed, "x") == ["x: exception: E: no (a.py:1 in f)"]
    assert error_json(failed) == {
        "component": "",
        "kind": "exception",
        "message": "no",
        "origin": "",
        "diagnosis": "E: no (a.py:1 in f)",
    }


def test_a_long_message_stays_on_one_line_and_commands_no_terminal() -> None:
    failure = Failure(Kind.ERROR, "trap:\n  at \x1b[31mf\n  at g\n")
    assert told(TransactionFailed(failure), "x") == ["x: error: trap: | at \\x1b[31mf | at g"]


def test_a_message_of_megabytes_is_cut_for_people_and_whole_for_machines() -> None:
    failed = TransactionFailed(Failure(Kind.EXCEPTION, "\x1b" + "x" * 5_000_000))
    (line,) = told(failed)
    assert line.startswith("exception: \\x1bxxx")
    assert line.endswith("x … (5,000,001 characters; --json has all of them)")
    assert len(line) < 10_100
    assert error_json(failed)["message"] == failed.failure.message


def test_other_failures_of_a_transaction_follow() -> None:
    first, second = Failure(Kind.ERROR, "one", "a"), Failure(Kind.EXCEPTION, "two", "b")
    lines = told(TransactionFailed(first, (second,)), "x")
    assert lines == ["x: error at a: one", "x: exception at b: two"]


def test_each_line_of_a_usage_error_is_an_error() -> None:
    assert told(UsageError("no input 'a'\nno input 'b'")) == [
        "error: no input 'a'",
        "error: no input 'b'",
    ]


def test_a_problem_says_where_what_and_what_to_do() -> None:
    problem = Problem("no output 'x'", "wasmflow inspect a.wasm", Place("a.yaml", 3, 9))
    assert problem_line(problem, PLAIN) == str(problem)
    assert str(problem) == "a.yaml:3:9: no output 'x'. Hint: wasmflow inspect a.wasm"


def test_a_warning_says_that_it_is_one() -> None:
    assert problem_line(Problem("unused", warning=True), PLAIN) == "warning: unused"


def test_all_problems_are_told() -> None:
    error = ProblemsError([Problem("b", place=Place("f", 2)), Problem("a", place=Place("f", 1))])
    assert told(error) == ["f:1: a", "f:2: b"]


def test_a_machine_is_told_everything_of_a_failure() -> None:
    failure = Failure(Kind.EXCEPTION, "two\nlines", "greet", {"code": 7})
    assert error_json(TransactionFailed(failure, (Failure(Kind.ERROR, "b"),)), "hello") == {
        "component": "hello",
        "kind": "exception",
        "message": "two\nlines",
        "origin": "greet",
        "payload": {"code": 7},
        "also": [{"kind": "error", "message": "b", "origin": ""}],
    }


def test_a_payload_of_null_is_a_payload() -> None:
    told = error_json(TransactionFailed(Failure(Kind.EXCEPTION, "no", "", None)))
    assert told["payload"] is None


@pytest.mark.parametrize(
    ("error", "kind"),
    [(UsageError("x"), "usage"), (WorldError("x"), "world"), (ProblemsError([]), "problems")],
)
def test_a_machine_can_tell_the_families_apart(
    error: WasmflowError, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tell(error, as_json=True)
    captured = capsys.readouterr()
    assert json.loads(captured.err)["kind"] == kind
    assert captured.out == ""


def test_a_misused_option_is_told_as_our_own_errors_are(capsys: pytest.CaptureFixture[str]) -> None:
    command = click.Command("wasmflow", params=[click.Option(["--seed"], type=int)])
    for arguments in (["--sed=1"], ["--seed=x"], ["--seed"]):
        with pytest.raises(click.ClickException) as caught:
            command.make_context("wasmflow", arguments)
        tell_misuse(caught.value)
    assert capsys.readouterr().err.splitlines() == [
        "error: no such option '--sed'. Hint: did you mean '--seed'?",
        "see: wasmflow --help",
        "error: invalid value for '--seed': 'x' is not a valid integer",
        "see: wasmflow --help",
        "error: option '--seed' requires an argument",
    ]
