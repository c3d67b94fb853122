"""What guests do in the folders that they are granted, by the paths that they say.

`filesystem` calls these; a path is walked by `walking`. Whatever changes something asks the open folder
whether it may be changed. All raise `OSError`.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import Final

from wasmflow.collections.wasm.files import Descriptor, Flags, Time, decoded, times
from wasmflow.collections.wasm.walking import Spot, failed, walked

#: How a file is opened besides what is wanted: through no link, without waiting for anybody.
_SAFELY: Final = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
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
        both = times(_stat(spot), accessed, modified)
        os.utime(spot.name, ns=both, dir_fd=spot.parent, follow_symlinks=False)


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
