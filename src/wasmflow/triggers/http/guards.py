"""What stands before and behind a handler, in order: limits of rate, passwords, components.

A guard sees a request before its handler; it lets it pass, answers it, or raises. Nothing that a guard
fails at passes.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeAlias

from wasmflow.triggers.http.request import Request
from wasmflow.triggers.http.response import Response
from wasmflow.triggers.http.transaction import Handler

#: ``None`` lets a request pass. Raises a `WasmflowError` for what becomes a problem document.
Guard: TypeAlias = Callable[[Request], Coroutine[Any, Any, Response | None]]

#: Makes of a response the one that is sent. Raises as handlers do.
Finish: TypeAlias = Callable[[Request, Response], Coroutine[Any, Any, Response]]


def guarded(handler: Handler, guards: Sequence[Guard]) -> Handler:
    """Asks `handler` for requests that all of `guards` let pass, in their order."""
    if not guards:
        return handler

    async def handle(request: Request) -> Response:
        answer = await passed(request, guards)
        return await handler(request) if answer is None else answer

    return handle


async def passed(request: Request, guards: Sequence[Guard]) -> Response | None:
    """The answer of the first of `guards` that has one; ``None`` if all let the request pass."""
    for guard in guards:
        answer = await guard(request)
        if answer is not None:
            return answer
    return None
