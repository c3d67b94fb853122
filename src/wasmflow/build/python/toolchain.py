"""Runs componentize-py, which makes a component of Python, and says what it says in the author's terms.

The tool prints for those who know it, and names files as its sandbox sees them. What concerns the
author's source is passed on by `wasmflow_guest.modules` as a line of JSON among its output.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import json
import os
import re
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, cast

from wasmflow.build.building import Draft
from wasmflow.build.python.glue import EXPORTS, GLUE, WORLD_MODULE
from wasmflow.build.python.guest.modules import MARK
from wasmflow.build.python.interface import WORLD
from wasmflow.build.python.source import GUEST
from wasmflow.errors import ProblemsError, WorldError
from wasmflow.problem import Place, Problem

PACKAGE: Final = "componentize-py"
#: The glue follows the conventions of these versions.
_FITTING: Final = "0.25."
_INSTALL: Final = "pip install 'wasmflow[python]'"

#: Where the parts of a draft stand among its files.
GLUE_FOLDER: Final = "glue"
SOURCE_FOLDER: Final = f"{GLUE_FOLDER}/source"
WIT_FOLDER: Final = "wit"

#: Seconds that making one component may take.
TOOL_SECONDS: Final = 1800.0
_START: Final = "import sys; from componentize_py import script; sys.exit(script())"
#: Runs the tool, and ends it when whoever holds our standard input is gone: the tool itself cannot
#: notice, since Python stands still while it works.
_WATCH: Final = """
import os, shutil, subprocess, sys, threading
folder, *command = sys.argv[1:]
tool = subprocess.Popen(command, stdin=subprocess.DEVNULL)
def end_with_parent():
    while os.read(0, 1):
        pass
    alone.set()
    tool.kill()
    tool.wait()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)
alone = threading.Event()
watch = threading.Thread(target=end_with_parent, daemon=True)
watch.start()
code = tool.wait()
if alone.is_set():
    watch.join()
os._exit(code if code >= 0 else 128 - code)
"""
_TOLD: Final = re.compile(re.escape(MARK) + r"(.*)")
#: Lines of the tool's own words that are passed on when nothing else is known.
_LINES_SHOWN: Final = 12


def tool_version() -> str:
    """The tool with its version. Raises `WorldError` if it is missing, or of another version."""
    try:
        version = importlib.metadata.version(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        message = f"building from Python needs {PACKAGE}; install it with: {_INSTALL}"
        raise WorldError(message) from None
    if not version.startswith(_FITTING):
        wanted = f"{PACKAGE} {_FITTING}x is needed and {version} is installed"
        raise WorldError(f"{wanted}; install it with: {_INSTALL}")
    return f"{PACKAGE} {version}"


async def run_tool(draft: Draft, folder: Path, site: Sequence[Path]) -> bytes:
    """The component of a draft whose files stand in `folder`. Cancelling it ends the tool.

    Raises `ProblemsError` for what happens while the author's modules are imported, `WorldError`
    for what the tool cannot do.
    """
    output = folder / "component.wasm"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", "-c", _WATCH, str(folder)),
        # without the folder we stand in: it may hold modules of any name
        *(sys.executable, "-P", "-c", _START, *_arguments(draft, folder, site, output)),
        env=_environment(folder),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        # Ctrl-C is for us; we end both.
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(TOOL_SECONDS):
            said = await cast(asyncio.StreamReader, process.stdout).read()
            code = await process.wait()
    except TimeoutError:
        message = f"{PACKAGE} took more than {TOOL_SECONDS:.0f} s and was given up"
        raise WorldError(message) from None
    finally:
        await _end(process)
    if code:
        raise explain(draft, said.decode(errors="replace"), code)
    return output.read_bytes()


async def _end(process: Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        # The output ends when the tool is gone too, which then writes nothing more.
        await asyncio.shield(process.communicate())


def _arguments(draft: Draft, folder: Path, site: Sequence[Path], output: Path) -> list[str]:
    paths = [folder / GLUE_FOLDER, *(each.absolute() for each in site)]
    return [
        *("--quiet", "--wit-path", str(folder / WIT_FOLDER), "--world", WORLD),
        *("--world-module", WORLD_MODULE),
        *("--export-interface-name", f"{draft.interfaces[0]}={EXPORTS}"),
        "componentize",
        *(part for path in paths for part in ("--python-path", str(path))),
        *(GLUE, "--output", str(output)),
    ]


def _environment(folder: Path) -> dict[str, str]:
    """An empty virtual environment, or else the packages of the host's Python would be taken in."""
    packages = folder / "empty" / "lib" / "site-packages"
    packages.mkdir(parents=True)
    ours = {"VIRTUAL_ENV": str(folder / "empty"), "TMPDIR": str(folder), "RUST_BACKTRACE": "0"}
    return os.environ | ours


# --- what went wrong --------------------------------------------------------------------------


def explain(draft: Draft, said: str, code: int) -> ProblemsError | WorldError:
    """What the tool's words mean, or else the words themselves."""
    for told in _TOLD.findall(said):
        return ProblemsError([_problem(draft, json.loads(told))])
    words = said.partition("Stack backtrace:")[0].strip().splitlines()
    shown = "\n".join(words[-_LINES_SHOWN:]) or f"it ended with code {code}"
    return WorldError(f"{PACKAGE} failed:\n{shown}")


def _problem(draft: Draft, told: dict[str, Any]) -> Problem:
    """What happened while the author's modules were imported: one problem, at the last step."""
    kind, message = told["kind"], told["message"]
    place = Place(str(draft.source))
    if told["steps"]:
        file, line, offset = told["steps"][-1]
        place = _place(draft, f"{SOURCE_FOLDER}/{file}", line or 0, offset)
    shown = f"{kind}: {message}" if message else kind
    return Problem(f"importing it fails: {shown}", _hint(kind, message), place)


def _place(draft: Draft, name: str, line: int, offset: int | None) -> Place:
    """The place in the author's file of an offset in bytes, as Python counts."""
    lines = draft.files.get(name, b"").splitlines()
    if offset is None or not 0 < line <= len(lines):
        return Place(draft.origins.get(name, name), line)
    column = len(lines[line - 1][:offset].decode(errors="replace")) + 1
    return Place(draft.origins.get(name, name), line, column)


def _hint(kind: str, message: str) -> str:
    if "compiled module files exist" in message or ".so" in message:
        return "the package is compiled for another machine and cannot run in WebAssembly"
    return _HINTS.get(kind, "a source is imported once while it is built, as by 'import'")


_NO_FILES: Final = "there are no files while a component is made; put data into a module"
_HINTS: Final = {
    "FileNotFoundError": _NO_FILES,
    "PermissionError": _NO_FILES,
    "ModuleNotFoundError": "packages are taken from --site folders, with what they need",
    "SyntaxError": f"the Python inside components is {GUEST[0]}.{GUEST[1]}",
}
