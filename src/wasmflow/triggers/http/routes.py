"""From the plan of a server's routes to what answers them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from wasmflow.triggers.http.answers import Writer
from wasmflow.triggers.http.app import Target
from wasmflow.triggers.http.inputs import Reader
from wasmflow.triggers.http.limits import server_limits
from wasmflow.triggers.http.openapi import ApiInfo, openapi
from wasmflow.triggers.http.operation import Operation
from wasmflow.triggers.http.pattern import Pattern, Routes, parse_pattern
from wasmflow.triggers.http.plan import Plan, PlannedRoute
from wasmflow.triggers.http.request import Request
from wasmflow.triggers.http.response import Response
from wasmflow.triggers.http.transaction import Handler, component_handler
from wasmflow.triggers.server import Health, Surroundings
from wasmflow.types.json import dumps

_JSON: Final = (b"content-type", b"application/json")


def open_routes(
    planned: Plan, surroundings: Surroundings, closing: asyncio.Event
) -> Routes[Target]:
    """Handlers for all routes; `closing` is set when streams are to end.

    Raises `WorldError` for what they need and cannot have.
    """
    routes: Routes[Target] = Routes()
    for route in planned.routes:
        routes.add(route.pattern, _target(route, planned, surroundings))
    for pattern, target in _own(planned, surroundings):
        routes.add(pattern, target)  # what a manifest has there goes first
    return routes


def _target(route: PlannedRoute, planned: Plan, surroundings: Surroundings) -> Target:
    limits = server_limits(planned.block.limits)
    if route.binding is None:
        raise NotImplementedError
    signature = route.binding.signature
    reader = Reader(route.binding, limits.body)
    writer = Writer(signature, route.form)
    timeout = route.block.timeout if isinstance(route.block.timeout, float) else None
    handler = component_handler(surroundings.host, signature.name, reader, writer, timeout)
    return Target(signature.name, handler, route.block.response.exceptions)


# --- what a server has by itself ---------------------------------------------------------------


def _own(planned: Plan, surroundings: Surroundings) -> list[tuple[Pattern, Target]]:
    handlers: dict[str, Handler] = {}
    if planned.components:
        handlers["GET /openapi.json"] = _description(planned, surroundings)
    if not surroundings.admin_apart:
        handlers |= health_handlers(surroundings.health)
    return [
        (parse_pattern(key), Target(f"({key.rpartition('/')[2]})", handler, observed=False))
        for key, handler in handlers.items()
    ]


def _description(planned: Plan, surroundings: Surroundings) -> Handler:
    operations: Sequence[Operation] = [
        operation for route in planned.routes for operation in route.operations
    ]
    about = surroundings.host.collection.about
    document = dumps(
        openapi(ApiInfo(about.facts.get("name", "Wasmflow"), about.description), operations)
    )
    return fixed(Response(200, [_JSON], document.encode()))


def health_handlers(health: Callable[[], Health]) -> dict[str, Handler]:
    """Whether the service lives, and whether it is ready for work."""

    async def ready(_request: Request) -> Response:
        now = health()
        status = 200 if now.ready else 503
        members = {"ready": now.ready, "message": now.message, "deaths": now.deaths}
        return Response(status, [_JSON], dumps(members).encode())

    return {
        "GET /health/live": fixed(Response(200, [_JSON], b'{"live":true}')),
        "GET /health/ready": ready,
    }


def fixed(response: Response) -> Handler:
    """Answers always with the same."""

    async def answer(_request: Request) -> Response:
        return Response(response.status, list(response.headers), response.body)

    return answer
