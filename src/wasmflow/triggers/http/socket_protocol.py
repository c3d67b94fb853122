"""One WebSocket: uvicorn's protocol, left when its client takes nothing, or is not there any more.

As with `protocol.Connection`, the watchman looks at it once in a while.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from wasmflow.triggers.http.limits import ServerLimits


class SocketConnection(WebSocketsSansIOProtocol):
    """A connection that is cut when its client stalls."""

    #: Set by `server`.
    limits: ServerLimits
    clock: Callable[[], float]

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        #: Bytes that the client has not taken, and since when there are as many.
        self.untaken = (0, self.clock())

    def shutdown(self) -> None:
        """Nothing: who converses is told that the server stops, and ends in its own time."""

    def keepalive_timeout(self) -> None:
        """Closing would wait until a client that has vanished takes what is left."""
        super().keepalive_timeout()
        self.transport.abort()

    def look(self, now: float) -> None:
        """Cut a client that takes nothing."""
        size = self.transport.get_write_buffer_size()
        if size != self.untaken[0]:
            self.untaken = (size, now)
        if size and now - self.untaken[1] > self.limits.body_seconds:
            self.transport.abort()
