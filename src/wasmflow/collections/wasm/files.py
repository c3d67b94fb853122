"""The files of one store: what its guest has open of the folders that it is granted, and what it does.

Everything happens through open folders and bare names in them (`walking`). `filesystem` makes host
functions of the methods here; what these raise as `OSError` it tells the guest.

The store closes what is open when it is closed itself; so it is until then whichever call has opened it.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias, TypeVar

from wasmflow.collections.wasm.walking import ALLOWANCE, failed, open_root
from wasmflow.grants import Folder

#: Bytes that are read at once; wasmtime takes some hundred bytes for each meanwhile.
MOST_READ: Final = 1 << 16
#: Files, folders and streams that one store has open.
_MOST_OPEN: Final = 256
_APPEND: Final = getattr(os, "RWF_APPEND", None)

Flags: TypeAlias = frozenset[str]


class Open(Protocol):
    """Something that is open."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Descriptor:
    """An open file or folder."""

    handle: int
    #: What the guest has opened it for.
    flags: Flags
    directory: bool
    #: Whether the granted folder that it is in may be changed.
    writable: bool

    def stat(self) -> os.stat_result:
        return os.fstat(self.handle)

    def check(self, wanted: str) -> int:
        """The handle, if the guest has opened a file for that."""
        if self.directory:
            raise failed(errno.EISDIR)
        if wanted not in self.flags:
            raise failed(errno.EBADF)
        return self.handle

    def change(self) -> int:
        """The handle, if what it is may be changed."""
        if not self.writable:
            raise failed(errno.EROFS)
        return self.handle

    def read(self, length: int, offset: int) -> bytes:
        return os.pread(self.check("read"), min(length, MOST_READ), offset)

    def write(self, content: bytes, offset: int) -> int:
        return os.pwrite(self.check("write"), content, offset)

    def set_size(self, size: int) -> None:
        os.ftruncate(self.check("write"), size)

    def set_times(self, accessed: Time, modified: Time) -> None:
        os.utime(self.change(), ns=times(self.stat(), accessed, modified))

    def sync(self) -> None:
        os.fsync(self.handle)

    def sync_data(self) -> None:
        (os.fsync if self.directory else _sync_data)(self.handle)

    def close(self) -> None:
        os.close(self.handle)


_sync_data: Final = getattr(os, "fdatasync", os.fsync)
#: Nanoseconds since 1970, made from those that there are.
Time: TypeAlias = Callable[[int], int]


def times(found: os.stat_result, accessed: Time, modified: Time) -> tuple[int, int]:
    return accessed(found.st_atime_ns), modified(found.st_mtime_ns)


class Reader:
    """A stream out of a file."""

    def __init__(self, handle: int, offset: int) -> None:
        self._handle = handle
        self._offset = offset

    def read(self, length: int) -> bytes:
        """Some bytes, at least one unless it is at its end or none are wanted."""
        content = os.pread(self._handle, min(length, MOST_READ), self._offset)
        self._offset += len(content)
        return content

    def close(self) -> None:
        os.close(self._handle)


class Writer:
    """A stream into a file; without an offset, always to where it ends."""

    def __init__(self, handle: int, offset: int | None) -> None:
        self._handle = handle
        self._offset = offset

    def write(self, content: bytes) -> None:
        left = memoryview(content)
        while left:
            written = self._write(left)
            left = left[written:]

    def _write(self, content: memoryview) -> int:
        if self._offset is None:
            return _append(self._handle, content)
        written = os.pwrite(self._handle, content, self._offset)
        self._offset += written
        return written

    def close(self) -> None:
        os.close(self._handle)


def _append(handle: int, content: memoryview) -> int:
    if _APPEND is None:
        return os.pwrite(handle, content, os.fstat(handle).st_size)
    # As one step, whoever else appends to it.
    return os.pwritev(handle, [content], 0, _APPEND)


class Entries:
    """What is in a folder, read as it is asked for."""

    def __init__(self, directory: int) -> None:
        # Kept open: what the system does not say of an entry is looked up there.
        self._handle = os.open(".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=directory)
        try:
            self._entries = os.scandir(self._handle)
        except BaseException:
            os.close(self._handle)
            raise

    def next(self) -> tuple[str, str] | None:
        """The kind and name of the next one; ``None`` at the end."""
        entry = next(self._entries, None)
        if entry is None:
            return None
        return _kind_of(entry), decoded(entry.name)

    def close(self) -> None:
        self._entries.close()
        os.close(self._handle)


def _kind_of(entry: os.DirEntry[str]) -> str:
    if entry.is_symlink():
        return "symbolic-link"
    if entry.is_dir(follow_symlinks=False):
        return "directory"
    return "regular-file" if entry.is_file(follow_symlinks=False) else "unknown"


def decoded(name: str) -> str:
    """A name of the system, if it is text: guests have no others."""
    try:
        name.encode()
    except UnicodeEncodeError:
        raise failed(errno.EILSEQ) from None
    return name


class Files:
    """What one store has open, by the numbers of its handles. Used by one thread at a time."""

    def __init__(self, folders: frozenset[Folder] = frozenset()) -> None:
        self._folders = folders
        self._open: dict[int, Open] = {}

    def __len__(self) -> int:
        return len(self._open)

    def add(self, number: int, opening: Callable[[], Open]) -> int:
        """Open something that has this number from now on."""
        if len(self._open) >= _MOST_OPEN or number in self._open:
            raise failed(errno.EMFILE)
        ALLOWANCE.take()
        try:
            self._open[number] = opening()
        except BaseException:
            ALLOWANCE.give_back()
            raise
        return number

    def close(self, number: int) -> None:
        """The guest has dropped it; it may be something else that has no number here."""
        if (found := self._open.pop(number, None)) is not None:
            ALLOWANCE.give_back()
            found.close()

    def close_all(self) -> None:
        """Nothing of it will be used any more."""
        for number in list(self._open):
            self.close(number)

    @property
    def folders(self) -> list[Folder]:
        """Those that are granted."""
        return sorted(self._folders)

    def descriptor(self, number: int) -> Descriptor:
        return self._found(number, Descriptor)

    def reader(self, number: int) -> Reader:
        return self._found(number, Reader)

    def writer(self, number: int) -> Writer:
        return self._found(number, Writer)

    def entries(self, number: int) -> Entries:
        return self._found(number, Entries)

    def folder(self, number: int) -> Descriptor:
        found = self.descriptor(number)
        if not found.directory:
            raise failed(errno.ENOTDIR)
        return found

    def _found(self, number: int, kind: type[_Open]) -> _Open:
        found = self._open.get(number)
        if not isinstance(found, kind):
            raise failed(errno.EBADF)
        return found


_Open = TypeVar("_Open", Descriptor, Reader, Writer, Entries)


def open_folder(folder: Folder) -> Descriptor:
    """Opens a granted folder, as it is now."""
    flags = ("read", "mutate-directory") if folder.write else ("read",)
    return Descriptor(open_root(folder.path), frozenset(flags), True, folder.write)
