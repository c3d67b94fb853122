"""`wasmflow hash`: a password in the form in which a manifest may hold it."""

from __future__ import annotations

import getpass
import sys

from wasmflow.cli.command import command
from wasmflow.cli.exits import Exit
from wasmflow.cli.output import put
from wasmflow.errors import UsageError


@command(
    "wasmflow hash",
    "echo correct-horse | wasmflow hash",
    "head -c 18 /dev/urandom | base64 | tee password.txt | wasmflow hash",
)
def hash() -> Exit:
    """Print a hash of a password, for 'auth' of a server.

    The password is asked for at a terminal, where it is not shown; elsewhere it is the first line of
    standard input. Whoever reads its hash does not know the password.
    """
    from wasmflow.triggers.http.passwords import has_control, hash_password

    password = _asked() if sys.stdin is not None and sys.stdin.isatty() else _first_line()
    if not password:
        raise UsageError("the password is empty")
    if has_control(password):
        raise UsageError("the password has control characters, which HTTP cannot carry")
    put(f"{hash_password(password)}\n")
    return Exit.FINE


def _asked() -> str:
    """What is typed, twice the same. Raises `UsageError`."""
    try:
        password = getpass.getpass("Password: ")
        if password != getpass.getpass("Once more: "):
            raise UsageError("these are two passwords")
    except EOFError:
        return ""
    return password


def _first_line() -> str:
    line = sys.stdin.buffer.readline() if sys.stdin is not None else b""
    try:
        return line.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise UsageError("the password is not text in UTF-8") from None
