"""WASI's file system as host functions over `files` and `folders`: values in, values or error codes out.

`sandbox` links these for guests that are granted folders. Every function says what went wrong with one
of WASI's error codes, which are those of POSIX by other names.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import Any, Final

from wasmflow.collections.wasm import folders
from wasmflow.collections.wasm.files import (
    Descriptor,
    Entries,
    Flags,
    Open,
    Reader,
    Writer,
    open_folder,
)
from wasmflow.collections.wasm.filetypes import (
    ADVICE,
    ENTRY,
    ERROR_CODE,
    ERRORS,
    FLAGS,
    HASH,
    KIND,
    NEW_TIME,
    OPEN_FLAGS,
    PATH_FLAGS,
    STAT,
    code_of,
    hash_of,
    new_time,
    status,
)
from wasmflow.collections.wasm.linking import Borrow, HostFunction, Interface, Resource, own
from wasmflow.collections.wasm.surroundings import Refused, Surroundings
from wasmflow.collections.wasm.walking import failed
from wasmflow.grants import Folder
from wasmflow.types import model as wit


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


def _opened(surroundings: Surroundings, opening: Callable[[], Open]) -> int:
    """The number of something that is open from now on."""
    return surroundings.files.add(surroundings.open_numbered(), opening)


def _open_at(
    surroundings: Surroundings, number: int, path_flags: Flags, path: str, how: Flags, flags: Flags
) -> int:
    folder, follow = surroundings.files.folder(number), _follows(path_flags)
    return _opened(surroundings, lambda: folders.open_at(folder, path, how, flags, follow=follow))


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


def _sync(surroundings: Surroundings, number: int) -> None:
    with surroundings.resting():
        surroundings.files.descriptor(number).sync()


def _sync_data(surroundings: Surroundings, number: int) -> None:
    with surroundings.resting():
        surroundings.files.descriptor(number).sync_data()


def _set_times_at(
    folder: Descriptor, flags: Flags, path: str, accessed: wit.Case, modified: wit.Case
) -> None:
    folders.set_times_at(
        folder, path, new_time(accessed), new_time(modified), follow=_follows(flags)
    )


def _link_at(
    surroundings: Surroundings, number: int, flags: Flags, path: str, other: int, new: str
) -> None:
    known = surroundings.files
    folders.link(known.folder(number), path, known.folder(other), new, follow=_follows(flags))


def _rename_at(surroundings: Surroundings, number: int, path: str, other: int, new: str) -> None:
    known = surroundings.files
    folders.rename(known.folder(number), path, known.folder(other), new)


def _same(surroundings: Surroundings, number: int, other: int) -> bool:
    known = surroundings.files
    return os.path.samestat(known.descriptor(number).stat(), known.descriptor(other).stat())


def _directories(surroundings: Surroundings) -> list[tuple[int, str]]:
    return [(_granted(surroundings, folder), folder.guest) for folder in surroundings.files.folders]


def _granted(surroundings: Surroundings, folder: Folder) -> int:
    try:
        return _opened(surroundings, lambda: open_folder(folder))
    except OSError as error:
        message = f"cannot be given the folder '{folder.guest}': {error.strerror}"
        raise Refused(message) from None


_SELF: Final = Borrow(read=True)
_STRING: Final = wit.STRING
_U64: Final = wit.U64

INTERFACES: Final[dict[str, Interface]] = {
    "wasi:io/error": {
        "error": Resource.ERROR,
        "[method]error.to-debug-string": HostFunction(
            lambda _surroundings, number: ERRORS[number], (_SELF,), _STRING
        ),
    },
    "wasi:filesystem/types": {
        "descriptor": Resource.DESCRIPTOR,
        "directory-entry-stream": Resource.DIRECTORY_ENTRIES,
        "filesystem-error-code": HostFunction(
            lambda _surroundings, number: ERRORS[number], (_SELF,), wit.Option(ERROR_CODE)
        ),
        "[method]directory-entry-stream.read-directory-entry": _tried(
            _next_entry, result=wit.Option(ENTRY)
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
        "[method]descriptor.advise": _of_descriptor(_advise, _U64, _U64, ADVICE),
        "[method]descriptor.sync-data": _tried(_sync_data),
        "[method]descriptor.get-flags": _of_descriptor(lambda each: each.flags, result=FLAGS),
        "[method]descriptor.get-type": _of_descriptor(
            lambda each: "directory" if each.directory else "regular-file", result=KIND
        ),
        "[method]descriptor.set-size": _of_descriptor(Descriptor.set_size, _U64),
        "[method]descriptor.set-times": _of_descriptor(
            lambda each, accessed, modified: each.set_times(new_time(accessed), new_time(modified)),
            NEW_TIME,
            NEW_TIME,
        ),
        "[method]descriptor.read": _of_descriptor(
            _read, _U64, _U64, result=wit.Tuple((wit.BYTES, wit.BOOL))
        ),
        "[method]descriptor.write": _of_descriptor(Descriptor.write, wit.BYTES, _U64, result=_U64),
        "[method]descriptor.read-directory": _tried(
            _read_directory, result=own(Resource.DIRECTORY_ENTRIES)
        ),
        "[method]descriptor.sync": _tried(_sync),
        "[method]descriptor.create-directory-at": _of_folder(folders.create_directory, _STRING),
        "[method]descriptor.stat": _of_descriptor(lambda each: status(each.stat()), result=STAT),
        "[method]descriptor.stat-at": _of_folder(
            lambda each, flags, path: status(folders.stat_at(each, path, follow=_follows(flags))),
            PATH_FLAGS,
            _STRING,
            result=STAT,
        ),
        "[method]descriptor.set-times-at": _of_folder(
            _set_times_at, PATH_FLAGS, _STRING, NEW_TIME, NEW_TIME
        ),
        "[method]descriptor.link-at": _tried(_link_at, PATH_FLAGS, _STRING, _SELF, _STRING),
        "[method]descriptor.open-at": _tried(
            _open_at,
            PATH_FLAGS,
            _STRING,
            OPEN_FLAGS,
            FLAGS,
            result=own(Resource.DESCRIPTOR),
        ),
        "[method]descriptor.readlink-at": _of_folder(folders.read_link, _STRING, result=_STRING),
        "[method]descriptor.remove-directory-at": _of_folder(folders.remove_directory, _STRING),
        "[method]descriptor.rename-at": _tried(_rename_at, _STRING, _SELF, _STRING),
        "[method]descriptor.symlink-at": _of_folder(folders.symlink, _STRING, _STRING),
        "[method]descriptor.unlink-file-at": _of_folder(folders.unlink, _STRING),
        "[method]descriptor.is-same-object": HostFunction(_same, (_SELF, _SELF), wit.BOOL),
        "[method]descriptor.metadata-hash": _of_descriptor(
            lambda each: hash_of(each.stat()), result=HASH
        ),
        "[method]descriptor.metadata-hash-at": _of_folder(
            lambda each, flags, path: hash_of(folders.stat_at(each, path, follow=_follows(flags))),
            PATH_FLAGS,
            _STRING,
            result=HASH,
        ),
    },
    "wasi:filesystem/preopens": {
        "get-directories": HostFunction(
            _directories, (), wit.List(wit.Tuple((own(Resource.DESCRIPTOR), _STRING)))
        ),
    },
}
