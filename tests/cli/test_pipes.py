"""`invoke` in pipes, as a shell starts it: lines and streams in, lines and streams out."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import pytest

from tests.cli.test_process import BASH, WASMFLOW, shell

MANIFEST = """\
version: 1
components:
  echo: { inputs: { text: string }, flow: ["<>.text -> <>.output"] }
  two: { inputs: { a: u8, b: u8 }, flow: ["<>.a -> <>.a", "<>.b -> <>.b"] }
  refuse: { inputs: { why: string }, flow: ["<>.why -> core::fail[no].message", "no.output -> <>"] }
  through: { inputs: { item: stream<string> }, flow: ["<>.item -> <>.output"] }
  bytes: { inputs: { item: stream<list<u8>> }, flow: ["<>.item -> <>.output"] }
  each: { flow: ["<>.list -> core::each[e].input", "e.output -> <>.output"] }
  collect: { flow: ["<>.item -> core::collect[c].input", "c.output -> <>.output"] }
  tagged:
    inputs: { item: stream<string>, tag: string }
    flow: ["<>.item -> core::merge[m].item", "<>.tag -> m.tag", "m.output -> <>.output"]
  refuse-all:
    inputs: { why: stream<string> }
    flow:
      - <>.why -> core::fail[no].message
      - no.output -> <>.output
      - no.output -> core::collect[all].input
      - all.output -> drop
  take:
    instances: { t: { id: core::take, with: { count: 3 } } }
    flow: ["<>.item -> t.input", "t.output -> <>.output"]
"""

Result = tuple[int, str, list[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "flow.yaml").write_text(MANIFEST)
    return tmp_path


def invoke(folder: Path, arguments: str, given: str | bytes = b"") -> Result:
    """Exit code, output, and lines of standard error."""
    done = subprocess.run(
        [*WASMFLOW, "invoke", "flow.yaml", *arguments.split()],
        cwd=folder,
        input=given.encode() if isinstance(given, str) else given,
        capture_output=True,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode().splitlines()


@contextmanager
def running(folder: Path, arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [*WASMFLOW, "invoke", "flow.yaml", *arguments.split()],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        yield process


def pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
    streams = (process.stdin, process.stdout, process.stderr)
    return cast(tuple[IO[bytes], IO[bytes], IO[bytes]], streams)


# --- a transaction for each line --------------------------------------------------------------


def test_each_line_is_a_transaction_and_answers_keep_their_order(folder: Path) -> None:
    given = "".join(f'"{n}"\n' for n in range(1000))
    code, printed, told = invoke(folder, "echo --jobs=3", given)
    assert (code, told) == (0, [])
    assert [json.loads(line)["output"] for line in printed.splitlines()] == list(
        map(str, range(1000))
    )


def test_a_line_that_is_refused_or_fails_does_not_stop_the_others(folder: Path) -> None:
    code, printed, told = invoke(folder, "echo", '"a"\n\nnonsense\n5\n{"text":"b"}\n{}')
    assert (code, printed) == (1, '{"output":"a"}\n{"output":"b"}\n{}\n')
    assert told == [
        "line 3: error: not JSON: expecting value at column 1. Hint: "
        "--raw-in=lines takes lines as they are",
        "line 4: error: 'text' (string): expected string, got 5",
    ]
    code, printed, told = invoke(folder, "refuse", '"a"\n"b"\n')
    assert (code, printed) == (1, "")
    assert told == ["line 1: refuse: exception at no: a", "line 2: refuse: exception at no: b"]


def test_a_machine_is_told_the_line(folder: Path) -> None:
    code, _printed, told = invoke(folder, "refuse --json", '"a"\n5\n')
    first, second = map(json.loads, told)
    assert (code, first["line"], first["message"]) == (1, 1, "a")
    assert (second["line"], second["kind"]) == (2, "usage")


def test_what_happens_is_told_with_the_line(folder: Path) -> None:
    _code, _printed, told = invoke(folder, "echo --verbose --seed=7", '"a"\n"b"\n')
    assert [line.partition(": ")[0] for line in told] == ["line 1", "line 1", "line 2", "line 2"]
    assert " of echo --seed=7 " in told[2]


def test_flags_are_held_for_all_lines(folder: Path) -> None:
    code, printed, _ = invoke(folder, "two -- --a=1", '2\n{"b":3}\n{}\n')
    assert (code, printed) == (0, '{"a":1,"b":2}\n{"a":1,"b":3}\n{}\n')


def test_what_a_dash_does_not_name_is_not_read(folder: Path) -> None:
    assert invoke(folder, "echo -- --text=x", '"y"\n')[1] == '{"output":"x"}\n'
    assert invoke(folder, "echo -- --text=-", '"y"\n')[1] == '{"output":"y"}\n'


def test_no_lines_are_no_transactions(folder: Path) -> None:
    assert invoke(folder, "echo", "") == (0, "", [])
    assert invoke(folder, "echo --raw-in=whole --raw", "") == (0, "", [])


@pytest.mark.parametrize("stdin", ["</dev/null", "<&-"])
def test_where_nobody_gives_anything_the_input_is_missing(folder: Path, stdin: str) -> None:
    done = shell(folder, f"$WASMFLOW invoke flow.yaml echo {stdin}")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: missing input: --text (string)\n")
    assert shell(folder, "$WASMFLOW invoke flow.yaml echo -- --text=- </dev/null").returncode == 0


@pytest.mark.parametrize("component", ["echo", "through"])
def test_an_answer_or_packet_comes_before_the_next_line_is_there(
    folder: Path, component: str
) -> None:
    with running(folder, component) as process:
        stdin, stdout, _ = pipes(process)
        for text in (b'"a"\n', b'"b"\n'):
            stdin.write(text)
            stdin.flush()
            assert stdout.readline() == b'{"output":' + text.strip() + b"}\n"
        stdin.close()
    assert process.returncode == 0


def test_a_source_runs_for_each_line(folder: Path) -> None:
    code, printed, told = invoke(folder, "each", "[1,2]\n5\n[]\n[3]\n")
    assert (code, printed) == (1, '{"output":1}\n{"output":2}\n{"output":3}\n')
    assert len(told) == 1
    assert told[0].startswith("line 2: ")


def test_of_each_line_the_packets_are_shown_and_what_failed_is_told(folder: Path) -> None:
    code, printed, told = invoke(folder, "each --packets", "[1]\n5\n[]\n")
    kinds = [list(json.loads(line))[1] for line in printed.splitlines()]
    assert (code, len(told)) == (1, 1)
    assert kinds == ["value", "end", "failure", "end", "end"]


def test_packets_are_shown_of_a_transaction_that_fails(folder: Path) -> None:
    code, printed, told = invoke(folder, "refuse --packets", '"a"\n')
    failure, end = map(json.loads, printed.splitlines())
    assert (code, told) == (1, ["line 1: refuse: exception at no: a"])
    assert (failure["failure"]["message"], end["end"]) == ("a", True)
    code, once, told = invoke(folder, "refuse --packets -- --why=a")
    assert (code, once, told) == (1, printed, ["refuse: exception at no: a"])


def test_raw_of_what_is_no_text_is_told_and_the_others_are_printed(folder: Path) -> None:
    code, printed, told = invoke(folder, "each --raw", '["a",1,"b"]\n')
    assert (code, printed) == (1, "a\nb\n")
    assert told == [
        "line 1: each: error: the output is not text; --raw prints a single output that is text or bytes"
    ]


# --- a packet for each line -------------------------------------------------------------------


def test_each_line_is_a_packet(folder: Path) -> None:
    code, printed, told = invoke(folder, "through", '"a"\n{"item":"b"}\n{}\n\n{"output":"c"}')
    assert (code, told) == (0, [])
    assert printed == '{"output":"a"}\n{"output":"b"}\n{"output":"c"}\n'


def test_a_value_beside_a_stream_is_a_flag(folder: Path) -> None:
    given = '"a"\n{"item":"b","tag":"y"}\n'
    code, printed, told = invoke(folder, "tagged -- --tag=x", given)
    assert (code, printed) == (1, '{"item":"a","tag":"x"}\n')
    assert told == ["line 2: error: 'tag' is given by a flag, for all lines"]


def test_a_packet_that_fails_is_told_with_its_line(folder: Path) -> None:
    code, printed, told = invoke(folder, "through", '"a"\n5\n"b"\n')
    assert (code, printed) == (1, '{"output":"a"}\n{"output":"b"}\n')
    assert told == ["line 2: error: 'item' (string): expected string, got 5"]


def test_what_a_component_refuses_is_told_with_its_line_and_once(folder: Path) -> None:
    expected = [
        "line 1: refuse-all: exception at no: a",
        "line 2: error: 'why' (string): expected string, got 5",
        "line 4: refuse-all: exception at no: b",
        "line 5: refuse-all: exception at no: a",
    ]
    for option in ("", "--packets"):
        code, _, told = invoke(folder, f"refuse-all {option}", '"a"\n5\n\n"b"\n"a"\n')
        assert (code, told) == (1, expected)


def test_a_failure_is_told_before_the_end(folder: Path) -> None:
    with running(folder, "refuse-all") as process:
        stdin, _, stderr = pipes(process)
        for line, text in enumerate(("a", "b"), 1):
            stdin.write(f'"{text}"\n'.encode())
            stdin.flush()
            assert (
                stderr.readline() == f"line {line}: refuse-all: exception at no: {text}\n".encode()
            )
        stdin.close()
    assert process.returncode == 1


def test_a_failure_of_what_makes_one_value_is_the_only_answer(folder: Path) -> None:
    code, printed, told = invoke(folder, "collect", '"a"\nx\n"b"\n')
    assert (code, printed) == (1, "")
    assert told == [
        "line 2: error: not JSON: expecting value at column 1. "
        'Hint: a line is {"key":"value"} or {"item": {"key":"value"}}'
    ]


def test_packets_are_shown_with_failures_gaps_and_ends(folder: Path) -> None:
    code, printed, _ = invoke(folder, "through --packets", '"a"\n{}\n5\n')
    value, gap, failure, end = map(json.loads, printed.splitlines())
    assert code == 1
    assert value == {"port": "output", "value": "a"}
    assert gap == {"port": "output", "gap": True}
    assert failure["failure"]["message"].startswith("line 3: ")
    assert end == {"port": "output", "end": True}


# --- raw --------------------------------------------------------------------------------------


def test_raw_lines_go_in_and_come_out(folder: Path) -> None:
    assert invoke(folder, "through --raw-in=lines --raw", '"a\r\n\nb') == (0, '"a\n\nb\n', [])
    assert invoke(folder, "echo --raw-in=lines --raw", "a\nb\n") == (0, "a\nb\n", [])
    assert invoke(folder, "through --raw-in=lines", "a\n")[1] == '{"output":"a"}\n'


def test_raw_chunks_are_what_was_written(folder: Path) -> None:
    content = bytes(range(256)) * 1000
    (folder / "in").write_bytes(content)
    arguments = "invoke flow.yaml bytes --raw-in=chunks --raw"
    assert shell(folder, f"$WASMFLOW {arguments} <in >out").returncode == 0
    assert (folder / "out").read_bytes() == content


def test_the_whole_is_one_value_or_packet(folder: Path) -> None:
    for component in ("echo", "through"):
        code, printed, _ = invoke(folder, f"{component} --raw-in=whole", "a\nb\n")
        assert (code, printed) == (0, '{"output":"a\\nb\\n"}\n')
    assert invoke(folder, "echo --raw-in=whole", b"\xff")[2][0] == (
        "error: standard input: not text in UTF-8 (byte 0)"
    )


# --- refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("echo --raw-in=chunks", "--raw-in=chunks is for streams, and 'echo' takes none"),
        ("echo --raw-in=lines -- --text=x", "--raw-in: nothing is to be read"),
        ("two --raw-in=lines", "--raw-in gives one input, and these are missing: 'a', 'b'"),
        ("two --raw-in=lines -- --a=1", "--raw-in gives text or bytes, and 'b' is u8"),
        ("through --raw --packets", "--raw and --packets: only one of them can be"),
        ("tagged", "missing input: --tag (string)"),
        ("tagged -- --tag=-", "'--tag=-': lines of standard input are packets of streams"),
        ("collect --raw", "the output of 'collect' is list<any>; --raw prints"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_read(
    folder: Path, arguments: str, told: str
) -> None:
    code, printed, lines = invoke(folder, arguments, "x\n")
    assert (code, printed) == (2, "")
    assert lines[0].startswith(f"error: {told}")


# --- pipes ------------------------------------------------------------------------------------


def test_commands_compose(folder: Path) -> None:
    command = (
        "echo '[1,2,3]' | $WASMFLOW invoke flow.yaml each | $WASMFLOW invoke flow.yaml collect"
    )
    done = shell(folder, command)
    assert (done.returncode, done.stdout, done.stderr) == (0, '{"output":[1,2,3]}\n', "")


@pytest.mark.parametrize("component", ["through", "echo"])
def test_a_full_disk_stops_an_endless_flow(folder: Path, component: str) -> None:
    command = f"""yes '"y"' | $WASMFLOW invoke flow.yaml {component} >/dev/full"""
    done = shell(folder, command)
    told = "error: cannot write to standard output: No space left on device\n"
    assert (done.returncode, done.stderr) == (5, told)


@pytest.mark.parametrize("component", ["through", "echo"])
def test_a_reader_that_leaves_stops_an_endless_flow(folder: Path, component: str) -> None:
    command = (
        f"yes | $WASMFLOW invoke flow.yaml {component} --raw-in=lines | head -n 2"
        " && echo ${PIPESTATUS[1]}"
    )
    done = shell(folder, command)
    assert (done.stdout, done.stderr) == ('{"output":"y"}\n' * 2 + "141\n", "")


def test_a_flow_that_has_enough_does_not_wait_for_the_end(folder: Path) -> None:
    done = shell(folder, "yes | $WASMFLOW invoke flow.yaml take --raw-in=lines")
    assert (done.returncode, done.stdout) == (0, '{"output":"y"}\n' * 3)


def test_a_slow_reader_slows_the_flow(folder: Path) -> None:
    """While nobody reads, little is taken of an endless input."""
    command = f"yes | exec {' '.join(WASMFLOW)} invoke flow.yaml through --raw-in=lines"
    with subprocess.Popen(
        [BASH, "-c", f"{command} & echo $!; wait"],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        pid = int(process.stdout.readline())
        assert process.stdout.readline() == b'{"output":"y"}\n'
        told, taken = b"", 0
        while b"waits for room" not in told:
            os.kill(pid, signal.SIGUSR1)
            told = process.stderr.readline()
            if b" a second" in told:
                taken = int(told.partition(b" in")[0].replace(b",", b""))
        assert taken < 200_000
        os.killpg(process.pid, signal.SIGTERM)


def test_memory_is_flat_however_long_a_stream_is(folder: Path) -> None:
    """Ten times as much would take ten times as much if it were held."""
    code = (
        "import resource, sys; from wasmflow.cli.main import run; run(sys.argv[1:]);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
    )
    peaks = []
    for size in (4, 40):
        given = f"head -c {size}M /dev/zero | tr '\\0' x | fold -w 1000"
        invoke = f"{sys.executable} -c '{code}' invoke flow.yaml through --raw-in=lines --raw"
        done = shell(folder, f"{given} | {invoke} | wc -c")
        assert int(done.stdout) > size << 20
        peaks.append(int(done.stderr))
    assert peaks[1] < peaks[0] + (10 << 10)


def test_an_interrupt_ends_what_waits_for_a_line(folder: Path) -> None:
    with running(folder, "through") as process:
        stdin, stdout, stderr = pipes(process)
        stdin.write(b'"a"\n')
        stdin.flush()
        assert stdout.readline() == b'{"output":"a"}\n'
        process.send_signal(signal.SIGINT)
        assert stderr.read() == b"interrupted\n"
    assert process.returncode == 130


def test_an_interrupt_ends_what_nobody_reads(folder: Path) -> None:
    (folder / "in").write_bytes(b"x" * 999 + b"\n" + b"y\n" * 1_000_000)
    arguments = [*WASMFLOW, "invoke", "flow.yaml", "through", "--raw-in=lines"]
    with (
        (folder / "in").open("rb") as given,
        subprocess.Popen(
            arguments, cwd=folder, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process,
    ):
        assert process.stdout is not None
        process.stdout.read(1)  # it runs, and will soon stand still
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130


def test_a_signal_asks_who_waits_for_whom(folder: Path) -> None:
    with running(folder, "through") as process:
        stdin, stdout, stderr = pipes(process)
        stdin.write(b'"a"\n')
        stdin.flush()
        stdout.readline()
        process.send_signal(signal.SIGUSR1)
        assert stderr.readline().startswith(b"1 in, 1 out, ")
        assert b"waits for the caller" in stderr.readline()
        stdin.close()
    assert process.returncode == 0


def test_a_person_is_told_what_is_waited_for(folder: Path) -> None:
    terminal, theirs = pty.openpty()
    arguments = [*WASMFLOW, "invoke", "flow.yaml", "echo"]
    with (
        os.fdopen(theirs, "rb") as stdin,
        subprocess.Popen(
            arguments, cwd=folder, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process,
    ):
        assert process.stderr is not None
        assert process.stderr.readline() == (
            b"missing input: --text (string); reading lines of it from the terminal, until Ctrl-D\n"
        )
        os.write(terminal, b"\x04")
        assert process.wait(60) == 0
    os.close(terminal)
