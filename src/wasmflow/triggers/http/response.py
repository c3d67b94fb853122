"""An answer to a request: what handlers make, and the application sends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Headers: TypeAlias = Sequence[tuple[bytes, bytes]]


@dataclass(slots=True)
class Response:
    """What is sent back. Names of headers are in small letters.

    A body that is a stream is sent as it comes, no faster than the client takes it, and closed when
    the client has left; a length for it is among the headers if it is known.
    """

    status: int = 200
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes | AsyncIterator[bytes] = b""
    #: What a stream ends with where the server stops before its end; without it, it breaks off.
    last: bytes | None = None
    #: Bytes of the body that were sent.
    sent: int = 0

    def header(self, name: bytes) -> bytes | None:
        """The first header of this name."""
        return next((value for key, value in self.headers if key == name), None)
