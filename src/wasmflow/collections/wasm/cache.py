"""Compiled code on disk, so that the second start of an artifact costs milliseconds.

`compile` looks here before it compiles and keeps here what it made. Compiled code is native code
that nothing checks when it runs, hence the care:

- The folder belongs to us and nobody else may write to it; else it is refused. A file of which that
  is not true, or a link to one elsewhere, counts as missing and is replaced.
- A file is written aside in the same folder and then renamed, so that no reader sees half of one, and
  a file that is in use somewhere lives on under its mapping.
- Beside each file stands its seal: digest, and the stamp that the file system had given it. A file
  whose stamp has changed is read and compared with its digest before it is used again.

    compiled/<key>.cwasm        native code, as wasmtime serialises it
    compiled/<key>.seal         its `Seal`; the time of its last change is that of the last use
    compiled/<key>.<n>.part     being written
    compiled/lock-<0…f>         held by whoever compiles something whose key begins like that

The folder is bounded: what was used least recently goes first.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec

from wasmflow.errors import WorldError

#: Bytes of all compiled code. A Python component has 35 MB, others a tenth of that and less.
LARGEST: Final = 2 << 30
#: Seconds after its last use in which nothing is thrown away: somebody is about to open it.
GRACE: Final = 60.0
#: Seconds after which a file that is still aside was left by a process that was killed.
ABANDONED: Final = 3600.0
#: Users other than ourselves who may own the folder: root can replace our code in any case.
_TRUSTED: Final = (0,)


class Seal(msgspec.Struct, frozen=True):
    """What a file was when it was kept."""

    sha256: str
    size: int
    #: inode, time of last change of the content and of the file, in nanoseconds
    stamp: tuple[int, int, int]


#: Made here for the reason that `section` gives.
_SEALS: Final = msgspec.json.Decoder(Seal)


class Cache:
    """The compiled code in one folder. Blocking: call it on a thread."""

    def __init__(self, folder: Path) -> None:
        """`folder` may be missing; it is made when something is kept.

        Raises `WorldError` if it exists and others could put code there.
        """
        self._root = folder.absolute()
        self._folder = self._root / "compiled"
        _check_private(self._root)
        _check_private(self._folder)

    def __str__(self) -> str:
        return str(self._root)

    def find(self, key: str) -> Path | None:
        """The code kept under a key, ready to be loaded.

        ``None`` if there is none, a damaged one, or one that others could have put there.
        """
        code, seal_path = self._path(key, "cwasm"), self._path(key, "seal")
        try:
            seal = _SEALS.decode(seal_path.read_bytes())
            status = code.lstat()
        except (OSError, msgspec.MsgspecError, RecursionError):
            return None
        if not _is_ours(status) or status.st_size != seal.size:
            return None
        if _stamp(status) == seal.stamp:
            with suppress(OSError):
                os.utime(seal_path)
            return code
        if _digest(code) != seal.sha256:
            return None
        with suppress(OSError):
            self._seal(key, seal.sha256)
        return code

    @contextmanager
    def aside(self, key: str) -> Iterator[Path]:
        """An empty file of ours in the folder, which is gone at the end unless it was kept.

        Raises ``OSError`` where the folder cannot be written.
        """
        self._make()
        path = self._path(key, f"{secrets.token_hex(8)}.part")
        path.touch(0o600, exist_ok=False)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def keep(self, key: str, aside: Path, sha256: str) -> Path:
        """Put what was written aside under a key, in place of what is there, and stay in bounds."""
        code = self._path(key, "cwasm")
        aside.replace(code)
        self._seal(key, sha256)
        self._prune(time.time())
        return code

    @contextmanager
    def lock(self, key: str) -> Iterator[int]:
        """A file to lock with `try_lock` while compiling for a key; unlocked at the end at the latest.

        Raises ``OSError`` where the folder cannot be written.
        """
        self._make()
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(self._folder / f"lock-{key[0]}", flags, 0o600)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _make(self) -> None:
        for folder in (self._root, self._folder):
            folder.mkdir(0o700, parents=True, exist_ok=True)
            _check_private(folder)

    def _path(self, key: str, suffix: str) -> Path:
        return self._folder / f"{key}.{suffix}"

    def _seal(self, key: str, sha256: str) -> None:
        status = self._path(key, "cwasm").stat()
        seal = Seal(sha256, status.st_size, _stamp(status))
        with self.aside(key) as aside:
            aside.write_bytes(msgspec.json.encode(seal))
            aside.replace(self._path(key, "seal"))

    def _prune(self, now: float) -> None:
        """Throw away what was abandoned, and what was used least recently while there is too much."""
        for part in self._folder.glob("*.part"):
            with suppress(OSError):
                if part.stat().st_mtime < now - ABANDONED:
                    part.unlink()
        kept = sorted(self._kept(), reverse=True)
        total = 0
        for used, size, code in kept:
            total += size
            if total > LARGEST and used < now - GRACE:
                with suppress(OSError):
                    code.unlink()
                    code.with_suffix(".seal").unlink(missing_ok=True)

    def _kept(self) -> Iterator[tuple[float, int, Path]]:
        """Last use, size and path of every entry."""
        for code in self._folder.glob("*.cwasm"):
            with suppress(OSError):
                seal = code.with_suffix(".seal")
                used = seal if seal.exists() else code
                yield used.stat().st_mtime, code.stat().st_size, code


def try_lock(descriptor: int) -> bool:
    """Whether the lock is ours now. Where files cannot be locked, it always is."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _check_private(folder: Path) -> None:
    """Raise `WorldError` if anybody but root could put code into a folder; for us it need not exist."""
    try:
        status = folder.stat()
    except OSError:
        return
    if not stat.S_ISDIR(status.st_mode):
        raise WorldError(f"the cache '{folder}' is not a folder; {_ELSEWHERE}")
    if not _has_trusted_owner(status):
        raise WorldError(
            f"the cache folder '{folder}' belongs to another user, who could replace the code in it;"
            f" {_ELSEWHERE}"
        )
    if _others_may_write(status):
        raise WorldError(
            f"others may write to the cache folder '{folder}' and could replace the code in it;"
            f" run: chmod go-w '{folder}', or {_ELSEWHERE}"
        )


def _is_ours(code: os.stat_result) -> bool:
    """Whether this is a file, not a link to one, that nobody but root and ourselves could have written."""
    return stat.S_ISREG(code.st_mode) and _has_trusted_owner(code) and not _others_may_write(code)


def _has_trusted_owner(status: os.stat_result) -> bool:
    return status.st_uid in (os.geteuid(), *_TRUSTED)


def _others_may_write(status: os.stat_result) -> bool:
    return bool(status.st_mode & (stat.S_IWGRP | stat.S_IWOTH))


_ELSEWHERE: Final = "name a folder of your own in WASMFLOW_CACHE"


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_ino, status.st_mtime_ns, status.st_ctime_ns


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
