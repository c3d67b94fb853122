from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from wasmflow.build.building import Draft
from wasmflow.build.python import toolchain
from wasmflow.build.python.guest.modules import MARK
from wasmflow.errors import ProblemsError, WorldError

DRAFT = Draft(
    Path("text.py"),
    wit="",
    interfaces=("local:text/text",),
    files={"glue/source/inner/shapes.py": 'x = "äö" + nope\n'.encode()},
    origins={"glue/source/inner/shapes.py": "my/inner/shapes.py"},
)


def said(kind: str, message: str, *steps: tuple[str, int, int | None]) -> str:
    told = json.dumps({"kind": kind, "message": message, "steps": steps})
    return f"noise\n  {MARK}{told}\nTraceback (most recent call last):\n  more noise\n"


def test_the_toolchain_is_there_in_a_fitting_version() -> None:
    assert toolchain.tool_version().startswith("componentize-py 0.25.")


def test_a_missing_toolchain_comes_with_the_line_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(toolchain, "PACKAGE", "no-such-package")
    with pytest.raises(WorldError, match=r"pip install 'wasmflow\[python\]'"):
        toolchain.tool_version()


def test_a_toolchain_of_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "_FITTING", "7.")
    with pytest.raises(WorldError, match=r"7\.x is needed and 0\.25\.\d is installed"):
        toolchain.tool_version()


def test_what_happens_during_an_import_has_its_place_in_the_authors_file() -> None:
    steps = [("text.py", 1, 0), ("inner/shapes.py", 1, 13)]
    error = toolchain.explain(DRAFT, said("NameError", "name 'nope' is not defined", *steps), 1)
    assert isinstance(error, ProblemsError)
    assert str(error).startswith(
        "my/inner/shapes.py:1:12: importing it fails: NameError: name 'nope' is not defined"
    )


def test_what_happens_elsewhere_is_told_of_the_source() -> None:
    error = toolchain.explain(DRAFT, said("ValueError", ""), 1)
    assert str(error).startswith("text.py: importing it fails: ValueError. Hint: ")


@pytest.mark.parametrize(
    ("kind", "message", "hint"),
    [
        ("FileNotFoundError", "[Errno 44]", "there are no files"),
        ("ModuleNotFoundError", "No module named 'six'", "--site"),
        ("SyntaxError", "invalid syntax", "is 3.14"),
        ("ImportError", "compiled module files exist, but", "for another machine"),
    ],
)
def test_some_failures_come_with_advice(kind: str, message: str, hint: str) -> None:
    error = toolchain.explain(DRAFT, said(kind, message, ("text.py", 1, None)), 1)
    assert isinstance(error, ProblemsError)
    assert hint in error.problems[0].hint


def test_words_of_the_toolchain_that_nobody_knows_are_passed_on_without_its_backtrace() -> None:
    words = "Error: no room on the disk\n\nStack backtrace:\n   0: anyhow\n   1: main\n"
    error = toolchain.explain(DRAFT, words, 1)
    assert isinstance(error, WorldError)
    assert str(error) == "componentize-py failed:\nError: no room on the disk"


def test_a_toolchain_that_says_nothing_has_at_least_a_code() -> None:
    assert str(toolchain.explain(DRAFT, "", -9)) == (
        "componentize-py failed:\nit ended with code -9"
    )


async def test_cancelling_ends_the_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alive = tmp_path / "alive"
    os.mkfifo(alive)
    start = f"import time; file = open({str(alive)!r}, 'w'); time.sleep(600)"
    monkeypatch.setattr(toolchain, "_START", start)
    task = asyncio.create_task(toolchain.run_tool(DRAFT, tmp_path, ()))
    with await asyncio.to_thread(alive.open) as file:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(file.read) == ""  # nobody holds the other end


async def test_a_tool_that_takes_too_long_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toolchain, "TOOL_SECONDS", 0.0)
    monkeypatch.setattr(toolchain, "_START", "import time; time.sleep(600)")
    with pytest.raises(WorldError, match="took more than 0 s and was given up"):
        await toolchain.run_tool(DRAFT, tmp_path, ())


def test_a_tool_without_a_parent_ends_and_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    forever = [sys.executable, "-c", "import time; print('begun', flush=True); time.sleep(600)"]
    watch = [sys.executable, "-c", toolchain._WATCH, str(folder), *forever]
    pipe = subprocess.PIPE
    with subprocess.Popen(watch, stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        said, _ = process.communicate()  # ends when the tool is gone, which holds the other end
    assert (process.returncode, said) == (1, b"")
    assert not folder.exists()
