"""Connections that begin with a handshake: those that cannot be accepted, and those for which is no room."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from typing import Any

import pytest

from tests.fakes import run_virtually
from wasmflow.triggers.http.handshakes import Handshakes, Terms


class Exhausted(socket.socket):
    """The system has no file left for the first connection."""

    accepted = 0

    def accept(self) -> Any:
        self.accepted += 1
        if self.accepted == 1:
            raise OSError(errno.EMFILE, "Too many open files")
        return super().accept()


def test_who_cannot_be_accepted_is_accepted_later(caplog: pytest.LogCaptureFixture) -> None:
    async def accept(listening: socket.socket) -> None:
        terms = Terms(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), 1, asyncio.Protocol, lambda: False)
        handshakes = Handshakes(listening, terms)
        await asyncio.sleep(5)
        await handshakes.aclose()

    with Exhausted() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        with socket.create_connection(listening.getsockname()) as client:
            run_virtually(accept(listening))
            assert client.recv(1) == b""
    assert [each.message for each in caplog.records] == [
        "cannot accept a connection: [Errno 24] Too many open files"
    ]
