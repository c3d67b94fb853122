"""What every kind of collection is given when it is opened."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TypeAlias

from wasmflow.component import Collection
from wasmflow.grants import NOTHING, Grants
from wasmflow.limits import CEILING, Limits
from wasmflow.manifest.model import External

#: Called with what is being done and, if known, how much of it is done (0 to 1).
Progress: TypeAlias = Callable[[str, float | None], None]


def quiet(_what: str, _part: float | None = None) -> None:
    """The progress that nobody watches."""


def forgotten(_handed_on: Mapping[str, Grants]) -> None:
    """Nobody hands on more than the outermost manifest."""


@dataclass(frozen=True)
class Opening:
    """The circumstances in which a collection is opened."""

    #: Opens another entry, of whichever kind: how a manifest gets at what it refers to.
    open: Callable[[External, Opening], Awaitable[Collection]]
    #: Where compiled code is kept; whoever opens decides, so that one place knows the default.
    cache: Path
    limits: Limits = field(default_factory=Limits)
    #: The most that a manifest can say of limits.
    ceiling: Limits = CEILING
    progress: Progress = quiet
    #: What it may use of the world; ``None`` for all that it asks for, as the outermost manifest may.
    granted: Grants | None = NOTHING
    #: Told what a manifest grants to each collection that it uses, and that to its own in turn.
    hand_on: Callable[[Mapping[str, Grants]], None] = forgotten
    #: The values of environment variables, for those that may read some.
    environment: Mapping[str, str] = field(default_factory=dict)
    #: The manifests that are being opened, from the outermost in, to notice one that refers to itself.
    within: tuple[Path, ...] = ()
    #: Counts the collections that are opened, in all manifests together.
    numbers: Iterator[int] = field(default_factory=lambda: count(1))


#: Opens one kind of collection. Raises `ProblemsError` for what it finds wrong, `WorldError` for
#: what it cannot read.
Opener: TypeAlias = Callable[[External, Opening], Awaitable[Collection]]
