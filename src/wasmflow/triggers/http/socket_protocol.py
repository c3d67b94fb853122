"""One WebSocket: uvicorn's protocol, left when its client takes nothing, or is not there any more.

What any client can send is answered and told nobody else: uvicorn would log it as an error of the server,
or not answer at all. As with `protocol.Connection`, the watchman looks at it once in a while.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidHandshake, SecurityError
from websockets.http11 import Request

from wasmflow.triggers.http.limits import ServerLimits
from wasmflow.triggers.http.lingering import Untaken, drop
from wasmflow.triggers.http.refusal import BUG, STOPS, refusal
from wasmflow.triggers.http.response import Headers

_LOG: Final = logging.getLogger(__name__)

#: Codes of a close for text that is none, for a bug, and for a server that stops.
#: Source: RFC 6455, section 7.4.1, and the registry that it begins.
_NO_TEXT: Final = 1007
_BROKEN: Final = 1011
_STOPS: Final = 1012


class SocketConnection(WebSocketsSansIOProtocol):
    """A connection that is cut when its client stalls."""

    #: Set by `server`.
    limits: ServerLimits
    clock: Callable[[], float]
    #: Headers that the manifest gives to all answers.
    constant: Headers = ()
    #: Is told of handshakes that are none.
    told: Callable[[int, str], None]

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.untaken = Untaken(self.clock())

    def data_received(self, data: bytes) -> None:
        """The handshake, which comes as a whole, and then frames."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        if not (self.handshake_initiated or self.close_sent):
            error = self.conn.handshake_exc
            self._refuse(431 if isinstance(error, SecurityError) else 400, error)

    def handle_connect(self, event: Request) -> None:
        """Take a handshake, unless it is none."""
        try:
            self.conn.process_request(event)
        except InvalidHandshake as error:
            self._refuse(400, error)
        else:
            super().handle_connect(event)

    def _refuse(self, status: int, error: BaseException | None) -> None:
        self.close_sent = self.handshake_complete = True
        reason = error and (error.__cause__ or error)
        detail = f"this is no handshake of a WebSocket: {reason}"
        self.told(status, detail)
        own = [*self.default_headers, (b"sec-websocket-version", b"13")]
        self.transport.write(refusal(status, detail, own, self.constant))
        self.transport.close()

    async def run_asgi(self) -> None:
        """Have it conversed with, in place of uvicorn, which would tell of a bug in its own words."""
        try:
            await self.app(self.scope, self.receive, self.send)
            if not self.handshake_complete:
                raise RuntimeError("a handshake was not answered")
        except ClientDisconnected:
            pass
        except asyncio.CancelledError:
            self._give_up(503, _STOPS, STOPS)
        except Exception:
            _LOG.exception(BUG)
            self._give_up(500, _BROKEN, BUG)
        if self.close_timer is None:
            self.transport.close()

    def _give_up(self, status: int, code: int, reason: str) -> None:
        """Answer a handshake that is not answered yet; close what has been accepted."""
        if not self.handshake_complete:
            self.handshake_complete = True
            self.transport.write(refusal(status, reason, self.default_headers, self.constant))
        elif not self.close_sent:
            self.conn.fail(code, reason)
            self.transport.write(b"".join(self.conn.data_to_send()))

    async def send(self, message: Any) -> None:
        """As ASGI has it."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            # A handshake that is answered as any request is complete, which uvicorn does not note.
            self.handshake_complete = True

    def send_receive_event_to_app(self) -> None:
        """Hand a message on, unless it is text that is none."""
        if self.curr_msg_data_type == "text" and not _is_text(self.frames):
            self.conn.send_close(_NO_TEXT)
            self.handle_parser_exception()
        else:
            super().send_receive_event_to_app()

    def keepalive_timeout(self) -> None:
        """Closing would wait until a client that has vanished takes what is left."""
        super().keepalive_timeout()
        drop(self.transport)

    def look(self, now: float) -> None:
        """Cut a client that takes nothing."""
        if self.untaken.since(self.transport, now) > self.limits.body_seconds:
            drop(self.transport)


def _is_text(frames: list[bytes]) -> bool:
    try:
        b"".join(frames).decode()
    except UnicodeDecodeError:
        return False
    return True
