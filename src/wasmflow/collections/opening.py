"""What every kind of collection is given when it is opened, and the limits that protect the host."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from wasmflow.component import Collection
from wasmflow.grants import NOTHING, Grants
from wasmflow.manifest.model import External

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What one transaction may use. Each field says its unit and why its default is what it is."""

    #: Bytes of each linear memory. A Python guest starts with 20 MiB; 256 MiB holds what scripts hold.
    memory: int = 256 * MIB
    #: Linear memories of one store. QuickJS has two, composed components one per part.
    memories: int = 16
    #: Elements of each table. A Python guest has 20,000.
    table_elements: int = 200_000
    #: Seconds that one call may take, compiling not counted.
    call_seconds: float = 30.0
    #: Seconds that a transaction on value ports may take unless its caller says otherwise; and for
    #: which one with streams may stand still.
    transaction_seconds: float = 60.0
    #: Bytes in the channels of a transaction, where only full channels hold it up. More than one reader
    #: of a stream usually lags behind by, and little beside what guests have.
    channel_bytes: int = 64 * MIB
    #: Bytes that one call may print. Enough for a traceback, not for a loop.
    log_bytes: int = MIB
    #: Live stores of the process. Each costs address space; memory only as it is touched.
    stores: int = 1000


#: Called with what is being done and, if known, how much of it is done (0 to 1).
Progress: TypeAlias = Callable[[str, float | None], None]


def quiet(_what: str, _part: float | None = None) -> None:
    """The progress that nobody watches."""


@dataclass(frozen=True)
class Opening:
    """The circumstances in which a collection is opened."""

    #: Opens another entry, of whichever kind: how a manifest gets at what it refers to.
    open: Callable[[External, Opening], Awaitable[Collection]]
    #: Where compiled code is kept; whoever opens decides, so that one place knows the default.
    cache: Path
    limits: Limits = field(default_factory=Limits)
    progress: Progress = quiet
    #: What it may use of the world; ``None`` for all that it asks for, as the outermost manifest may.
    granted: Grants | None = NOTHING
    #: The values of environment variables, for those that may read some.
    environment: Mapping[str, str] = field(default_factory=dict)
    #: The manifests that are being opened, from the outermost in, to notice one that refers to itself.
    within: tuple[Path, ...] = ()


#: Opens one kind of collection. Raises `ProblemsError` for what it finds wrong, `WorldError` for
#: what it cannot read.
Opener: TypeAlias = Callable[[External, Opening], Awaitable[Collection]]
