"""Finds what a guest's path leads to, and nothing outside of the folder that it begins in.

The tree may be changed by others, and by the guest itself, while a path is walked. So no path is ever
handed to the system: every folder on the way is opened in the one before, by its bare name and never
through a symbolic link, and ``..`` goes back to a folder that was opened before. Links are read and walked
here. What is found is a name in an open folder, and whoever uses it must not follow a link there either.
"""

from __future__ import annotations

import errno
import os
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

#: Bytes of a path, folders on the way at one time, and links on the way.
_LONGEST: Final = 4096
_DEEPEST: Final = 100
_MOST_LINKS: Final = 40

#: How a folder is opened only to go on in it. Where there is no ``O_PATH`` it must be readable.
_PASS: Final = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW


class Allowance:
    """How many descriptors all guests of the process have: half of what it may have at most."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        #: How many there are.
        self.taken = 0

    def take(self) -> None:
        soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with self._lock:
            if soft != resource.RLIM_INFINITY and self.taken >= soft // 2:
                raise failed(errno.EMFILE)
            self.taken += 1

    def give_back(self) -> None:
        with self._lock:
            self.taken -= 1


#: That of this process. Who opens something for a guest takes one of them first.
ALLOWANCE: Final = Allowance()


class Spot(NamedTuple):
    """Where a path leads to: a name in an open folder, whether there is something or not."""

    parent: int
    #: Neither empty nor ``..``, and without a slash; ``.`` is the folder itself.
    name: str
    #: Whether it can only be a folder, as its path ends.
    directory: bool
    #: How many folders it is below the one in which the path begins.
    depth: int


@contextmanager
def walked(base: int, path: str, *, follow: bool = False) -> Iterator[Spot]:
    """The spot that a path leads to from an open folder, until the end of the block.

    `follow` says whether the path goes on where it ends in a symbolic link. Raises `OSError`.
    """
    if not path:
        raise failed(errno.ENOENT)
    walk = _Walk(base)
    try:
        yield walk.to(path, follow)
    finally:
        walk.close()


def open_root(path: str) -> int:
    """Opens a folder of the host by its absolute path, in which there must be no link. Raises `OSError`."""
    handle = os.open("/", _PASS)
    try:
        for name in [each for each in path.split("/") if each]:
            below = os.open(name, _PASS, dir_fd=handle)
            os.close(handle)
            handle = below
        return os.open(".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=handle)
    finally:
        os.close(handle)


def failed(number: int) -> OSError:
    """The error of that number."""
    return OSError(number, os.strerror(number))


class _Walk:
    def __init__(self, base: int) -> None:
        #: The folder in which the path begins, and those that it has led down to from there.
        self._handles = [base]
        #: The names that are still to be walked, the next one last.
        self._left: list[str] = []
        self._links = 0
        #: Whether what has been walked can only be a folder.
        self._directory = False

    def close(self) -> None:
        while len(self._handles) > 1:
            self._close_last()

    def to(self, path: str, follow: bool) -> Spot:
        self._add(path)
        while self._left:
            name = self._left.pop()
            if name == "..":
                self._leave()
            elif self._left:
                self._enter(name)
            elif follow and (target := self._target(name)) is not None:
                self._add(target)
            else:
                return self._spot(name, directory=self._directory)
        return self._spot(".", directory=True)

    def _spot(self, name: str, *, directory: bool) -> Spot:
        return Spot(self._handles[-1], name, directory, len(self._handles) - 1)

    def _add(self, path: str) -> None:
        """Walk this first."""
        if path.startswith("/"):
            raise failed(errno.EPERM)
        if len(path.encode(errors="surrogateescape")) > _LONGEST:
            raise failed(errno.ENAMETOOLONG)
        if not self._left:
            self._directory |= path.endswith(("/", "/."))
        self._left += [name for name in reversed(path.split("/")) if name not in ("", ".")]

    def _leave(self) -> None:
        if len(self._handles) == 1:
            raise failed(errno.EPERM)
        self._close_last()

    def _close_last(self) -> None:
        os.close(self._handles.pop())
        ALLOWANCE.give_back()

    def _enter(self, name: str) -> None:
        if len(self._handles) > _DEEPEST:
            raise failed(errno.ENAMETOOLONG)
        ALLOWANCE.take()
        try:
            self._handles.append(os.open(name, _PASS, dir_fd=self._handles[-1]))
        except OSError as error:
            ALLOWANCE.give_back()
            if error.errno not in (errno.ENOTDIR, errno.ELOOP):
                raise
            target = self._target(name)
            if target is None:
                raise
            self._add(target)

    def _target(self, name: str) -> str | None:
        """What a symbolic link holds; ``None`` if it is none, or not there."""
        try:
            target = os.readlink(name, dir_fd=self._handles[-1])
        except OSError as error:
            if error.errno in (errno.EINVAL, errno.ENOENT):
                return None
            raise
        self._links += 1
        if self._links > _MOST_LINKS:
            raise failed(errno.ELOOP)
        return target
