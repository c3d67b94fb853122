"""Files as WASI describes them: the types of its file system, and its names of kinds and errors."""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final

from wasmflow.collections.wasm.clocks import DATETIME, date_and_time
from wasmflow.collections.wasm.files import Time
from wasmflow.types import model as wit

#: WASI's names of errors, in its order, each with those of POSIX that mean it.
_CODES: Final[Mapping[str, tuple[str, ...]]] = {
    "access": ("EACCES",),
    "would-block": ("EAGAIN", "EWOULDBLOCK"),
    "already": ("EALREADY",),
    "bad-descriptor": ("EBADF",),
    "busy": ("EBUSY",),
    "deadlock": ("EDEADLK",),
    "quota": ("EDQUOT",),
    "exist": ("EEXIST",),
    "file-too-large": ("EFBIG",),
    "illegal-byte-sequence": ("EILSEQ",),
    "in-progress": ("EINPROGRESS",),
    "interrupted": ("EINTR",),
    "invalid": ("EINVAL",),
    "io": ("EIO",),
    "is-directory": ("EISDIR",),
    "loop": ("ELOOP",),
    "too-many-links": ("EMLINK",),
    "message-size": ("EMSGSIZE",),
    "name-too-long": ("ENAMETOOLONG",),
    "no-device": ("ENODEV",),
    "no-entry": ("ENOENT",),
    "no-lock": ("ENOLCK",),
    # There is no name for too many open files.
    "insufficient-memory": ("ENOMEM", "EMFILE", "ENFILE"),
    "insufficient-space": ("ENOSPC",),
    "not-directory": ("ENOTDIR",),
    "not-empty": ("ENOTEMPTY",),
    "not-recoverable": ("ENOTRECOVERABLE",),
    "unsupported": ("ENOTSUP", "EOPNOTSUPP", "ENOSYS"),
    "no-tty": ("ENOTTY",),
    "no-such-device": ("ENXIO",),
    "overflow": ("EOVERFLOW",),
    "not-permitted": ("EPERM",),
    "pipe": ("EPIPE",),
    "read-only": ("EROFS",),
    "invalid-seek": ("ESPIPE",),
    "text-file-busy": ("ETXTBSY",),
    "cross-device": ("EXDEV",),
}
ERRORS: Final = tuple(_CODES)
_CODE_OF: Final = {
    getattr(errno, name): code
    for code, names in _CODES.items()
    for name in names
    if hasattr(errno, name)
}

ERROR_CODE: Final = wit.Enum(ERRORS)
_KINDS: Final = (
    "unknown",
    "block-device",
    "character-device",
    "directory",
    "fifo",
    "symbolic-link",
    "regular-file",
    "socket",
)
KIND: Final = wit.Enum(_KINDS)
_KIND_OF: Final = {
    stat.S_IFBLK: "block-device",
    stat.S_IFCHR: "character-device",
    stat.S_IFDIR: "directory",
    stat.S_IFIFO: "fifo",
    stat.S_IFLNK: "symbolic-link",
    stat.S_IFREG: "regular-file",
    stat.S_IFSOCK: "socket",
}
NEW_TIME: Final = wit.Variant(
    (wit.Part("no-change", None), wit.Part("now", None), wit.Part("timestamp", DATETIME))
)
FLAGS: Final = wit.Flags(
    (
        "read",
        "write",
        "file-integrity-sync",
        "data-integrity-sync",
        "requested-write-sync",
        "mutate-directory",
    )
)
PATH_FLAGS: Final = wit.Flags(("symlink-follow",))
OPEN_FLAGS: Final = wit.Flags(("create", "directory", "exclusive", "truncate"))
ADVICE: Final = wit.Enum(("normal", "sequential", "random", "will-need", "dont-need", "no-reuse"))
_TIMES: Final = ("data-access", "data-modification", "status-change")
STAT: Final = wit.Record(
    (
        wit.Part("type", KIND),
        wit.Part("link-count", wit.U64),
        wit.Part("size", wit.U64),
        *(wit.Part(f"{name}-timestamp", wit.Option(DATETIME)) for name in _TIMES),
    )
)
ENTRY: Final = wit.Record((wit.Part("type", KIND), wit.Part("name", wit.STRING)))
HASH: Final = wit.Record((wit.Part("lower", wit.U64), wit.Part("upper", wit.U64)))


def code_of(error: Exception) -> str:
    """WASI's name of an error."""
    if isinstance(error, OSError):
        return _CODE_OF.get(error.errno or 0, "io")
    # Else it is a name with a NUL, or an offset that is none.
    return "illegal-byte-sequence" if isinstance(error, UnicodeError) else "invalid"


def error_number(error: Exception) -> int:
    """The number of the resource that stands for an error: it has nothing but its name."""
    return ERRORS.index(code_of(error))


def _timestamp(nanoseconds: int) -> dict[str, int] | None:
    return date_and_time(nanoseconds) if nanoseconds >= 0 else None


def new_time(new: wit.Case) -> Time:
    """What a guest says of a time that it sets."""
    if new.name == "timestamp":
        told: int = new.payload["seconds"] * 1_000_000_000 + new.payload["nanoseconds"]
        return lambda _there_is: told
    if new.name == "now":
        return lambda _there_is: time.time_ns()
    return lambda there_is: there_is


def status(found: os.stat_result) -> dict[str, Any]:
    """What the system says of a file."""
    times = found.st_atime_ns, found.st_mtime_ns, found.st_ctime_ns
    return {
        "type": _KIND_OF.get(stat.S_IFMT(found.st_mode), "unknown"),
        "link-count": found.st_nlink,
        "size": found.st_size,
        **{f"{name}-timestamp": _timestamp(each) for name, each in zip(_TIMES, times, strict=True)},
    }


def hash_of(found: os.stat_result) -> dict[str, int]:
    """The same for the same file only."""
    digest = blake2b(repr((found.st_dev, found.st_ino)).encode(), digest_size=16).digest()
    lower, upper = digest[:8], digest[8:]
    return {"lower": int.from_bytes(lower, "little"), "upper": int.from_bytes(upper, "little")}
