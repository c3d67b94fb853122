"""Health and metrics at an address of their own, where nobody else comes."""

from __future__ import annotations

import asyncio
from typing import Final

from wasmflow.manifest.specs.triggers.http import ServerLimitsBlock
from wasmflow.triggers.http.app import App, Target
from wasmflow.triggers.http.limits import server_limits
from wasmflow.triggers.http.own import admin_handlers, fixed, own_target
from wasmflow.triggers.http.pattern import Routes, parse_pattern
from wasmflow.triggers.http.response import Response
from wasmflow.triggers.http.server import HttpServer
from wasmflow.triggers.server import Server, Surroundings


async def open_admin(surroundings: Surroundings) -> Server:
    """A server for the sockets of these surroundings."""
    app = admin_app(surroundings)
    return HttpServer(app, surroundings, server_limits(ServerLimitsBlock()), asyncio.Event())


def admin_app(surroundings: Surroundings) -> App:
    """What answers there: health, metrics, and a list of these paths to whoever looks at ``/``."""
    handlers = admin_handlers(surroundings, metrics=True)
    paths = "".join(f"{key.partition(' ')[2]}\n" for key in handlers)
    handlers["GET /"] = fixed(Response(200, [_TEXT], paths.encode()))
    routes: Routes[Target] = Routes()
    for key, handler in handlers.items():
        routes.add(parse_pattern(key), own_target(key, handler))
    return App("admin", routes, surroundings.telemetry)


_TEXT: Final = (b"content-type", b"text/plain; charset=utf-8")
