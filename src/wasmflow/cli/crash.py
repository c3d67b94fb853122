"""What happens when we have a bug: a log that helps to mend it, and a request to send it in."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
import traceback
from pathlib import Path

from wasmflow.cli.output import err, note


def tell_bug(error: BaseException, arguments: list[str]) -> None:
    """Write a log, and to standard error where it is. Never raises."""
    log = _log(error, arguments)
    try:
        written: Path | None = _write(log)
    except OSError:
        written = None
    terminal = err()
    what = "".join(traceback.format_exception_only(error)).strip().splitlines()[-1]
    note(f"{terminal.bad('error:')} this is a bug in wasmflow: {what}")
    if written is None:
        note(log)
        note("please report it with the lines above: " + _address())
    else:
        note(f"please report it with this file: {written}\n  at {_address()}")


def _log(error: BaseException, arguments: list[str]) -> str:
    """Versions and traceback. Of the command line only the verb: the rest may be private."""
    verb = next((each for each in arguments if not each.startswith("-")), "")
    return "\n".join(
        [
            f"time: {time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}",
            f"command: wasmflow {verb}",
            f"python: {sys.version}",
            f"platform: {platform.platform()}",
            *_versions(),
            "",
            "".join(traceback.format_exception(error)),
        ]
    )


def _versions() -> list[str]:
    from importlib import metadata

    found = []
    for name in ("wasmflow", "wasmtime", "msgspec", "PyYAML", "click", "componentize-py"):
        try:
            found.append(f"{name}: {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            found.append(f"{name}: not installed")
    return found


def _address() -> str:
    from importlib import metadata

    try:
        urls = metadata.metadata("wasmflow").get_all("Project-URL") or []
    except metadata.PackageNotFoundError:
        urls = []
    return next((url.partition(", ")[2] for url in urls), "the project's page")


def state_folder() -> Path:
    """Where logs of crashes are kept: the user's state folder (XDG)."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "wasmflow"


def _write(log: str) -> Path:
    """Write a file that only its owner can read, elsewhere if the state folder cannot be written."""
    try:
        folder = state_folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = _open(folder)
    except (OSError, RuntimeError):  # no such place, or no home
        handle, name = _open(None)
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(log)
    return Path(name)


def _open(folder: Path | None) -> tuple[int, str]:
    day = time.strftime("%Y-%m-%d-", time.gmtime())
    return tempfile.mkstemp(prefix=f"wasmflow-{day}", suffix=".log", dir=folder)
