"""What clients may do to a server, in numbers."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import UNSET

from wasmflow.limits import parse_size
from wasmflow.manifest.specs.triggers.http import ServerLimitsBlock


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """Sizes in bytes, times in seconds."""

    body: int
    #: Of a stream: a line, a chunk or a message.
    line: int
    headers: int
    connections: int
    header_seconds: float
    body_seconds: float
    idle_seconds: float
    #: Requests per second and client; ``None`` for no limit.
    rate: float | None = None
    #: Requests that may come at once; ``None`` for those of a second.
    burst: int | None = None


def server_limits(block: ServerLimitsBlock) -> ServerLimits:
    """What a manifest says, which has been checked for its shape."""
    return ServerLimits(
        body=_bytes(block.body),
        line=_bytes(block.line),
        headers=_bytes(block.headers),
        connections=block.connections,
        header_seconds=block.header_seconds,
        body_seconds=block.body_seconds,
        idle_seconds=block.idle_seconds,
        rate=None if block.rate is UNSET else block.rate,
        burst=None if block.burst is UNSET else block.burst,
    )


def _bytes(size: int | str) -> int:
    return size if isinstance(size, int) else parse_size(size) or 0
