"""A transport that ends, on either side, so that the last answer arrives.

The kernel resets a connection that is closed while something is unread, and the client may then lose
what it was sent before. So this says first that nothing more comes, and gives the client a moment to
read that and to close the connection itself. Source: RFC 9112, section 9.6. A client that says the same
may still wait for its answer.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

#: Seconds that a client has at least, once all is sent, before it is cut off.
MOMENT: Final = 1.0


class Lingering:
    """Behaves as the transport that it is made of, but for its end."""

    def __init__(
        self,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        patience: Callable[[], float],
    ) -> None:
        """`patience` says for how many seconds a client that sends nothing more is sent nothing either,
        until it is taken for gone."""
        self._transport = transport
        self._loop = loop
        self._patience = patience
        self._closing = False
        self._cut: asyncio.TimerHandle | None = None
        #: Whether everything had been sent when this was last looked at.
        self._sent = False
        #: Whether something was written since.
        self._written = False
        #: Whether the client has said that it sends nothing more.
        self._ended = False
        self._doubtful = False
        #: When it was sent something last, as far as is known.
        self._since = 0.0
        self._probe: Callable[[], bytes] = bytes

    def write(self, content: bytes) -> None:
        """Send it, unless the connection is closed: then it is for nobody."""
        if not self.is_closing():
            self._written = True
            self._transport.write(content)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        """Whether nothing more is to be sent or read."""
        return self._closing or self._transport.is_closing()

    def close(self) -> None:
        """Send what is left, then the end; whoever has it read drops what still comes."""
        if self.is_closing():
            return
        self._closing = True
        # TLS says goodbye itself; a client that has ended sends nothing that could be unread.
        if self._ended or not self._transport.can_write_eof():
            self._transport.close()
            return
        self._transport.write_eof()
        self._transport.resume_reading()
        self._cut = self._loop.call_later(MOMENT, self._cut_off)

    def _cut_off(self) -> None:
        """Leave a client that has had a moment since all was sent; before, it is still served."""
        sent, self._sent = self._sent, not self._transport.get_write_buffer_size()
        if sent and self._sent:
            self._transport.abort()
        else:
            self._cut = self._loop.call_later(MOMENT, self._cut_off)

    def hear_end(self, probe: Callable[[], bytes]) -> None:
        """All that the client sends has been read. `probe` says what it ignores, if it is sent that now."""
        self._ended = True
        self._probe = probe
        self.doubt()

    def doubt(self) -> None:
        """The client sends nothing more: it waits for its answer, or has left. Safe to call twice.

        Which of these it is shows only where something is sent: the system of one that has left resets
        the connection. One that nothing can be sent to is cut off when its patience is over.
        """
        if not self._doubtful:
            self._doubtful, self._written = True, False
            self._since = self._loop.time()
            self._cut = self._loop.call_later(MOMENT, self._look)

    def _look(self) -> None:
        """Ask a client that may have left; leave one that cannot be asked, and was sent nothing for long."""
        if self.is_closing():
            return
        now = self._loop.time()
        if self._written or self._transport.get_write_buffer_size():
            self._written, self._since = False, now
        if probe := self._probe():
            self._transport.write(probe)
            self._cut = self._loop.call_later(MOMENT, self._listen)
        elif now - self._since >= self._patience():
            self._transport.abort()
        else:
            self._cut = self._loop.call_later(MOMENT, self._look)

    def _listen(self) -> None:
        if state_of(self._transport) == RESET:
            self._transport.abort()
        else:
            self._cut = self._loop.call_later(self._patience(), self._look)

    def lost(self) -> None:
        """The connection is closed."""
        if self._cut is not None:
            self._cut.cancel()


#: States of TCP, as Linux numbers them: after a reset; and where the client has closed its side.
RESET: Final = 7
HALF_CLOSED: Final = 8


def state_of(transport: asyncio.Transport) -> int | None:
    """The state of a connection, where the system tells."""
    connection = transport.get_extra_info("socket")
    if connection is None or not hasattr(socket, "TCP_INFO"):
        return None
    with suppress(OSError):
        return int(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0])
    return None


class Untaken:
    """How long a client has taken nothing of what is there for it."""

    def __init__(self, now: float) -> None:
        self._size = 0
        self._since = now

    def since(self, transport: asyncio.Transport, now: float) -> float:
        """Seconds for which there are as many bytes as now; 0 if there are none."""
        size = transport.get_write_buffer_size()
        if size != self._size:
            self._size, self._since = size, now
        return now - self._since if size else 0.0


def drop(transport: asyncio.Transport) -> None:
    """Cut a connection off, and have the kernel throw away at once what its client has not taken."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
