"""The process as a shell sees it: exit codes, signals, streams that are closed or full."""

from __future__ import annotations

import os
import pty
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from tests.assembled import assemble
from tests.cli.manifests import SHOP

BASH = shutil.which("bash") or "bash"
WASMFLOW = (sys.executable, "-m", "wasmflow")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shop.yaml").write_text(SHOP)
    return tmp_path


def run(
    folder: Path, *arguments: str, stdout: int | IO[bytes] = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*WASMFLOW, *arguments], cwd=folder, stdout=stdout, stderr=subprocess.PIPE, text=True
    )


def shell(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    surroundings = {**os.environ, "WASMFLOW": " ".join(WASMFLOW)}
    return subprocess.run(
        [BASH, "-c", command], cwd=folder, env=surroundings, capture_output=True, text=True
    )


def test_results_go_to_standard_output(folder: Path) -> None:
    done = run(folder, "invoke", "shop.yaml", "echo", "--", "--text=é")
    assert (done.returncode, done.stdout, done.stderr) == (0, '{"output":"é"}\n', "")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("schema", 0),
        ("invoke shop.yaml refuse -- --why=x", 1),
        ("invoke shop.yaml echo", 2),
        ("nonsense", 2),
        ("check bad.yaml", 4),
        ("invoke bad.yaml", 4),
        ("inspect none.wasm", 5),
    ],
)
def test_exit_codes(folder: Path, arguments: str, code: int) -> None:
    (folder / "bad.yaml").write_text("nonsense: 1\n")
    done = run(folder, *arguments.split())
    assert done.returncode == code
    assert "Traceback" not in done.stderr


def test_a_reader_that_leaves_early_is_no_error(folder: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        left = run(folder, "schema", stdout=closed)
    assert (left.returncode, left.stderr) == (141, "")


@pytest.mark.parametrize("arguments", ["--help", "--version", "check --help", "inspect shop.yaml"])
def test_every_output_may_be_closed(folder: Path, arguments: str) -> None:
    done = shell(folder, f"$WASMFLOW {arguments} >&-")
    assert (done.returncode, done.stderr) == (141, "")


def test_errors_that_nobody_can_read_leave_the_exit_code(folder: Path) -> None:
    assert shell(folder, "$WASMFLOW invoke shop.yaml echo 2>&-").returncode == 2


def test_a_full_disk_is_a_failure_of_the_world(folder: Path) -> None:
    done = shell(folder, "$WASMFLOW schema > /dev/full")
    assert done.returncode == 5
    assert done.stderr == "error: cannot write to standard output: No space left on device\n"


RAW = """\
version: 1
components:
  text: { inputs: { of: { type: string } }, flow: ["<>.of -> <>.output"] }
  bytes: { inputs: { of: { type: list<u8> } }, flow: ["<>.of -> <>.output"] }
"""


@pytest.mark.parametrize("component", ["text", "bytes"])
@pytest.mark.parametrize("given", ["x", "x\n"])
def test_on_a_terminal_raw_output_ends_its_line(folder: Path, component: str, given: str) -> None:
    (folder / "raw.yaml").write_text(RAW)
    arguments = ("invoke", "raw.yaml", component, "--raw", "--", f"--of={given}")
    assert run(folder, *arguments).stdout == given
    terminal, theirs = pty.openpty()
    with os.fdopen(theirs, "wb") as stdout:
        assert run(folder, *arguments, stdout=stdout).returncode == 0
    assert os.read(terminal, 100) == b"x\r\n"
    os.close(terminal)


def test_an_output_of_another_encoding_is_still_json(folder: Path) -> None:
    command = "PYTHONIOENCODING=ascii $WASMFLOW invoke shop.yaml echo -- --text=é"
    assert shell(folder, command).stdout == '{"output":"\\u00e9"}\n'


def test_a_drawing_is_in_ascii_where_nothing_else_can_be_shown(folder: Path) -> None:
    drawn = shell(folder, "PYTHONIOENCODING=ascii $WASMFLOW graph shop.yaml card").stdout
    assert "--->| name: string" in drawn


def test_an_interrupt_ends_it_and_it_says_so(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    arguments = [*WASMFLOW, "invoke", "shop.yaml", "echo", "--", "--text=@pipe"]
    with (
        subprocess.Popen(arguments, cwd=folder, stderr=subprocess.PIPE, text=True) as process,
        (folder / "pipe").open("wb"),  # opens when the other end is being read
    ):
        process.send_signal(signal.SIGINT)
        _out, told = process.communicate(timeout=60)
    assert (process.returncode, told) == (130, "interrupted\n")


SPIN = """
    (core module $m (func (export "spin") (loop (br 0))) (func (export "trap") unreachable))
    (core instance $i (instantiate $m))
    (func (export "spin") (canon lift (core func $i "spin")))
    (func (export "trap") (canon lift (core func $i "trap")))
"""


@pytest.fixture
def spinning(folder: Path) -> Path:
    """``spin.wasm`` in the folder, which loops for ever, or traps."""
    (folder / "spin.wasm").write_bytes(assemble(SPIN))
    return folder


def test_an_interrupt_ends_a_component_that_loops(spinning: Path) -> None:
    arguments = [*WASMFLOW, "invoke", "spin.wasm", "spin", "--verbose"]
    with subprocess.Popen(
        arguments, cwd=spinning, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("transaction ")
        process.send_signal(signal.SIGINT)
        shown, told = process.communicate(timeout=60)
    assert (process.returncode, shown) == (130, "")
    assert told.startswith("cancelled after ")
    assert told.endswith("\ninterrupted\n")


def test_a_component_that_loops_has_a_limit(spinning: Path) -> None:
    done = run(spinning, "invoke", "spin.wasm", "spin", "--timeout=200ms")
    assert done.returncode == 1
    assert done.stderr.startswith("spin: error: ")
    assert "time limit" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_call_has_a_limit_of_its_own(spinning: Path) -> None:
    done = run(spinning, "invoke", "spin.wasm", "spin", "--call-timeout=200ms")
    assert done.returncode == 1
    assert "it took more than 0.2 s, the limit for one call" in done.stderr


ROOMY = """
    (core module $m (memory 32) (func (export "be")))
    (core instance $i (instantiate $m))
    (func (export "be") (canon lift (core func $i "be")))
"""


def test_a_memory_has_the_limit_that_is_asked_for(folder: Path) -> None:
    (folder / "roomy.wasm").write_bytes(assemble(ROOMY))
    done = run(folder, "invoke", "roomy.wasm", "--memory=2MiB")
    assert (done.returncode, done.stderr) == (0, "")
    done = run(folder, "invoke", "roomy.wasm", "--memory=1MiB")
    assert done.returncode == 1
    assert "it needs more memory to start than its limit allows" in done.stderr


def test_a_trap_is_an_error_on_one_line(spinning: Path) -> None:
    done = run(spinning, "invoke", "spin.wasm", "trap")
    assert done.returncode == 1
    assert done.stderr.startswith("trap: error: ")
    assert done.stderr.count("\n") == 1


def test_a_bug_has_its_own_exit_code(folder: Path) -> None:
    broken = "import wasmflow.cli.main as m; m.PROGRAM.invoke = None; m.run(['schema'])"
    code = f"import sys; sys.argv = ['wasmflow']; {broken}; sys.exit(m.run(['schema']))"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 3
    assert "this is a bug in wasmflow: TypeError" in done.stderr
