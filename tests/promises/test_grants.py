"""What is granted to a component it can use as any program does, and nothing else."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import wasmflow

#: Building and compiling take their time where the machine is busy.
pytestmark = pytest.mark.timeout(600)

MANIFEST = """
version: 1
name: probing
external:
  probe:
    kind: wasm
    reference: {reference}
    grant: {grant}
components:
  run:
    flow:
      - <>.source -> probe::run[run].source
      - run -> <>
  naps:
    flow:
      - <>.seconds -> probe::naps[naps].seconds
      - naps -> <>
"""
FOLDER = "{ dirs: { /data: { path: ./data, write: true } } }"

Probe = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path, compiled_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a granted one in it, beside a file that is not granted."""
    monkeypatch.setenv("WASMFLOW_CACHE", str(compiled_cache))
    (tmp_path / "data").mkdir()
    (tmp_path / "secret").write_text("outside")
    return tmp_path


@pytest.fixture
def granted(folder: Path, probe_component: Path) -> Callable[[str], Path]:
    """A manifest that grants this to the component."""

    def write(grant: str) -> Path:
        path = folder / "flow.yaml"
        path.write_text(MANIFEST.format(reference=probe_component, grant=grant))
        return path

    return write


@pytest.fixture
def probe(granted: Callable[[str], Path]) -> Probe:
    """Runs code in the component, by the command line; returns what the process printed."""

    def run(
        grant: str, source: str, *limits: str, **streams: Any
    ) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "wasmflow", "invoke", *limits, str(granted(grant)), "run"]
        source = textwrap.dedent(source)
        return subprocess.run(
            [*command, "--", f"--source={source}"],
            text=True,
            check=False,
            **{"stdin": subprocess.DEVNULL, "capture_output": True} | streams,
        )

    return run


def result(done: subprocess.CompletedProcess[str]) -> Any:
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)["output"]


def test_a_program_uses_its_files_as_anywhere(probe: Probe, folder: Path) -> None:
    source = """
        import os, shutil
        os.makedirs("/data/one/two")
        with open("/data/one/text", "w") as file:
            file.write("line\\n" * 30_000)
        with open("/data/one/text", "a") as file:
            file.write("end")
        with open("/data/one/text", "r+b") as file:
            file.seek(5)
            file.write(b"LINE")
            file.seek(4)
            middle = file.read(6).decode()
        os.rename("/data/one/text", "/data/one/two/text")
        os.symlink("two/text", "/data/one/link")
        shutil.copytree("/data/one", "/data/copy", symlinks=True)
        os.truncate("/data/copy/two/text", 3)
        os.utime("/data/copy/two/text", (1, 2))
        os.link("/data/copy/two/text", "/data/linked")
        shutil.rmtree("/data/one")
        status = os.stat("/data/copy/link")
        result = {
            "walk": sorted([top, sorted(names), sorted(files)] for top, names, files in os.walk("/data")),
            "middle": middle,
            "status": [status.st_size, status.st_mtime, status.st_nlink],
            "link": os.readlink("/data/copy/link"),
            "same": os.path.samefile("/data/linked", "/data/copy/two/text"),
        }
    """
    assert result(probe(FOLDER, source)) == {
        "walk": [
            ["/data", ["copy"], ["linked"]],
            ["/data/copy", ["two"], ["link"]],
            ["/data/copy/two", [], ["text"]],
        ],
        "middle": "\nLINE\n",
        "status": [3, 2, 2],
        "link": "two/text",
        "same": True,
    }
    assert (folder / "data/copy/two/text").read_text() == "lin"


def test_a_program_uses_descriptors_and_a_database(probe: Probe) -> None:
    source = """
        import os, sqlite3
        def tried(run, *arguments):
            try:
                return run(*arguments)
            except OSError as error:
                return error.strerror
        file = os.open("/data/file", os.O_RDWR | os.O_CREAT)
        reading, writing = os.open("/data/file", os.O_RDONLY), os.open("/data/file", os.O_WRONLY)
        os.pwrite(file, b"abcdef", 0)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_RANDOM)
        os.fsync(file)
        os.fdatasync(file)
        os.utime(file, (5, 6))
        database = sqlite3.connect("/data/database")
        database.execute("create table things (name)")
        database.executemany("insert into things values (?)", [(str(n),) for n in range(1000)])
        database.commit()
        result = [
            os.pread(file, 3, 2).decode(),
            os.fstat(file).st_mtime,
            tried(os.write, reading, b"x"),
            tried(os.read, writing, 1),
            sqlite3.connect("/data/database").execute("select count(*) from things").fetchone()[0],
        ]
    """
    bad = "Bad file descriptor"
    assert result(probe(FOLDER, source)) == ["cde", 6, bad, bad, 1000]


def test_inspecting_tells_of_folders_and_terminals(
    granted: Callable[[str], Path], folder: Path
) -> None:
    grant = "{ dirs: { /in: ./data, /out: { path: ./data, write: true } }, stdio: [stdout] }"
    done = subprocess.run(
        [sys.executable, "-m", "wasmflow", "inspect", "--json", granted(grant)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "/in, /out (write)" in done.stdout


def test_a_program_sees_nothing_beside_its_folders(probe: Probe, folder: Path) -> None:
    (folder / "data/out").symlink_to("../secret")
    (folder / "data/root").symlink_to("/")
    source = """
        import os
        def tried(run, *arguments):
            try:
                return run(*arguments)
            except OSError as error:
                return type(error).__name__
        names = "/data/../secret", "/data/out", "/data/root/etc/passwd", "/etc/passwd", "/secret", "."
        result = {
            "open": [tried(open, name) for name in names],
            "list": [tried(os.listdir, name) for name in ("/", "/data/..", "/data/root")],
            "link": [tried(os.symlink, name, "/data/new") for name in ("/etc", "../secret")],
            "move": tried(os.rename, "/data/out", "/data/../moved"),
        }
    """
    assert result(probe(FOLDER, source)) == {
        "open": [
            *["PermissionError"] * 3,
            *["FileNotFoundError"] * 3,
        ],
        "list": ["FileNotFoundError", "PermissionError", "PermissionError"],
        "link": ["PermissionError"] * 2,
        "move": "PermissionError",
    }


def test_a_folder_is_read_only_unless_it_is_granted_for_more(probe: Probe, folder: Path) -> None:
    (folder / "data/file").write_text("there")
    source = """
        import os
        result = [open("/data/file").read(), os.listdir("/data")]
        for change in (lambda: open("/data/file", "a"), lambda: os.unlink("/data/file"),
                       lambda: os.mkdir("/data/new"), lambda: os.utime("/data/file")):
            try:
                result.append(change())
            except OSError as error:
                result.append(error.strerror)
    """
    said = result(probe("{ dirs: { /data: ./data } }", source))
    assert said == ["there", ["file"], *["Read-only file system"] * 4]


def test_without_a_grant_there_is_nothing(probe: Probe) -> None:
    source = """
        import os, sys, time
        time.sleep(1000)
        result = [sys.stdin.read(), os.environ.get("HOME")]
        print("printed")
        open("/data/file")
    """
    done = probe("{}", source, input="input", stdin=None)
    assert json.loads(done.stdout)["output"] == {"error": "FileNotFoundError", "errno": 44}


def test_standard_streams_are_the_processs(probe: Probe) -> None:
    source = """
        import sys
        first = sys.stdin.readline()
        print("to standard output", flush=True)
        print("to standard error", file=sys.stderr, flush=True)
        result = [first, sys.stdin.read(), sys.stdin.isatty(), sys.stdout.isatty()]
    """
    grant = "{ stdio: [stdin, stdout, stderr] }"
    done = probe(grant, source, input="first\nsecond\nthird", stdin=None)
    said, answer = done.stdout.splitlines()
    assert (said, done.stderr) == ("to standard output", "to standard error\n")
    assert json.loads(answer)["output"] == ["first\n", "second\nthird", False, False]


def test_a_terminal_is_told_as_one(probe: Probe) -> None:
    keyboard, terminal = pty.openpty()
    os.write(keyboard, b"typed\n")
    source = "import sys; result = [sys.stdin.isatty(), sys.stdin.readline()]"
    assert result(probe("{ stdio: [stdin] }", source, stdin=terminal)) == [True, "typed\n"]
    os.close(keyboard)
    os.close(terminal)


def test_who_waits_for_input_that_never_comes_ends_at_its_limit(probe: Probe) -> None:
    quiet, end = os.pipe()
    source = "import sys; result = sys.stdin.read()"
    done = probe("{ stdio: [stdin] }", source, "--call-timeout=0.5", stdin=quiet)
    assert "the limit for one call" in done.stderr
    os.close(quiet)
    os.close(end)


def test_output_that_nobody_takes_ends_at_its_limit(probe: Probe) -> None:
    end, full = os.pipe()
    source = "print('x' * 500_000, flush=True)"
    done = probe(
        "{ stdio: [stderr, stdout] }",
        source,
        "--call-timeout=0.5",
        stdout=full,
        stderr=subprocess.PIPE,
        capture_output=False,
    )
    assert "the limit for one call" in done.stderr
    os.close(end)
    os.close(full)


def test_output_that_nobody_reads_any_more_is_an_error_of_the_program(probe: Probe) -> None:
    end, broken = os.pipe()
    os.close(end)
    source = """
        import sys
        try:
            print("x", flush=True)
        except BrokenPipeError as error:
            result = "broken"
    """
    grant = "{ stdio: [stderr] }"
    done = probe(
        grant, source.replace("flush", "file=sys.stderr, flush"), stderr=broken,
        stdout=subprocess.PIPE, capture_output=False,
    )  # fmt: skip
    assert json.loads(done.stdout)["output"] == "broken"
    os.close(broken)


async def test_time_and_sleep_are_real(granted: Callable[[str], Path]) -> None:
    source = """
        import time
        began = time.monotonic()
        time.sleep(0.02)
        result = [time.time(), time.monotonic() - began]
    """
    async with wasmflow.open_collection(str(granted("{ clock: real }"))) as collection:
        said = await collection.invoke("run", {"source": textwrap.dedent(source)})
        now, slept = said["output"]
    assert now > 1_700_000_000
    assert slept >= 0.02


async def test_what_is_open_is_closed_whatever_ends_the_call(
    granted: Callable[[str], Path], folder: Path
) -> None:
    (folder / "data/file").touch()
    opening = "kept = [open('/data/file') for _ in range(50)]\n"
    ends = (
        "",
        "import sys; sys.exit(1)",
        "import os; os.abort()",
        "import time; time.sleep(10**9)",
    )
    before = _handles()
    async with wasmflow.open_collection(
        str(granted("{ clock: real, dirs: { /data: ./data } }"))
    ) as collection:
        for end in ends:
            invoking = collection.invoke("run", {"source": f"{opening}{end}"})
            task = asyncio.create_task(invoking)
            await asyncio.wait([task], timeout=0.5)
            task.cancel()
            await asyncio.wait([task])
        assert _handles() == before


def _handles() -> set[str]:
    """What this process has open in granted folders."""
    found = set()
    for each in Path("/proc/self/fd").iterdir():
        try:
            target = str(each.readlink())
        except OSError:
            continue
        if "/data" in target:
            found.add(f"{each.name} {target}")
    return found


async def test_a_stream_that_sleeps_is_left_at_once(granted: Callable[[str], Path]) -> None:
    threads = threading.active_count()
    async with wasmflow.open_collection(str(granted("{ clock: real }"))) as collection:
        async with collection.stream("naps", {"seconds": 0.001}) as packets:
            seen = []
            async for packet in packets:
                seen.append(packet)
                if len(seen) == 5:
                    break
        async with collection.stream("naps", {"seconds": 10**6}) as packets:
            async for _ in packets:
                break
    assert len(seen) == 5
    assert threading.active_count() <= threads + 40
