"""Artifacts as commands, as a shell starts them."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
from pathlib import Path

import pytest

from tests.assembled import assemble
from tests.cli.test_process import SPIN, WASMFLOW, shell
from wasmflow.cli.main import run as run_here

MANIFEST = """\
version: 1
components:
  arguments: { inputs: { args: list<string> }, flow: ["<>.args -> <>.given"] }
  echo: { inputs: { args: list<string> }, flow: ["<>.args.0 -> <>.stdout"] }
  cat: { inputs: { stdin: string }, flow: ["<>.stdin -> <>.stdout"] }
  bytes: { inputs: { stdin: list<u8> }, flow: ["<>.stdin -> <>.output"] }
  lines: { inputs: { stdin: stream<string> }, flow: ["<>.stdin -> <>.stdout"] }
  chunks: { inputs: { stdin: stream<list<u8>> }, flow: ["<>.stdin -> <>.stdout"] }
  warn: { inputs: { stdin: stream<string> }, flow: ["<>.stdin -> <>.stderr"] }
  tagged:
    inputs: { stdin: stream<string> }
    flow: ["<>.stdin -> core::merge[m].line", "m.output -> <>.entry"]
  perhaps:
    inputs: { stdin: { type: string, default: '"nothing"' } }
    flow: ["<>.stdin -> <>.stdout"]
  exits: { inputs: { args: list<string> }, flow: ["7 -> <>.exit-code", "<>.args.0 -> <>.stdout"] }
  far: { inputs: { args: list<string> }, flow: ["256 -> <>.code", "<>.args -> drop"] }
  refuses:
    inputs: { stdin: stream<string> }
    flow: ["<>.stdin -> core::fail[no].message", "no.output -> <>"]
  terminal:
    inputs: { interactive: bool, width: u32, color: bool }
    flow: ["<>.interactive -> <>.interactive", "<>.width -> <>.width", "<>.color -> <>.color"]
triggers:
  hello: { kind: cli, component: echo }
"""
Result = tuple[int, str, str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tool.yaml").write_text(MANIFEST)
    return tmp_path


def run(folder: Path, arguments: str, given: str | bytes = b"") -> Result:
    """Exit code, output, and standard error."""
    done = subprocess.run(
        [*WASMFLOW, "run", "tool.yaml", *arguments.split()],
        cwd=folder,
        input=given.encode() if isinstance(given, str) else given,
        capture_output=True,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_arguments_are_what_follows_the_dashes(folder: Path) -> None:
    assert run(folder, "arguments -- a --b -- -c") == (0, '{"given":["a","--b","--","-c"]}\n', "")
    assert run(folder, "arguments") == (0, '{"given":[]}\n', "")


def test_a_trigger_is_run_by_its_name_and_the_only_one_without(folder: Path) -> None:
    assert run(folder, "hello -- Jane") == run(folder, "-- Jane") == (0, "Jane", "")


@pytest.mark.parametrize("text", ["", "é", "one\ntwo", "one\r\n"])
def test_text_goes_through_as_it_is(folder: Path, text: str) -> None:
    assert run(folder, "cat", text) == (0, text, "")


def test_bytes_go_through_as_they_are(folder: Path) -> None:
    done = subprocess.run(
        [*WASMFLOW, "run", "tool.yaml", "bytes"],
        cwd=folder,
        input=bytes(range(256)),
        capture_output=True,
    )
    assert (done.returncode, done.stdout) == (0, bytes(range(256)))


def test_input_that_is_no_text_is_told(folder: Path) -> None:
    code, out, err = run(folder, "cat", b"a\xff")
    assert (code, out) == (2, "")
    assert err.startswith("error: standard input is not text in UTF-8 (byte 1)\n")
    assert run(folder, "lines", b"a\n\xff\nb\n") == (
        1,
        "a\nb\n",
        "line 2: error: not text in UTF-8 (byte 0)\n",
    )


def test_a_stream_of_texts_is_lines(folder: Path) -> None:
    assert run(folder, "lines", "one\r\ntwo\n\nthree") == (0, "one\ntwo\n\nthree\n", "")
    assert run(folder, "lines") == (0, "", "")


def test_a_stream_of_bytes_is_chunks(folder: Path) -> None:
    text = "é" * 200_000
    assert run(folder, "chunks", text) == (0, text, "")


def test_everything_else_is_lines_of_json(folder: Path) -> None:
    assert run(folder, "tagged", "a\nb\n") == (
        0,
        '{"entry":{"line":"a"}}\n{"entry":{"line":"b"}}\n',
        "",
    )


def test_what_is_sent_on_stderr_goes_there(folder: Path) -> None:
    assert run(folder, "warn", "a\nb") == (0, "", "a\nb\n")


def test_input_comes_and_goes_line_by_line(folder: Path) -> None:
    with subprocess.Popen(
        [*WASMFLOW, "run", "tool.yaml", "lines"],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for line in (b"one\n", b"two\n"):
            process.stdin.write(line)
            process.stdin.flush()
            assert process.stdout.readline() == line
        process.stdin.close()
        assert process.wait(60) == 0


def test_an_input_that_need_not_be_given_is_not_asked_of_a_person(folder: Path) -> None:
    terminal, theirs = pty.openpty()
    done = subprocess.run(
        [*WASMFLOW, "run", "tool.yaml", "perhaps"], cwd=folder, stdin=theirs, capture_output=True
    )
    os.close(terminal)
    os.close(theirs)
    assert (done.returncode, done.stdout) == (0, b"nothing")
    assert run(folder, "perhaps", "x") == (0, "x", "")


def test_an_exit_code_is_that_of_the_command(folder: Path) -> None:
    assert run(folder, "exits -- x") == (7, "x", "")


def test_an_exit_code_that_cannot_be_is_a_failure(folder: Path) -> None:
    assert run(folder, "far") == (
        1,
        "",
        "far: error: output 'code' is 256, and exit codes are 0 to 255\n",
    )


def test_a_failure_is_told_and_the_exit_code_is_one(folder: Path) -> None:
    code, out, err = run(folder, "echo")
    assert (code, out) == (1, "")
    assert err.startswith("echo: exception: <>.args.0 -> <>.stdout: there is no element 0")


def test_failures_of_a_stream_are_told_as_they_come(folder: Path) -> None:
    code, out, err = run(folder, "refuses", "a\nb\n")
    assert (code, out) == (1, "")
    assert err == "refuses: exception at no: a\nrefuses: exception at no: b\n"


def test_facts_of_the_terminal_are_given(folder: Path) -> None:
    assert run(folder, "terminal")[1] == '{"interactive":false,"width":80,"color":false}\n'


def test_on_a_terminal_the_last_line_is_ended(folder: Path) -> None:
    terminal, theirs = pty.openpty()
    with os.fdopen(theirs, "wb") as stdout:
        arguments = [*WASMFLOW, "run", "tool.yaml", "--", "x"]
        assert subprocess.run(arguments, cwd=folder, stdout=stdout).returncode == 0
    assert os.read(terminal, 100) == b"x\r\n"
    os.close(terminal)


def test_a_reader_that_leaves_early_is_no_error(folder: Path) -> None:
    done = shell(folder, "yes | $WASMFLOW run tool.yaml lines | head -2; echo ${PIPESTATUS[1]}")
    assert (done.stdout, done.stderr) == ("y\ny\n141\n", "")


def test_an_interrupt_ends_it(folder: Path) -> None:
    with subprocess.Popen(
        [*WASMFLOW, "run", "tool.yaml", "lines"],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"x\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"x\n"
        process.send_signal(signal.SIGINT)
        _out, told = process.communicate(timeout=60)
    assert (process.returncode, told) == (130, b"interrupted\n")


def test_a_time_limit_ends_it(folder: Path) -> None:
    (folder / "spin.wasm").write_bytes(assemble(SPIN))
    done = shell(folder, "$WASMFLOW run spin.wasm spin --timeout=0.2")
    assert (done.returncode, done.stdout) == (1, "")
    assert "time limit" in done.stderr


def test_what_is_given_before_the_dashes_is_told_to_stand_after_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    assert run_here(["run", "tool.yaml", "echo", "--loud"]) == 2
    assert (
        "Hint: arguments of the command stand after '--', as in: -- --loud"
        in capsys.readouterr().err
    )
    assert run_here(["run", "tool.yaml", "x", "y"]) == 2


def test_an_argument_that_is_no_text_is_told(folder: Path) -> None:
    done = shell(folder, r"$WASMFLOW run tool.yaml arguments -- a $'\xff'")
    assert (done.returncode, done.stderr) == (2, "error: argument 2 is not text in UTF-8\n")
