"""The limits that protect the host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MIB: Final = 1 << 20


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
