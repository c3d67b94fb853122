"""What stands around the handlers of one server, put together by what its manifest says.

The order is: the rate of requests, the origins of pages, who asks, components, the handler. Preflights
are answered before all of it, by the application.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import cast

from msgspec import UNSET, UnsetType

from wasmflow.component import Signature
from wasmflow.host.host import Host
from wasmflow.manifest.specs.triggers.http import (
    AuthBlock,
    CorsBlock,
    HttpBlock,
    MiddlewareBlock,
    RouteBlock,
)
from wasmflow.manifest.triggers import Trigger
from wasmflow.problem import Problem
from wasmflow.triggers.http.auth import Auth, Hashing, check_auth
from wasmflow.triggers.http.cors import Cors, check_cors
from wasmflow.triggers.http.guards import Finish, Guard
from wasmflow.triggers.http.limits import server_limits
from wasmflow.triggers.http.middleware import (
    request_guard,
    response_finish,
    sees_bodies,
    want_whole,
)
from wasmflow.triggers.http.rates import Rates, rate_guard
from wasmflow.triggers.http.roles import REQUEST, RESPONSE, check_stages


def auth_of(server: HttpBlock, route: RouteBlock) -> AuthBlock | None:
    """Who may ask a route; ``None`` if anybody may."""
    said = server.auth if route.auth is UNSET else route.auth
    return said if isinstance(said, AuthBlock) else None


def cors_of(server: HttpBlock, route: RouteBlock) -> CorsBlock | None:
    """Which pages may ask a route; ``None`` for those of its own origin only."""
    said = server.cors if route.cors is UNSET else route.cors
    return said if isinstance(said, CorsBlock) else None


class Around:
    """Makes what stands around the handlers of a server."""

    def __init__(self, server: HttpBlock, host: Host, resources: AsyncExitStack) -> None:
        """`resources` takes what must be let go of when the server has stopped."""
        self._server = server
        self._host = host
        limits = server_limits(server.limits)
        self._body = limits.body
        self._rates = Rates(limits.rate, limits.burst) if limits.rate else None
        self._hashing = Hashing()
        resources.callback(self._hashing.close)

    def entry(self, route: RouteBlock) -> list[Guard]:
        """What a request for a route must pass, without components: what the server's own must as well."""
        guards = [rate_guard(self._rates)] if self._rates else []
        auth = auth_of(self._server, route)
        return [*guards, Auth(auth, self._hashing).guard] if auth else guards

    def guards(self, route: RouteBlock) -> list[Guard]:
        """All that a request for a route must pass, in its order."""
        whole: list[Guard] = (
            [want_whole] if sees_bodies(self._components(route, "response")) else []
        )
        components = self._components(route, "request")
        seen = [request_guard(self._host, each, self._body) for each in components]
        return [*self.entry(route), *whole, *seen]

    def cors(self, route: RouteBlock) -> Cors | None:
        block = cors_of(self._server, route)
        return Cors(block) if block else None

    def finish(self, route: RouteBlock) -> Finish | None:
        """What sees the responses of a route."""
        components = self._components(route, "response")
        return response_finish(self._host, components, self._body) if components else None

    def _components(self, route: RouteBlock, role: str) -> list[Signature]:
        """Those of the server, then those of the route."""
        return [
            self._host.signature(name.removeprefix("self::"))
            for block in (self._server.middleware, route.middleware)
            if isinstance(block, MiddlewareBlock)
            for name in getattr(block, role)
        ]


def check_around(trigger: Trigger, host: Host) -> Iterator[Problem]:
    """What is wrong with all that stands around the handlers of a server."""
    block = cast(HttpBlock, trigger.block)
    if block.limits.burst is not UNSET and block.limits.rate is UNSET:
        hint = "write rate: REQUESTS_PER_SECOND"
        yield Problem("'burst' is for a 'rate'", hint, trigger.at("limits", "burst"))
    yield from _check(trigger, host, block.auth, block.cors, block.middleware)
    for key, route in block.routes.items():
        if isinstance(route, RouteBlock):
            said = (route.auth, route.cors, route.middleware)
            yield from _check(trigger, host, *said, "routes", key)


def _check(
    trigger: Trigger,
    host: Host,
    auth: AuthBlock | str | UnsetType,
    cors: CorsBlock | str | UnsetType,
    middleware: MiddlewareBlock | UnsetType,
    *path: str,
) -> Iterator[Problem]:
    if isinstance(auth, AuthBlock):
        yield from check_auth(auth, trigger, *path, "auth")
    if isinstance(cors, CorsBlock):
        yield from check_cors(cors, trigger.at(*path, "cors"))
    if isinstance(middleware, MiddlewareBlock):
        at = (*path, "middleware")
        yield from check_stages(host, trigger, middleware.request, REQUEST, *at, "request")
        yield from check_stages(host, trigger, middleware.response, RESPONSE, *at, "response")
