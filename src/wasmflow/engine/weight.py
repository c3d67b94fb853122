"""About how many bytes a packet takes in memory: for the limit on what channels hold."""

from __future__ import annotations

from typing import Final

from wasmflow.packet import Slot

#: Bytes of a small object with the reference to it.
_OBJECT: Final = 56


def weight(packet: Slot) -> int:
    """Bytes, rounded in favour of the host. Takes time in proportion to the parts of the packet."""
    total, open_ = 0, [packet]
    while open_:
        value = open_.pop()
        total += _OBJECT
        if isinstance(value, str | bytes):
            total += len(value) * (1 if isinstance(value, bytes) else 2)
        elif isinstance(value, dict):
            open_ += value.values()
        elif isinstance(value, list | tuple | frozenset):
            open_ += value
    return total
