"""Health and metrics at an address of their own, where nobody else comes."""

from __future__ import annotations

import asyncio

from wasmflow.manifest.specs.triggers.http import ServerLimitsBlock
from wasmflow.triggers.http.app import App, Target
from wasmflow.triggers.http.limits import server_limits
from wasmflow.triggers.http.own import admin_handlers, own_target
from wasmflow.triggers.http.pattern import Routes, parse_pattern
from wasmflow.triggers.http.server import HttpServer
from wasmflow.triggers.server import Server, Surroundings


async def open_admin(surroundings: Surroundings) -> Server:
    """A server for the sockets of these surroundings."""
    routes: Routes[Target] = Routes()
    for key, handler in admin_handlers(surroundings, metrics=True).items():
        routes.add(parse_pattern(key), own_target(key, handler))
    app = App("admin", routes, surroundings.telemetry)
    return HttpServer(app, surroundings, server_limits(ServerLimitsBlock()), asyncio.Event())
