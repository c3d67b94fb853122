"""What a builder is given and what it gives back: the contract of every source language.

`wasmflow.build.kinds` knows which language has which builder and does what all have in common.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from wasmflow.collections.opening import Progress, quiet
from wasmflow.collections.wasm.section import Metadata
from wasmflow.component import Signature
from wasmflow.problem import Problem


@dataclass(frozen=True, slots=True)
class Options:
    """What an author may say about a build."""

    #: Folders with packages that the source may import, such as `pip install --target` makes.
    site: tuple[Path, ...] = ()
    #: A folder in which everything that was generated is left for people to read.
    keep: Path | None = None
    progress: Progress = quiet


@dataclass(frozen=True)
class Draft:
    """A source that was read and found good: all there is to know before the toolchain runs."""

    source: Path
    #: The WIT of the component, with descriptions, for people.
    wit: str
    #: The interfaces that the component must export, as its binary will name them.
    interfaces: tuple[str, ...]
    #: What the toolchain is given: relative file names and contents.
    files: Mapping[str, bytes]
    #: Which of `files` is a copy of what, as the author named it.
    origins: Mapping[str, str] = field(default_factory=dict)
    metadata: Metadata = field(default_factory=Metadata)
    #: What its components will be, in the order of the source, without descriptions.
    components: tuple[Signature, ...] = ()
    warnings: tuple[Problem, ...] = ()


class Builder(Protocol):
    """Makes components from one language."""

    def draft(self, source: Path, options: Options) -> Draft:
        """Read and check a source. Raises `ProblemsError` with all problems, `WorldError`."""

    def tool(self) -> str:
        """What makes the components, with its version. Raises `WorldError` if it is missing."""

    async def compile(self, draft: Draft, folder: Path, options: Options) -> bytes:
        """Make the component of a draft whose files stand in `folder`.

        Whatever it makes besides is left in that folder; cancelling it ends the toolchain. Raises
        `WorldError` if the toolchain fails, `ProblemsError` if it finds fault with the source.
        """


@dataclass(frozen=True)
class Built:
    """A component that was made."""

    path: Path
    #: Bytes of the file.
    size: int
    #: What it holds, in the order of the source, without descriptions.
    components: tuple[Signature, ...]
    warnings: tuple[Problem, ...] = ()
