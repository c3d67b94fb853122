"""The files of one store: what its guest has open of the folders that it is granted, and what it does.

Everything happens through open folders and bare names in them (`walking`). `filesystem` makes host
functions of the methods here; what these raise as `OSError` it tells the guest.

The store closes what is open when it is closed itself; so it is until then whichever call has opened it.
"""

from __future__ import annotations

import errno
import os
import resource
import stat
import threading
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, Protocol, TypeAlias, TypeVar

from wasmflow.collections.wasm.walking import Spot, failed, open_root, walked
from wasmflow.grants import Folder

#: Bytes that are read at once; wasmtime takes some hundred bytes for each meanwhile.
MOST_READ: Final = 1 << 16
#: Files, folders and streams that one store has open.
_MOST_OPEN: Final = 256
#: How a file is opened besides what is wanted: through no link, without waiting for anybody.
_SAFELY: Final = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
_APPEND: Final = getattr(os, "RWF_APPEND", None)

#: How each flag of a descriptor is opened, and of how a path is.
_SYNC: Final = {
    "file-integrity-sync": os.O_SYNC,
    "data-integrity-sync": getattr(os, "O_DSYNC", os.O_SYNC),
    "requested-write-sync": getattr(os, "O_RSYNC", os.O_SYNC),
}
_HOW: Final = {
    "create": os.O_CREAT,
    "directory": os.O_DIRECTORY,
    "exclusive": os.O_EXCL,
    "truncate": os.O_TRUNC,
}
#: What changes a folder.
_CHANGES: Final = frozenset(("write", "mutate-directory", "create", "truncate"))

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
        os.utime(self.change(), ns=_times(self.stat(), accessed, modified))

    def sync(self) -> None:
        os.fsync(self.handle)

    def sync_data(self) -> None:
        (os.fsync if self.directory else _sync_data)(self.handle)

    def close(self) -> None:
        os.close(self.handle)


_sync_data: Final = getattr(os, "fdatasync", os.fsync)
#: Nanoseconds since 1970, made from those that there are.
Time: TypeAlias = Callable[[int], int]


def _times(found: os.stat_result, accessed: Time, modified: Time) -> tuple[int, int]:
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
        handle = os.open(".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=directory)
        try:
            self._entries = os.scandir(handle)
        finally:
            os.close(handle)

    def next(self) -> tuple[str, str] | None:
        """The kind and name of the next one; ``None`` at the end."""
        entry = next(self._entries, None)
        if entry is None:
            return None
        return _kind_of(entry), decoded(entry.name)

    def close(self) -> None:
        self._entries.close()


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
        _allowance.take()
        try:
            self._open[number] = opening()
        except BaseException:
            _allowance.give_back()
            raise
        return number

    def close(self, number: int) -> None:
        """The guest has dropped it; it may be something else that has no number here."""
        if (found := self._open.pop(number, None)) is not None:
            _allowance.give_back()
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


def open_at(folder: Descriptor, path: str, how: Flags, flags: Flags, *, follow: bool) -> Descriptor:
    """Opens a file or folder, or makes a file, as `open` does."""
    if not folder.writable and _CHANGES & (how | flags):
        raise failed(errno.EROFS)
    if ("truncate" in how and "write" not in flags) or {"create", "directory"} <= how:
        raise failed(errno.EINVAL)
    follow = follow or path.endswith("/")
    with walked(folder.handle, path, follow=follow and "exclusive" not in how) as spot:
        handle = _open(spot, _mode(how, flags, directory=spot.directory))
    try:
        directory = _is_folder(os.fstat(handle).st_mode)
    except BaseException:
        os.close(handle)
        raise
    return Descriptor(handle, flags, directory, folder.writable)


def _open(spot: Spot, mode: int) -> int:
    try:
        found = os.stat(spot.name, dir_fd=spot.parent, follow_symlinks=False)
    except FileNotFoundError:
        pass
    else:
        if not stat.S_ISLNK(found.st_mode):
            # Opening a device may do something to it.
            _is_folder(found.st_mode)
    return os.open(spot.name, mode, 0o666, dir_fd=spot.parent)


def _is_folder(mode: int) -> bool:
    """Whether it is a folder; what is neither that nor a file is not opened."""
    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        raise failed(errno.EPERM)
    return stat.S_ISDIR(mode)


def _mode(how: Flags, flags: Flags, *, directory: bool) -> int:
    mode = os.O_RDONLY
    if "write" in flags:
        mode = os.O_RDWR if "read" in flags else os.O_WRONLY
    for name in how:
        mode |= _HOW[name]
    for name in flags & _SYNC.keys():
        mode |= _SYNC[name]
    return mode | _SAFELY | (os.O_DIRECTORY if directory else 0)


def stat_at(folder: Descriptor, path: str, *, follow: bool) -> os.stat_result:
    with walked(folder.handle, path, follow=follow or path.endswith("/")) as spot:
        return _stat(spot)


def _stat(spot: Spot) -> os.stat_result:
    found = os.stat(spot.name, dir_fd=spot.parent, follow_symlinks=False)
    if spot.directory and not stat.S_ISDIR(found.st_mode):
        raise failed(errno.ENOTDIR)
    return found


def set_times_at(
    folder: Descriptor, path: str, accessed: Time, modified: Time, *, follow: bool
) -> None:
    with walked(folder.change(), path, follow=follow or path.endswith("/")) as spot:
        times = _times(_stat(spot), accessed, modified)
        os.utime(spot.name, ns=times, dir_fd=spot.parent, follow_symlinks=False)


def create_directory(folder: Descriptor, path: str) -> None:
    with walked(folder.change(), path) as spot:
        os.mkdir(spot.name, 0o777, dir_fd=spot.parent)


def remove_directory(folder: Descriptor, path: str) -> None:
    with walked(folder.change(), path) as spot:
        os.rmdir(spot.name, dir_fd=spot.parent)


def unlink(folder: Descriptor, path: str) -> None:
    with walked(folder.change(), path) as spot:
        if spot.directory:
            _stat(spot)
            raise failed(errno.EISDIR)
        os.unlink(spot.name, dir_fd=spot.parent)


def rename(folder: Descriptor, path: str, other: Descriptor, new: str) -> None:
    with walked(folder.change(), path) as spot, walked(other.change(), new) as place:
        if spot.directory or place.directory:
            _stat(spot._replace(directory=True))
        folders = {"src_dir_fd": spot.parent, "dst_dir_fd": place.parent}
        os.rename(spot.name, place.name, **folders)  # noqa: PTH104 (no path knows of open folders)


def link(folder: Descriptor, path: str, other: Descriptor, new: str, *, follow: bool) -> None:
    """A hard link. What it links to may be changed through it, so that must be allowed there as well."""
    with walked(folder.change(), path, follow=follow) as spot, walked(other.change(), new) as place:
        if spot.directory or place.directory:
            raise failed(errno.ENOENT)
        folders = {"src_dir_fd": spot.parent, "dst_dir_fd": place.parent}
        os.link(spot.name, place.name, **folders, follow_symlinks=False)


def symlink(folder: Descriptor, target: str, path: str) -> None:
    """A symbolic link, if it does not lead out: other programs follow links as well."""
    with walked(folder.change(), path) as spot:
        if spot.directory:
            raise failed(errno.ENOENT)
        if _leads_out(target, spot.depth):
            raise failed(errno.EPERM)
        os.symlink(target, spot.name, dir_fd=spot.parent)


def _leads_out(target: str, depth: int) -> bool:
    """Whether a link may lead out of its folder. What goes up again from below may, with other links."""
    names = [name for name in target.split("/") if name not in ("", ".")]
    up = names.count("..")
    return target.startswith("/") or up > depth or ".." in names[up:]


def read_link(folder: Descriptor, path: str) -> str:
    with walked(folder.handle, path) as spot:
        target = decoded(os.readlink(spot.name, dir_fd=spot.parent))
    if target.startswith("/"):
        # Where things are on the host is no matter of the guest's.
        raise failed(errno.EPERM)
    return target


def fingerprint(found: os.stat_result) -> tuple[int, int]:
    """The same two numbers for the same file only."""
    digest = blake2b(repr((found.st_dev, found.st_ino)).encode(), digest_size=16).digest()
    return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little")


class _Allowance:
    """How many descriptors all guests of the process have: half of what it may have at most."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = 0

    def take(self) -> None:
        soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with self._lock:
            if soft != resource.RLIM_INFINITY and self._taken >= soft // 2:
                raise failed(errno.EMFILE)
            self._taken += 1

    def give_back(self) -> None:
        with self._lock:
            self._taken -= 1


_allowance: Final = _Allowance()
