"""What code may use of the world: nothing, until a manifest grants it.

Grants are given to one collection at a time and go down by intersection: whoever uses a manifest says
what that may have, and whatever it grants in turn is of that. Nothing here gives anything.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, count
from pathlib import Path, PurePath
from posixpath import normpath
from typing import Final

from wasmflow.errors import UsageError
from wasmflow.yamltext import yaml_text


@dataclass(frozen=True, slots=True, order=True)
class Folder:
    """A folder of the host that a guest sees, with all that is in it."""

    #: Where the guest sees it: an absolute path.
    guest: str
    #: Which one it is: an absolute path of the host, without symbolic links.
    path: str
    write: bool = False

    @classmethod
    def found(cls, guest: str, path: Path, *, write: bool = False) -> Folder:
        """A folder that is there. Raises `UsageError` if there is none."""
        try:
            real = path.resolve(strict=True)
        except (OSError, RuntimeError, ValueError):
            real = None
        if real is None or not real.is_dir():
            raise UsageError(f"there is no folder '{path}'")
        return cls(normpath(guest), str(real), write)

    def within(self, allowed: frozenset[Folder]) -> Folder | None:
        """What of it lies in folders that are allowed: to be written, or else only to be read."""
        around = [each for each in allowed if PurePath(self.path).is_relative_to(each.path)]
        if not around:
            return None
        return replace(self, write=self.write and any(each.write for each in around))

    def seen_from(self, folder: str) -> str:
        """Its path as whoever is in that folder writes it: relative if it is inside."""
        path = PurePath(self.path)
        if not folder or not path.is_relative_to(folder):
            return self.path
        inside = str(path.relative_to(folder))
        return inside if inside == "." else f"./{inside}"

    def text(self, folder: str = "") -> str:
        """As a manifest in that folder writes it, where a dollar sign begins a variable."""
        path = yaml_text(self.seen_from(folder).replace("$", "$$"))
        block = f"{{path: {path}, write: true}}" if self.write else path
        return f"{yaml_text(self.guest)}: {block}"


@dataclass(frozen=True, slots=True)
class Grants:
    """What one collection may use. Without any, it has its CPU and its own memory only."""

    #: Environment variables that it may read.
    env: frozenset[str] = frozenset()
    #: Folders that it sees. No two of them are at the same place in the guest.
    dirs: frozenset[Folder] = frozenset()
    #: The standard streams of the process that it reads or writes, of `STDIO`.
    stdio: frozenset[str] = frozenset()
    #: Whether its clock is the real one, so that sleeping takes time.
    clock: bool = False
    #: Whether its random numbers are real ones, so that runs are not repeatable.
    random: bool = False

    def __bool__(self) -> bool:
        return self != NOTHING

    @property
    def blocking(self) -> bool:
        """Whether who has them may wait for the world."""
        return bool(self.dirs or self.stdio) or self.clock

    def within(self, allowed: Grants) -> Grants:
        """What of these is allowed."""
        dirs = (folder.within(allowed.dirs) for folder in self.dirs)
        return Grants(
            self.env & allowed.env,
            frozenset(folder for folder in dirs if folder is not None),
            self.stdio & allowed.stdio,
            self.clock and allowed.clock,
            self.random and allowed.random,
        )

    def beyond(self, allowed: Grants) -> Grants:
        """What of these is not allowed."""
        return Grants(
            self.env - allowed.env,
            frozenset(folder for folder in self.dirs if folder.within(allowed.dirs) != folder),
            self.stdio - allowed.stdio,
            self.clock and not allowed.clock,
            self.random and not allowed.random,
        )

    def widened(self, more: Iterable[Grants]) -> Grants:
        """What allows all that these and those allow, for one who only hands it on.

        Where a guest sees a folder does not matter then: of two at one place, one gets another.
        """
        wide = self
        for each in more:
            wide = Grants(
                wide.env | each.env,
                _together(wide.dirs, each.dirs),
                wide.stdio | each.stdio,
                wide.clock or each.clock,
                wide.random or each.random,
            )
        return wide

    def text(self, folder: str = "") -> str:
        """As a manifest in that folder writes it, on one line; or ``nothing``."""
        return f"{{{', '.join(self.parts(folder))}}}" if self else "nothing"

    def __str__(self) -> str:
        return self.text()

    def parts(self, folder: str = "") -> Iterator[str]:
        """The keys and values that a manifest in that folder writes, each on one line."""
        if self.env:
            yield f"env: [{', '.join(map(yaml_text, sorted(self.env)))}]"
        if self.dirs:
            yield f"dirs: {{{', '.join(each.text(folder) for each in sorted(self.dirs))}}}"
        if self.stdio:
            yield f"stdio: [{', '.join(name for name in STDIO if name in self.stdio)}]"
        if self.clock:
            yield "clock: real"
        if self.random:
            yield "random: real"


def _together(folders: frozenset[Folder], more: frozenset[Folder]) -> frozenset[Folder]:
    """The fewest that allow all; one that takes in others is seen where they were."""
    for folder in sorted(more):
        if folder.within(folders) != folder:
            inside = {each for each in folders if each.within(frozenset({folder})) == each}
            others = folders - inside
            guest = min(inside, default=folder).guest
            taken = {each.guest for each in others}
            folders = others | {replace(folder, guest=_free(guest, taken))}
    return folders


def _free(guest: str, taken: Container[str]) -> str:
    numbered = (f"{guest.rstrip('/')}-{number}" for number in count(2))
    return next(each for each in chain([guest], numbered) if each not in taken)


#: The standard streams that can be granted, as manifests call them.
STDIO: Final = ("stdin", "stdout", "stderr")
NOTHING: Final = Grants()
