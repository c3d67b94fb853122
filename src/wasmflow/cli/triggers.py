"""The triggers of a manifest as people are shown them: as they are written, variables included."""

from __future__ import annotations

from wasmflow.component import Collection
from wasmflow.types.model import Json


def written_triggers(collection: Collection) -> dict[str, dict[str, Json]]:
    """The blocks of the triggers that an artifact has, by their names."""
    from wasmflow.collections.flow import FlowCollection
    from wasmflow.manifest.tree import plain

    if not isinstance(collection, FlowCollection):
        return {}
    return {name: plain(each.node) for name, each in collection.manifest.triggers.items()}


def trigger_text(block: dict[str, Json]) -> str:
    """A trigger in one line."""
    kind = block.get("kind", "")
    if kind == "http":
        routes = [f"{key} -> {_target(route)}" for key, route in block.get("routes", {}).items()]
        return f"http on {block.get('address', ':8080')}: {', '.join(routes) or 'all components'}"
    when = block.get("cron") or (f"every {block['every']} s" if "every" in block else "")
    return f"{kind}{f' ({when})' if when else ''}: {block.get('component', '')}"


def _target(route: Json) -> str:
    if not isinstance(route, dict):
        return str(route)
    return str(route.get("component") or route.get("files") or route.get("proxy"))
