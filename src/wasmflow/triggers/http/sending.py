"""Sends bodies that are streams, until they end or nobody takes them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, Final

from wasmflow.errors import WasmflowError
from wasmflow.telemetry.telemetry import Outcome
from wasmflow.triggers.http.problems import Gone, Told, outcome_of
from wasmflow.triggers.http.request import Request, Send
from wasmflow.triggers.http.response import Response

#: Seconds in which a client must take the last word of a server that stops.
PATIENCE: Final = 1.0


async def send_stream(
    response: Response, body: AsyncIterator[bytes], request: Request, send: Send
) -> tuple[Outcome, str]:
    """Send a body as it comes, and close it. One that breaks off is not ended, so that this is seen."""
    start = {"type": "http.response.start", "status": response.status, "headers": response.headers}
    try:
        async with aclosing(body):  # type: ignore[type-var]
            await send(start)
            await request.attended(_pump(body, response, send))
    except asyncio.CancelledError:
        await _say_last(response, request, send)
        return Outcome.CANCELLED, "the server stopped"
    except Told as told:
        await _end(send)
        return outcome_of(told), str(told)
    except Gone as gone:
        return Outcome.CANCELLED, str(gone)
    except WasmflowError as error:
        request.cut()
        return outcome_of(error), str(error)
    await _end(send)
    return Outcome.OK, ""


async def _pump(body: AsyncIterator[bytes], response: Response, send: Send) -> None:
    async for chunk in body:
        response.sent += len(chunk)
        await send(_part(chunk))


async def _end(send: Send) -> None:
    await send(_part(b"", more=False))


async def _say_last(response: Response, request: Request, send: Send) -> None:
    """End a body whose end the server does not wait for: nobody shall take a part for the whole."""
    if response.last is None:
        request.cut()
        return
    try:
        async with asyncio.timeout(PATIENCE):
            response.sent += len(response.last)
            await send(_part(response.last))
            await _end(send)
    except TimeoutError:
        request.cut()


def _part(content: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.response.body", "body": content, "more_body": more}
