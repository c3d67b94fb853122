"""Where the files of a build go, and what they may replace."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from wasmflow.errors import UsageError, WorldError
from wasmflow.naming import listing

#: Bytes before the first section of a binary, and the number of a component's sections of exports.
_HEADER = 8
_EXPORTS = 11


def check_target(target: Path) -> None:
    """Refuse to write over what is not WebAssembly, or to where nothing can be written.

    Raises `UsageError` or `WorldError`.
    """
    if target.is_dir():
        raise UsageError(f"cannot write to '{target}': it is a folder; name a file")
    if not os.access(target.parent, os.W_OK):
        reason = "it cannot be written to" if target.parent.is_dir() else "there is no such folder"
        raise WorldError(f"cannot write into '{target.parent}': {reason}")
    try:
        with target.open("rb") as file:
            start = file.read(4)
    except FileNotFoundError:
        return
    except OSError as error:
        raise WorldError(f"cannot write {target}: {error.strerror}") from error
    if start not in (b"\0asm", b""):
        raise UsageError(f"'{target}' is not WebAssembly and is not replaced; name another file")


def check_exports(binary: bytes, interfaces: Iterable[str]) -> None:
    """Whether a component exports what it was made to; anything else is a bug of ours.

    The types are not read: that needs the component compiled, which takes longer than making it.
    """
    sections = list(_export_sections(binary))
    missing = [
        name for name in interfaces if not any(name.encode() in section for section in sections)
    ]
    if missing:
        raise AssertionError(f"the toolchain made a component without {listing(missing)}")


def _export_sections(binary: bytes) -> Iterator[bytes]:
    """The parts of a component that say what it exports. It must be fresh from a toolchain."""
    position = _HEADER
    while position < len(binary):
        size, start = _leb(binary, position + 1)
        if binary[position] == _EXPORTS:
            yield binary[start : start + size]
        position = start + size


def _leb(binary: bytes, position: int) -> tuple[int, int]:
    """An unsigned LEB128 number and where it ends."""
    value = shift = 0
    while True:
        byte = binary[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            return value, position


def write_aside(target: Path, content: bytes) -> None:
    """Write a file beside its place and put it there when it is complete. Raises `WorldError`."""
    aside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        aside.write_bytes(content)
        aside.replace(target)
    except OSError as error:
        raise WorldError(f"cannot write {target}: {error.strerror}") from error
    finally:
        aside.unlink(missing_ok=True)


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a folder, over those of the same names. Raises `WorldError`."""
    try:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    except OSError as error:
        raise WorldError(f"cannot write into {folder}: {error.strerror}") from error
