"""The limits that protect the host from what it runs, and how they go down.

A host has limits that hold unless a manifest says otherwise, and others that no manifest can raise.
What a manifest says of a collection that it uses holds for all that this uses in turn, and is the most
that those can say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final, TypeAlias

MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What code may use. Each field says its unit and why its default is what it is; ``None`` is no limit."""

    # --- of a component: of each of its stores, and of each call ---

    #: Bytes of each linear memory. A Python guest starts with 20 MiB; 256 MiB holds what scripts hold.
    memory: int = 256 * MIB
    #: Linear memories of one store. QuickJS has two, composed components one per part.
    memories: int = 16
    #: Elements of each table. A Python guest has 20,000.
    table_elements: int = 200_000
    #: Seconds that one call may take, compiling not counted.
    call_seconds: float = 30.0
    #: Seconds of a processor that one call may take. Waiting is not counted.
    call_cpu_seconds: float = 30.0
    #: Bytes that one call may send, as the host holds them. The engine has a limit of its own.
    call_output_bytes: int | None = None
    #: Packets that one call of a streaming component may send.
    call_output_packets: int | None = None
    #: Bytes that one call may print. Enough for a traceback, not for a loop.
    log_bytes: int = MIB

    # --- of a transaction ---

    #: Seconds that a transaction on value ports may take unless its caller says otherwise; and for
    #: which one with streams may stand still.
    transaction_seconds: float = 60.0
    #: Seconds of all processors that its components may take. Streams may work for ever.
    transaction_cpu_seconds: float | None = None
    #: Bytes that it may send to its caller, as the host holds them.
    transaction_output_bytes: int | None = None
    #: Packets that it may send to its caller.
    transaction_output_packets: int | None = None
    #: Bytes that it may print in all. A log that nobody can read is none.
    transaction_log_bytes: int = 64 * MIB
    #: Stores that its calls and streaming components may have at one time: one transaction must not
    #: keep all others from theirs.
    transaction_stores: int = 500
    #: Bytes in the channels of a transaction, where only full channels hold it up. More than one reader
    #: of a stream usually lags behind by, and little beside what guests have.
    channel_bytes: int = 64 * MIB

    # --- of the host ---

    #: Live stores of the process. Each costs address space; memory only as it is touched.
    stores: int = 1000
    #: Transactions at one time. Each has a store or more while it works.
    transactions: int = 1000
    #: Transactions that may wait for others to end; one more is refused, as the host is busy.
    waiting: int = 1000


USUAL: Final = Limits()
#: What no manifest can raise a limit beyond, unless the host says otherwise.
CEILING: Final = Limits(
    memory=4096 * MIB,
    memories=16,
    table_elements=1_000_000,
    call_seconds=3600.0,
    call_cpu_seconds=3600.0,
    log_bytes=64 * MIB,
    transaction_seconds=86_400.0,
    transaction_log_bytes=1024 * MIB,
    transaction_stores=1000,
    channel_bytes=1024 * MIB,
    transactions=100_000,
    waiting=100_000,
)

#: The limits that the engine of this process is made for: not even a host can have more.
FIXED: Final = frozenset(("memory", "memories", "table_elements", "stores"))

#: The names of the limits that a manifest may set: of a collection that it uses, and of the transactions
#: that begin in it.
COLLECTION: Final = (
    "memory", "memories", "table_elements", "call_seconds", "call_cpu_seconds",
    "call_output_bytes", "call_output_packets", "log_bytes",
)  # fmt: skip
TRANSACTION: Final = (
    "transaction_seconds", "transaction_cpu_seconds", "transaction_output_bytes",
    "transaction_output_packets", "transaction_log_bytes", "transaction_stores", "channel_bytes",
    "transactions", "waiting",
)  # fmt: skip

#: Name of a field to what it is set to.
Said: TypeAlias = Mapping[str, float]

_NAMES: Final = tuple(field.name for field in fields(Limits))
#: What the fields count, in the order in which they are told apart.
_SIZES: Final = frozenset(("memory", *(name for name in _NAMES if name.endswith("_bytes"))))
_TIMES: Final = frozenset(name for name in _NAMES if name.endswith("_seconds"))


def beyond(said: Said, ceiling: Limits) -> Iterator[tuple[str, float]]:
    """Of what is said, what is more than the most that can be; each with that."""
    for name, value in said.items():
        most = getattr(ceiling, name)
        if most is not None and value > most:
            yield name, most


def ceiling_of(limits: Limits) -> Limits:
    """The most that manifests can say on a host with these limits: those that it sets itself."""
    return replace(
        CEILING, **{name: value for name, value in _values(limits) if _is_set(name, value)}
    )


def _values(limits: Limits) -> Iterator[tuple[str, Any]]:
    return ((name, getattr(limits, name)) for name in _NAMES)


def _is_set(name: str, value: object) -> bool:
    return bool(value != getattr(USUAL, name))


_UNITS: Final = {"ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0, "h": 3600.0}
_DURATION: Final = re.compile(r"(?P<number>\d{1,12}(\.\d{1,12})?)\s*(?P<unit>ms|s|m|h|)")
_FACTORS: Final = {"": 1, "b": 1, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30}
_SIZE: Final = re.compile(r"(?P<number>[0-9]{1,16})\s*(?P<unit>b|kib|mib|gib|)", re.IGNORECASE)


def parse_duration(text: str) -> float | None:
    """Seconds, written as a number or with ``ms``, ``s``, ``m`` or ``h``; ``None`` if it is none."""
    match = _DURATION.fullmatch(text.strip())
    return float(match["number"]) * _UNITS[match["unit"]] if match else None


def parse_size(text: str) -> int | None:
    """Bytes, written as a number or with ``KiB``, ``MiB`` or ``GiB``; ``None`` if it is none."""
    match = _SIZE.fullmatch(text.strip())
    return int(match["number"]) * _FACTORS[match["unit"].lower()] if match else None


def parse_limit(name: str, text: str) -> float | None:
    """The value of a limit as people write it; ``None`` if it cannot be one."""
    if name in _SIZES:
        value: float | None = parse_size(text)
    elif name in _TIMES:
        value = parse_duration(text)
    else:
        value = int(text) if re.fullmatch(r"[0-9]{1,16}", text.strip()) else None
    return value if value else None


def format_limit(name: str, value: float | None) -> str:
    """The value of a limit as people write it."""
    if value is None:
        return "none"
    if name in _TIMES:
        return f"{value:g} s"
    return _size(int(value)) if name in _SIZES else str(value)


def _size(size: int) -> str:
    for unit in ("GiB", "MiB", "KiB"):
        if size and size % _FACTORS[unit.lower()] == 0:
            return f"{size // _FACTORS[unit.lower()]} {unit}"
    return f"{size} B"
