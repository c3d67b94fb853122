"""Launchers: small scripts that make `wasmflow run ARTIFACT` a command with a name of its own."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wasmflow.errors import UsageError, WorldError

#: The second line of every launcher: by it they are known.
MARK: Final = "# Written by `wasmflow install`, which also takes it away: wasmflow install --remove"

_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")


@dataclass(frozen=True, slots=True)
class Launcher:
    """Where a launcher is, or is to be."""

    folder: Path
    name: str

    @property
    def path(self) -> Path:
        return self.folder / self.name


def launcher(folder: Path, name: str) -> Launcher:
    """The launcher of that name. Raises `UsageError` for what no command can be called."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"a command cannot be called '{name}'; write NAME, of letters, digits, '_', '.', '+', '-'"
        )
    return Launcher(folder.absolute(), name)


def script(artifact: Path, component: str | None) -> bytes:
    """The text of a launcher. Its artifact is where it is now, run by the Python that runs this."""
    if not sys.executable:
        raise WorldError("it is not known which Python runs this, so that no launcher can name it")
    # -P: nothing that lies where the command is called is taken for a module of Python.
    words = [sys.executable, "-P", "-m", "wasmflow", "run", os.fspath(artifact)]
    called = shlex.join([*words, component] if component else words)
    return os.fsencode(f'#!/bin/sh\n{MARK}\nexec {called} -- "$@"\n')


def write(to: Launcher, content: bytes, *, force: bool) -> None:
    """Write a launcher. Raises `UsageError` if something else has its name, unless forced."""
    if not force:
        _check_ours(to.path, "overwritten")
    with _translated(to.path, "write"):
        to.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=to.folder, prefix=".", delete=False) as file:
            try:
                file.write(content)
                file.flush()
                os.fchmod(file.fileno(), 0o755)
                Path(file.name).replace(to.path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise


def remove(which: Launcher, *, force: bool) -> None:
    """Take a launcher away. Raises `UsageError` if it is none, unless forced, or is not there."""
    if not os.path.lexists(which.path):
        raise UsageError(f"there is no command '{which.name}' in {which.folder}")
    if not force:
        _check_ours(which.path, "taken away")
    with _translated(which.path, "take away"):
        which.path.unlink()


def _check_ours(path: Path, done: str) -> None:
    """Raise `UsageError` if something is there that is no launcher."""
    if os.path.lexists(path) and not _is_ours(path):
        raise UsageError(
            f"'{path}' was not written by wasmflow install, and is not {done}. Hint: --force does it "
            "nevertheless; another NAME leaves it as it is"
        )


def _is_ours(path: Path) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    with suppress(OSError), path.open("rb") as file:
        return file.read(len(_START)) == _START
    return False


_START: Final = f"#!/bin/sh\n{MARK}\n".encode()


@contextmanager
def _translated(path: Path, do: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WorldError(f"cannot {do} '{path}': {error.strerror}") from error


def reachable(installed: Launcher) -> str:
    """Why typing its name does not run it; empty if it does."""
    found = shutil.which(installed.name)
    if found is not None and Path(found).absolute() == installed.path:
        return ""
    folders = [Path(each).absolute() for each in os.get_exec_path()]
    if installed.folder in folders:
        return f"'{found}' comes before it on PATH" if found else "it cannot be run"
    line = f'export PATH={shlex.quote(os.fspath(installed.folder))}:"$PATH"'
    return f"'{installed.folder}' is not on PATH. Hint: {line}"
