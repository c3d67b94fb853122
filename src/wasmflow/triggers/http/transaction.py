"""The handler of a route that is a component: a request is a transaction, its outputs the response."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

from wasmflow.host.host import Host
from wasmflow.triggers.http.answers import Writer
from wasmflow.triggers.http.inputs import Reader
from wasmflow.triggers.http.request import Request
from wasmflow.triggers.http.response import Response

#: Answers requests. Raises a `WasmflowError` for what becomes a problem document.
Handler: TypeAlias = Callable[[Request], Coroutine[Any, Any, Response]]


def component_handler(
    host: Host, component: str, reader: Reader, writer: Writer, timeout: float | None = None
) -> Handler:
    """Answers with what one transaction on values sends."""

    async def handle(request: Request) -> Response:
        inputs = await reader.read(request)
        how = request.observation.circumstances(timeout)
        return writer.write(await request.attended(host.invoke(component, inputs, how)))

    return handle
