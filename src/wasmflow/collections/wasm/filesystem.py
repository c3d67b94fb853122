"""WASI's file system as host functions over `files`: values in, values or error codes out.

`sandbox` links these for guests that are granted folders. Every function says what went wrong with one
of WASI's error codes, which are those of POSIX by other names.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from wasmflow.collections.wasm import files
from wasmflow.collections.wasm.files import Descriptor, Entries, Flags, Reader, Time, Writer
from wasmflow.collections.wasm.linking import Borrow, HostFunction, Interface, Resource, own
from wasmflow.collections.wasm.surroundings import Refused, Surroundings
from wasmflow.collections.wasm.walking import failed
from wasmflow.grants import Folder
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
_NAMES: Final = tuple(_CODES)
_CODE_OF: Final = {
    getattr(errno, name): code
    for code, names in _CODES.items()
    for name in names
    if hasattr(errno, name)
}

ERROR_CODE: Final = wit.Enum(_NAMES)
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
_KIND: Final = wit.Enum(_KINDS)
_KIND_OF: Final = {
    stat.S_IFBLK: "block-device",
    stat.S_IFCHR: "character-device",
    stat.S_IFDIR: "directory",
    stat.S_IFIFO: "fifo",
    stat.S_IFLNK: "symbolic-link",
    stat.S_IFREG: "regular-file",
    stat.S_IFSOCK: "socket",
}
DATETIME: Final = wit.Record((wit.Part("seconds", wit.U64), wit.Part("nanoseconds", wit.U32)))
_NEW_TIME: Final = wit.Variant(
    (wit.Part("no-change", None), wit.Part("now", None), wit.Part("timestamp", DATETIME))
)
_FLAGS: Final = wit.Flags(
    (
        "read",
        "write",
        "file-integrity-sync",
        "data-integrity-sync",
        "requested-write-sync",
        "mutate-directory",
    )
)
_PATH_FLAGS: Final = wit.Flags(("symlink-follow",))
_OPEN_FLAGS: Final = wit.Flags(("create", "directory", "exclusive", "truncate"))
_ADVICE: Final = wit.Enum(("normal", "sequential", "random", "will-need", "dont-need", "no-reuse"))
_TIMES: Final = ("data-access", "data-modification", "status-change")
_STAT: Final = wit.Record(
    (
        wit.Part("type", _KIND),
        wit.Part("link-count", wit.U64),
        wit.Part("size", wit.U64),
        *(wit.Part(f"{name}-timestamp", wit.Option(DATETIME)) for name in _TIMES),
    )
)
_ENTRY: Final = wit.Record((wit.Part("type", _KIND), wit.Part("name", wit.STRING)))
_HASH: Final = wit.Record((wit.Part("lower", wit.U64), wit.Part("upper", wit.U64)))


def code_of(error: Exception) -> str:
    """WASI's name of an error."""
    if isinstance(error, OSError):
        return _CODE_OF.get(error.errno or 0, "io")
    # A name with a NUL, or an offset that is none.
    return "invalid"


def error_number(error: Exception) -> int:
    """The number of the resource that stands for an error: it has nothing but its name."""
    return _NAMES.index(code_of(error))


def date_and_time(nanoseconds: int) -> dict[str, int]:
    """A time since 1970 as WASI writes it."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return {"seconds": seconds, "nanoseconds": rest}


def _timestamp(nanoseconds: int) -> dict[str, int] | None:
    return date_and_time(nanoseconds) if nanoseconds >= 0 else None


def _time(new: wit.Case) -> Time:
    if new.name == "timestamp":
        told: int = new.payload["seconds"] * 1_000_000_000 + new.payload["nanoseconds"]
        return lambda _there_is: told
    if new.name == "now":
        return lambda _there_is: time.time_ns()
    return lambda there_is: there_is


def _status(found: os.stat_result) -> dict[str, Any]:
    times = found.st_atime_ns, found.st_mtime_ns, found.st_ctime_ns
    return {
        "type": _KIND_OF.get(stat.S_IFMT(found.st_mode), "unknown"),
        "link-count": found.st_nlink,
        "size": found.st_size,
        **{f"{name}-timestamp": _timestamp(each) for name, each in zip(_TIMES, times, strict=True)},
    }


def _hash(found: os.stat_result) -> dict[str, int]:
    lower, upper = files.fingerprint(found)
    return {"lower": lower, "upper": upper}


def _follows(flags: Flags) -> bool:
    return "symlink-follow" in flags


def _tried(
    run: Callable[..., Any], *parameters: wit.Type | Borrow, result: wit.Type | None = None
) -> HostFunction:
    """A function of a file or folder. `run` gets what is open, then the parameters."""

    def trying(surroundings: Surroundings, *arguments: Any) -> wit.Case:
        try:
            return wit.Case("ok", run(surroundings, *arguments))
        except (OSError, ValueError, OverflowError) as error:
            return wit.Case("err", code_of(error))

    return HostFunction(trying, (_SELF, *parameters), wit.Result(result, ERROR_CODE))


def _of_descriptor(
    run: Callable[..., Any], *parameters: wit.Type, result: wit.Type | None = None
) -> HostFunction:
    return _tried(
        lambda s, number, *given: run(s.files.descriptor(number), *given),
        *parameters,
        result=result,
    )


def _of_folder(
    run: Callable[..., Any], *parameters: wit.Type, result: wit.Type | None = None
) -> HostFunction:
    return _tried(
        lambda s, number, *given: run(s.files.folder(number), *given), *parameters, result=result
    )


def _opened(surroundings: Surroundings, opening: Callable[[], files.Open]) -> int:
    """The number of something that is open from now on."""
    return surroundings.files.add(surroundings.open_numbered(), opening)


def _open_at(
    surroundings: Surroundings, number: int, path_flags: Flags, path: str, how: Flags, flags: Flags
) -> int:
    folder, follow = surroundings.files.folder(number), _follows(path_flags)
    return _opened(surroundings, lambda: files.open_at(folder, path, how, flags, follow=follow))


def _read(descriptor: Descriptor, length: int, offset: int) -> tuple[bytes, bool]:
    content = descriptor.read(length, offset)
    return content, length > 0 and not content


def _read_via_stream(surroundings: Surroundings, number: int, offset: int) -> int:
    handle = surroundings.files.descriptor(number).check("read")
    return _opened(surroundings, lambda: Reader(os.dup(handle), offset))


def _write_via_stream(surroundings: Surroundings, number: int, offset: int) -> int:
    handle = surroundings.files.descriptor(number).check("write")
    return _opened(surroundings, lambda: Writer(os.dup(handle), offset))


def _append_via_stream(surroundings: Surroundings, number: int) -> int:
    handle = surroundings.files.descriptor(number).check("write")
    return _opened(surroundings, lambda: Writer(os.dup(handle), None))


def _read_directory(surroundings: Surroundings, number: int) -> int:
    handle = surroundings.files.folder(number).handle
    return _opened(surroundings, lambda: Entries(handle))


def _next_entry(surroundings: Surroundings, number: int) -> dict[str, str] | None:
    entry = surroundings.files.entries(number).next()
    return entry and dict(zip(("type", "name"), entry, strict=True))


def _advise(descriptor: Descriptor, _offset: int, _length: int, _advice: str) -> None:
    """It may be taken or not; a folder takes none."""
    if descriptor.directory:
        raise failed(errno.EBADF)


def _set_times_at(
    folder: Descriptor, flags: Flags, path: str, accessed: wit.Case, modified: wit.Case
) -> None:
    files.set_times_at(folder, path, _time(accessed), _time(modified), follow=_follows(flags))


def _link_at(
    surroundings: Surroundings, number: int, flags: Flags, path: str, other: int, new: str
) -> None:
    known = surroundings.files
    files.link(known.folder(number), path, known.folder(other), new, follow=_follows(flags))


def _rename_at(surroundings: Surroundings, number: int, path: str, other: int, new: str) -> None:
    known = surroundings.files
    files.rename(known.folder(number), path, known.folder(other), new)


def _same(surroundings: Surroundings, number: int, other: int) -> bool:
    known = surroundings.files
    return os.path.samestat(known.descriptor(number).stat(), known.descriptor(other).stat())


def _directories(surroundings: Surroundings) -> list[tuple[int, str]]:
    return [(_granted(surroundings, folder), folder.guest) for folder in surroundings.files.folders]


def _granted(surroundings: Surroundings, folder: Folder) -> int:
    try:
        return _opened(surroundings, lambda: files.open_folder(folder))
    except OSError as error:
        raise Refused(
            f"cannot be given the folder '{folder.guest}': {error.strerror}: '{folder.path}'"
        ) from None


_SELF: Final = Borrow(read=True)
_STRING: Final = wit.STRING
_U64: Final = wit.U64

INTERFACES: Final[dict[str, Interface]] = {
    "wasi:io/error": {
        "error": Resource.ERROR,
        "[method]error.to-debug-string": HostFunction(
            lambda _surroundings, number: _NAMES[number], (_SELF,), _STRING
        ),
    },
    "wasi:filesystem/types": {
        "descriptor": Resource.DESCRIPTOR,
        "directory-entry-stream": Resource.DIRECTORY_ENTRIES,
        "filesystem-error-code": HostFunction(
            lambda _surroundings, number: _NAMES[number], (_SELF,), wit.Option(ERROR_CODE)
        ),
        "[method]directory-entry-stream.read-directory-entry": _tried(
            _next_entry, result=wit.Option(_ENTRY)
        ),
        "[method]descriptor.read-via-stream": _tried(
            _read_via_stream, _U64, result=own(Resource.INPUT_STREAM)
        ),
        "[method]descriptor.write-via-stream": _tried(
            _write_via_stream, _U64, result=own(Resource.OUTPUT_STREAM)
        ),
        "[method]descriptor.append-via-stream": _tried(
            _append_via_stream, result=own(Resource.OUTPUT_STREAM)
        ),
        "[method]descriptor.advise": _of_descriptor(_advise, _U64, _U64, _ADVICE),
        "[method]descriptor.sync-data": _of_descriptor(Descriptor.sync_data),
        "[method]descriptor.get-flags": _of_descriptor(lambda each: each.flags, result=_FLAGS),
        "[method]descriptor.get-type": _of_descriptor(
            lambda each: "directory" if each.directory else "regular-file", result=_KIND
        ),
        "[method]descriptor.set-size": _of_descriptor(Descriptor.set_size, _U64),
        "[method]descriptor.set-times": _of_descriptor(
            lambda each, accessed, modified: each.set_times(_time(accessed), _time(modified)),
            _NEW_TIME,
            _NEW_TIME,
        ),
        "[method]descriptor.read": _of_descriptor(
            _read, _U64, _U64, result=wit.Tuple((wit.BYTES, wit.BOOL))
        ),
        "[method]descriptor.write": _of_descriptor(Descriptor.write, wit.BYTES, _U64, result=_U64),
        "[method]descriptor.read-directory": _tried(
            _read_directory, result=own(Resource.DIRECTORY_ENTRIES)
        ),
        "[method]descriptor.sync": _of_descriptor(Descriptor.sync),
        "[method]descriptor.create-directory-at": _of_folder(files.create_directory, _STRING),
        "[method]descriptor.stat": _of_descriptor(lambda each: _status(each.stat()), result=_STAT),
        "[method]descriptor.stat-at": _of_folder(
            lambda each, flags, path: _status(files.stat_at(each, path, follow=_follows(flags))),
            _PATH_FLAGS,
            _STRING,
            result=_STAT,
        ),
        "[method]descriptor.set-times-at": _of_folder(
            _set_times_at, _PATH_FLAGS, _STRING, _NEW_TIME, _NEW_TIME
        ),
        "[method]descriptor.link-at": _tried(_link_at, _PATH_FLAGS, _STRING, _SELF, _STRING),
        "[method]descriptor.open-at": _tried(
            _open_at,
            _PATH_FLAGS,
            _STRING,
            _OPEN_FLAGS,
            _FLAGS,
            result=own(Resource.DESCRIPTOR),
        ),
        "[method]descriptor.readlink-at": _of_folder(files.read_link, _STRING, result=_STRING),
        "[method]descriptor.remove-directory-at": _of_folder(files.remove_directory, _STRING),
        "[method]descriptor.rename-at": _tried(_rename_at, _STRING, _SELF, _STRING),
        "[method]descriptor.symlink-at": _of_folder(files.symlink, _STRING, _STRING),
        "[method]descriptor.unlink-file-at": _of_folder(files.unlink, _STRING),
        "[method]descriptor.is-same-object": HostFunction(_same, (_SELF, _SELF), wit.BOOL),
        "[method]descriptor.metadata-hash": _of_descriptor(
            lambda each: _hash(each.stat()), result=_HASH
        ),
        "[method]descriptor.metadata-hash-at": _of_folder(
            lambda each, flags, path: _hash(files.stat_at(each, path, follow=_follows(flags))),
            _PATH_FLAGS,
            _STRING,
            result=_HASH,
        ),
    },
    "wasi:filesystem/preopens": {
        "get-directories": HostFunction(
            _directories, (), wit.List(wit.Tuple((own(Resource.DESCRIPTOR), _STRING)))
        ),
    },
}
