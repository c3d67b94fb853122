"""Everything that is wrong with artifacts, all at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wasmflow.cli.main import run

BAD = """\
version: 1
components:
  one:
    flow:
      - core::sendr[a].output -> <>
  two:
    flow:
      - a.output -> <>
"""


@pytest.fixture(autouse=True)
def in_shop(shop: Path) -> None:
    """Every test stands beside ``shop.yaml`` and ``bad.yaml``."""
    (shop / "bad.yaml").write_text(BAD)


def test_what_is_right_is_not_talked_about(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "shop.yaml"]) == 0
    assert capsys.readouterr() == ("", "")


def test_all_problems_are_results_each_with_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "bad.yaml"]) == 4
    captured = capsys.readouterr()
    first, second = captured.out.splitlines()
    assert first.startswith("bad.yaml:5:9: ")
    assert "Hint: did you mean 'sender'?" in first
    assert second.startswith("bad.yaml:8:9: ")
    assert captured.err == ""


def test_several_artifacts_are_checked_in_one_go(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "none.yaml", "shop.yaml", "bad.yaml"]) == 4
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["bad.yaml", "bad.yaml", "none.yaml"]


def test_what_cannot_be_read_is_no_problem_of_an_author(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["check", "shop.yaml", "none.yaml"]) == 5
    assert capsys.readouterr().out.startswith("none.yaml: there is no file 'none.yaml'")


def test_what_is_no_artifact_is_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "shop.yaml", "."]) == 2
    assert capsys.readouterr().out.startswith(".: '.' is a folder")


def test_a_machine_reads_problems(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--json", "bad.yaml", "shop.yaml"]) == 4
    problems = json.loads(capsys.readouterr().out)["problems"]
    assert [(problem["line"], problem["column"]) for problem in problems] == [(5, 9), (8, 9)]
    assert {problem["level"] for problem in problems} == {"error"}
    assert problems[0]["hint"] == "did you mean 'sender'?"


def test_a_machine_reads_that_there_are_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--json", "shop.yaml"]) == 0
    assert json.loads(capsys.readouterr().out) == {"problems": []}


def test_a_person_is_told_how_it_went(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    run(["check", "shop.yaml"])
    assert capsys.readouterr().err.splitlines()[-1] == "1 artifact: no problems"
    run(["check", "shop.yaml", "bad.yaml"])
    assert capsys.readouterr().err.splitlines()[-1] == "2 artifacts: 2 problems"


UNUSED = """\
version: 1
components:
  one:
    inputs: { used: string, unused: string }
    flow: ["<>.used -> <>"]
"""


def test_who_wants_quiet_gets_errors_only(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "unused.yaml").write_text(UNUSED)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert run(["check", "unused.yaml"]) == 0
    assert "warning: " in capsys.readouterr().out
    assert run(["check", "--quiet", "unused.yaml"]) == 0
    assert capsys.readouterr() == ("", "")
    assert run(["check", "-q", "unused.yaml", "bad.yaml"]) == 4
    assert len(capsys.readouterr().out.splitlines()) == 2


STREAMS = """\
version: 1
components:
  people:
    inputs: { names: stream<string>, ages: stream<u32> }
    flow:
      - <>.names -> core::merge[person].name
      - <>.ages -> person.age
      - person -> <>
  same:
    flow:
      - <>.value -> <>
"""


def test_what_was_found_of_flows_is_shown_to_those_who_ask(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "people.yaml").write_text(STREAMS)
    assert run(["check", "-v", "people.yaml"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "people(names: stream<string>, ages: stream<u32>) -> stream<record {name: string, age: u32}>",
        "  in step: names, ages, output",
        "  called for each element: person",
        "same(value: any) -> (value: any)",
    ]


TRIGGERS = """\
version: 1
components:
  it:
    flow:
      - <> -> core::first[f].a
      - f -> <>
triggers:
  web:
    kind: http
    address: nowhere
    routes:
      /x: thing
"""


def test_what_is_wrong_with_triggers_is_told_with_the_rest(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "web.yaml").write_text(TRIGGERS)
    assert run(["check", "web.yaml"]) == 4
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("web.yaml:10:14: 'nowhere' is no address")
    assert second.startswith("web.yaml:12:11: there is no component 'thing'")
