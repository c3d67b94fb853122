"""From the plan of a server's routes to what answers them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from msgspec import UNSET

from wasmflow.errors import WorldError
from wasmflow.manifest.specs.triggers.http import RouteBlock
from wasmflow.manifest.triggers import Trigger
from wasmflow.triggers.http.answers import Writer
from wasmflow.triggers.http.app import Target
from wasmflow.triggers.http.around import Around
from wasmflow.triggers.http.cors import origin_guard
from wasmflow.triggers.http.files import files_handler, open_site, to_folder
from wasmflow.triggers.http.guards import guarded
from wasmflow.triggers.http.inputs import Binding, Reader
from wasmflow.triggers.http.limits import server_limits
from wasmflow.triggers.http.lines import StreamReader
from wasmflow.triggers.http.own import is_public, own_targets
from wasmflow.triggers.http.pattern import Routes
from wasmflow.triggers.http.plan import Plan, PlannedRoute
from wasmflow.triggers.http.proxy import Proxy, open_session
from wasmflow.triggers.http.sockets import guarded_socket, socket_handler
from wasmflow.triggers.http.streams import StreamRoute, stream_handler
from wasmflow.triggers.http.transaction import component_handler
from wasmflow.triggers.server import Surroundings

if TYPE_CHECKING:
    from aiohttp import ClientSession


def open_routes(
    planned: Plan, surroundings: Surroundings, closing: asyncio.Event, resources: AsyncExitStack
) -> Routes[Target]:
    """Handlers for all routes; `closing` is set when streams are to end.

    `resources` takes what must be closed when the server has stopped. Raises `WorldError` for what
    handlers need and cannot have.
    """
    routes: Routes[Target] = Routes()
    around = Around(planned.block, surroundings.host, resources)
    elsewhere = Elsewhere(resources)
    for route in planned.routes:
        target = (
            elsewhere.target(route, planned.trigger)
            if route.binding is None
            else _component(route, route.binding, planned, surroundings, closing)
        )
        passed_on = route.block.proxy is not UNSET or _has_rest(route)
        routes.add(route.pattern, _surrounded(target, route, around), passed_on=passed_on)
    for route in _folders(planned):
        routes.add(route.pattern, _surrounded(Target("(files)", to_folder), route, around))
    # What a manifest has there goes first; with all methods it would come behind one of ours.
    taken = {route.pattern.segments for route in planned.routes if not route.pattern.methods}
    for pattern, target in own_targets(planned, surroundings):
        if pattern.segments not in taken:
            handler = guarded(target.handler, around.entry(RouteBlock()))
            routes.add(pattern, target if is_public(pattern) else replace(target, handler=handler))
    return routes


def _has_rest(route: PlannedRoute) -> bool:
    """Whether a component gets several segments as one text; files look at each themselves."""
    parameters = route.pattern.parameters.values()
    return route.binding is not None and any(each.rest for each in parameters)


def _surrounded(target: Target, route: PlannedRoute, around: Around) -> Target:
    """A target with all that stands around its handler."""
    guards, cors = around.guards(route.block), around.cors(route.block)
    socket = target.socket and guarded_socket(target.socket, guards)
    if route.binding is not None:  # other servers see to this themselves
        guards = [origin_guard(cors), *guards]
    return replace(
        target,
        handler=guarded(target.handler, guards),
        socket=socket,
        cors=cors,
        finish=around.finish(route.block),
    )


def _component(
    route: PlannedRoute,
    binding: Binding,
    planned: Plan,
    surroundings: Surroundings,
    closing: asyncio.Event,
) -> Target:
    limits = server_limits(planned.block.limits)
    signature, form = binding.signature, route.form
    timeout = route.block.timeout if isinstance(route.block.timeout, float) else None
    exceptions = route.block.response.exceptions
    host, reader = surroundings.host, StreamReader(binding, limits)
    streams = StreamRoute(host, signature, reader, form, closing, timeout, exceptions)
    if signature.streaming:
        handler = stream_handler(streams)
    else:
        whole, writer = Reader(binding, limits.body), Writer(signature, form)
        handler = component_handler(host, signature.name, whole, writer, timeout)
    return Target(signature.name, handler, exceptions, socket=socket_handler(streams))


def _folders(planned: Plan) -> Iterator[PlannedRoute]:
    """Routes for folders without the slash behind them, where nothing else is."""
    taken = {route.pattern.segments for route in planned.routes}
    for route in planned.routes:
        above = route.pattern.segments[:-1]
        if route.block.files is not UNSET and above and above not in taken:
            yield replace(route, pattern=replace(route.pattern, segments=above))


class Elsewhere:
    """Makes targets of routes that are no component, which share what they need."""

    def __init__(self, resources: AsyncExitStack) -> None:
        self._resources = resources
        self._session: ClientSession | None = None

    def target(self, route: PlannedRoute, trigger: Trigger) -> Target:
        """Raises `WorldError` for a folder that cannot be opened."""
        if route.block.files is not UNSET:
            return self._files(route, trigger)
        if self._session is None:
            self._session = open_session()
            self._resources.push_async_callback(self._session.close)
        proxy = Proxy(route.pattern, route.block, self._session)
        return Target("(proxy)", proxy.handle)

    def _files(self, route: PlannedRoute, trigger: Trigger) -> Target:
        try:
            site = open_site(route.pattern, route.block, trigger.folder)
        except OSError as error:
            place = trigger.at("routes", route.key, "files")
            reason = f"cannot open the folder '{route.block.files}': {error.strerror}"
            raise WorldError(f"{place}: {reason}") from error
        self._resources.callback(site.folder.close)
        return Target("(files)", files_handler(site))
