"""Component binaries as files: read whole and safely, and told from what is none.

`collection` reads an artifact with it before anything is compiled. A file is read and not mapped, since
one that shrinks under a mapping ends the process.
"""

from __future__ import annotations

import asyncio
import hashlib
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from wasmflow.collections.wasm.section import ArtifactKind, artifact_kind
from wasmflow.errors import ProblemsError, WorldError
from wasmflow.limits import MIB
from wasmflow.problem import Place, Problem

#: Bytes of a component. The largest that toolchains are known to make have 105 MB.
LARGEST: Final = 512 * MIB


@dataclass(frozen=True)
class Binary:
    """A component as it was read."""

    #: The file as its user named it, for messages.
    name: str
    content: bytes = field(repr=False)
    #: Of the content, in hexadecimal.
    sha256: str


async def read_binary(path: Path, name: str = "") -> Binary:
    """Read a component. `name` is what messages call it if not by its path.

    Raises `WorldError` if it cannot be read, `ProblemsError` if it is no component.
    """
    return await asyncio.to_thread(_read, path, name or str(path))


def _read(path: Path, name: str) -> Binary:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise WorldError(f"'{name}' is not a file")
        if status.st_size > LARGEST:
            raise _problem(name, f"it has {status.st_size >> 20} MiB; no component is as large")
        content = path.read_bytes()
    except OSError as error:
        raise WorldError(f"cannot read '{name}': {error.strerror}") from error
    if not content:
        raise _problem(name, "it is empty", "build it again")
    kind = artifact_kind(content[:4096])
    if kind is not ArtifactKind.COMPONENT:
        raise _problem(name, f"it is {kind.value}, not a component", _ADVICE[kind])
    return Binary(name, content, hashlib.sha256(content).hexdigest())


def _problem(name: str, message: str, hint: str = "") -> ProblemsError:
    return ProblemsError([Problem(message, hint, Place(name))])


_ADVICE: Final = {
    ArtifactKind.MODULE: "make a component of it, for example with: wasm-tools component new",
    ArtifactKind.TEXT: "make a component of it, for example with: wasm-tools parse",
    ArtifactKind.COMPILED: "open the .wasm that it was compiled from",
    ArtifactKind.UNKNOWN: "wasmflow build makes components from source",
}
