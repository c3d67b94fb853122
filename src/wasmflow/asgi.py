"""An artifact as an ASGI application, for programs that have a web server of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from wasmflow.collections.flow import FlowCollection
from wasmflow.errors import ProblemsError, UsageError
from wasmflow.host.host import Host, open_host
from wasmflow.host.settings import Settings
from wasmflow.manifest.specs.triggers.http import HttpBlock
from wasmflow.manifest.triggers import Trigger, read_triggers
from wasmflow.naming import listing, suggestion
from wasmflow.problem import Problem
from wasmflow.telemetry.telemetry import Telemetry
from wasmflow.triggers.http.app import App
from wasmflow.triggers.http.around import check_around
from wasmflow.triggers.http.headers import constant_headers
from wasmflow.triggers.http.plan import plan
from wasmflow.triggers.http.routes import open_routes
from wasmflow.triggers.server import Surroundings


@asynccontextmanager
async def open_app(
    reference: str, *, trigger: str | None = None, settings: Settings | None = None
) -> AsyncIterator[App]:
    """Open an artifact as an ASGI 3 application, for as long as the `async with` block lasts.

    It answers as `wasmflow serve` does: by the trigger of kind http of that name, by the only one if
    none is named, and with every component if there is none. Its address, TLS and limits on
    connections are those of the server that it runs in. Raises what `open_collection` does.
    """
    settings = settings or Settings()
    closing = asyncio.Event()
    async with open_host(reference, settings) as host, AsyncExitStack() as resources:
        chosen = _chosen(trigger, host, settings.variables)
        planned = plan(chosen, host)
        problems = [*planned.problems, *check_around(chosen, host)]
        if any(not problem.warning for problem in problems):
            raise ProblemsError(problems)
        telemetry = Telemetry()
        surroundings = Surroundings(host, telemetry)
        try:
            routes = open_routes(planned, surroundings, closing, resources)
            headers = constant_headers(planned.block.headers)
            yield App(planned.trigger.name, routes, telemetry, headers=headers)
        finally:
            closing.set()


def _chosen(name: str | None, host: Host, variables: Mapping[str, str]) -> Trigger:
    problems: list[Problem] = []
    triggers: dict[str, Trigger] = {}
    if isinstance(host.collection, FlowCollection):
        triggers = read_triggers(host.collection.manifest, variables, problems, ("http",))
    if problems:
        raise ProblemsError(problems)
    if name is None and len(triggers) > 1:
        raise UsageError(f"which trigger? There are {listing(triggers)}")
    if name is None:
        return next(iter(triggers.values()), Trigger("http", HttpBlock()))
    if name not in triggers:
        hint = suggestion(name, triggers, noun="the artifact")
        raise UsageError(f"there is no trigger '{name}' of kind http; {hint}")
    return triggers[name]
