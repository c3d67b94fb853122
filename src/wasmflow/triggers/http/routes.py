"""From the plan of a server's routes to what answers them."""

from __future__ import annotations

import asyncio

from wasmflow.triggers.http.answers import Writer
from wasmflow.triggers.http.app import Target
from wasmflow.triggers.http.inputs import Reader
from wasmflow.triggers.http.limits import server_limits
from wasmflow.triggers.http.own import own_targets
from wasmflow.triggers.http.pattern import Routes
from wasmflow.triggers.http.plan import Plan, PlannedRoute
from wasmflow.triggers.http.transaction import component_handler
from wasmflow.triggers.server import Surroundings


def open_routes(
    planned: Plan, surroundings: Surroundings, closing: asyncio.Event
) -> Routes[Target]:
    """Handlers for all routes; `closing` is set when streams are to end.

    Raises `WorldError` for what they need and cannot have.
    """
    routes: Routes[Target] = Routes()
    for route in planned.routes:
        routes.add(route.pattern, _target(route, planned, surroundings))
    for pattern, target in own_targets(planned, surroundings):
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
