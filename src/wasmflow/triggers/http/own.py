"""What a server answers by itself: the description of its API, a page to try it, health, metrics.

`routes` adds it behind the routes of the manifest, which go first where both have a path.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from wasmflow.telemetry.telemetry import Exposition
from wasmflow.triggers.http.app import Target
from wasmflow.triggers.http.openapi import ApiInfo, openapi
from wasmflow.triggers.http.page.handlers import page_handlers
from wasmflow.triggers.http.pattern import Pattern, parse_pattern
from wasmflow.triggers.http.plan import Plan
from wasmflow.triggers.http.request import Request
from wasmflow.triggers.http.response import Response
from wasmflow.triggers.http.transaction import Handler
from wasmflow.triggers.server import Health, Surroundings
from wasmflow.types.json import dumps

_JSON: Final = (b"content-type", b"application/json")


def own_targets(planned: Plan, surroundings: Surroundings) -> list[tuple[Pattern, Target]]:
    """Patterns with what answers them."""
    handlers: dict[str, Handler] = {}
    if planned.described:
        handlers["GET /openapi.json"] = _description(planned, surroundings)
        if planned.components:
            handlers |= page_handlers()
    if not surroundings.admin_apart:
        handlers |= admin_handlers(surroundings, metrics=planned.metrics)
    return [(parse_pattern(key), own_target(key, handler)) for key, handler in handlers.items()]


def is_public(pattern: Pattern) -> bool:
    """Whether nobody is asked who he is: whoever asks for health has no password, and the page, which
    tells nothing of the API, asks for it itself."""
    return pattern.segments[0] in ("health", "page", "")


def own_target(key: str, handler: Handler) -> Target:
    """What is told of in no log and counted in no metric."""
    return Target(f"({key.rpartition('/')[2] or 'page'})", handler, observed=False)


def _description(planned: Plan, surroundings: Surroundings) -> Handler:
    operations = [each for route in planned.routes for each in route.operations]
    about = surroundings.host.collection.about
    title = about.facts.get("name") or Path(about.origin).stem or "Wasmflow"
    info = ApiInfo(title, about.description)
    return fixed(Response(200, [_JSON], dumps(openapi(info, operations)).encode()))


def admin_handlers(surroundings: Surroundings, *, metrics: bool) -> dict[str, Handler]:
    """Health, and metrics if they are to be shown and somebody counts."""
    handlers: dict[str, Handler] = {
        "GET /health/live": fixed(Response(200, [_JSON], b'{"live":true}')),
        "GET /health/ready": _ready(surroundings.health),
    }
    exposition = surroundings.telemetry.exposition
    if metrics and exposition is not None:
        handlers["GET /metrics"] = _metrics(exposition)
    return handlers


def _ready(health: Callable[[], Health]) -> Handler:
    async def answer(_request: Request) -> Response:
        now = health()
        members = {"ready": now.ready, "message": now.message, "deaths": now.deaths}
        headers = [_JSON, (b"cache-control", b"no-store")]
        return Response(200 if now.ready else 503, headers, dumps(members).encode())

    return answer


def _metrics(exposition: Exposition) -> Handler:
    async def answer(request: Request) -> Response:
        accepted = request.header(b"accept") or ""
        content, content_type = await exposition(accepted)
        return Response(200, [(b"content-type", content_type.encode())], content)

    return answer


def fixed(response: Response) -> Handler:
    """Answers always with the same."""

    async def answer(_request: Request) -> Response:
        return Response(response.status, list(response.headers), response.body)

    return answer
