"""A folder whose files anybody may read, and nothing else: opens what is below it by names.

It is held open, and each name is opened below what was opened before. Symbolic links are not
followed, so that no name leads out, whatever happens to the folder meanwhile.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import unquote

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
#: Without waiting for whoever writes into a pipe, should one take the place of a file.
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
#: The only folder with a dot that is there to be read by others (RFC 8615).
_WELL_KNOWN: Final = ".well-known"


class Handle:
    """An open file by its number, which is given back once: by `close`, or when nobody holds it."""

    def __init__(self, number: int) -> None:
        self._number: int | None = number

    @property
    def number(self) -> int:
        """Raises `OSError` when it is closed."""
        if self._number is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return self._number

    def read(self, size: int, offset: int) -> bytes:
        """Up to `size` bytes from `offset`. Raises `OSError`, also when it is closed."""
        return os.pread(self.number, size, offset)

    def close(self) -> None:
        number, self._number = self._number, None
        if number is not None:
            os.close(number)

    __del__ = close


class Opened(NamedTuple):
    """A file, or a folder, that is open."""

    handle: Handle
    stat: os.stat_result

    @property
    def is_folder(self) -> bool:
        return stat.S_ISDIR(self.stat.st_mode)


class Folder:
    """An open folder. Whoever opens it closes it."""

    def __init__(self, path: Path) -> None:
        """Raises `OSError`."""
        self._handle = Handle(os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))

    def close(self) -> None:
        """Nothing can be opened any more."""
        self._handle.close()

    def open(self, names: Sequence[str]) -> Opened:
        """What stands below under these names, which `safe_names` has made.

        Raises `OSError`, also for what is neither a file nor a folder.
        """
        parent = os.dup(self._handle.number)
        try:
            for name in names[:-1]:
                child = os.open(name, _FOLDER, dir_fd=parent)
                os.close(parent)
                parent = child
            return _open(names[-1] if names else ".", parent)
        finally:
            os.close(parent)


def _open(name: str, parent: int) -> Opened:
    # Opening a device may do something to it, so its kind is looked at first.
    _check_kind(os.stat(name, dir_fd=parent, follow_symlinks=False))
    number = os.open(name, _FILE, dir_fd=parent)
    handle = Handle(number)
    found = os.fstat(number)
    _check_kind(found)
    return Opened(handle, found)


def _check_kind(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


def safe_names(path: str, *, hidden: bool) -> list[str] | None:
    """The names of a path, percent-encoded as it was sent; ``None`` if it is that of no file.

    The last is empty for a folder. With a name such as ``..``, one that is hidden, or one that has a
    separator of any system in it, it is that of no file.
    """
    try:
        names = [unquote(name, errors="strict") for name in path.split("/")]
    except UnicodeDecodeError:
        return None
    if not all(_is_safe(name, hidden=hidden) for name in names[:-1]):
        return None
    return names if not names[-1] or _is_safe(names[-1], hidden=hidden) else None


def _is_safe(name: str, *, hidden: bool) -> bool:
    if not name or name in (".", "..") or set(name) & {"/", "\\", "\0"}:
        return False
    return hidden or not name.startswith(".") or name == _WELL_KNOWN
