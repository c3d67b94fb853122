"""Headers that stand in the manifest: those of one route, and those of all answers of a server.

`plan` has them checked; the application sends those of the server with whatever it answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wasmflow.triggers.http.answers import OURS, header_name, is_header
from wasmflow.triggers.http.request import Send
from wasmflow.triggers.http.response import Headers


def check_headers(headers: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Of each header that no response can have: its name, what is wrong with it, and a hint."""
    for name, value in headers.items():
        if header_name(name) in OURS:
            yield name, f"the server says '{name}' itself", "leave it out"
        elif not is_header(name.lower().encode(), value.encode()):
            message = f"the header {name!r} has characters that none can have"
            yield name, message, "write it in one line"


def constant_headers(headers: Mapping[str, str]) -> Headers:
    """As they are sent."""
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def complete(headers: Headers, constant: Headers) -> Headers:
    """The headers of an answer, with those constant ones that it does not say itself."""
    said = {name for name, _ in headers}
    return [*headers, *(header for header in constant if header[0] not in said)]


def adding(constant: Headers, send: Send) -> Send:
    """Sends what `send` does, an answer in place of a WebSocket with these headers where it does not say
    them itself."""

    async def send_more(message: dict[str, Any]) -> None:
        if message["type"] == "websocket.http.response.start":
            message = {**message, "headers": complete(message["headers"], constant)}
        await send(message)

    return send_more
