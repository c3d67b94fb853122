"""Which flows are not repeatable: those with an instance that depends on when packets come.

A flow's signature carries what is found, so that it is known of a flow that uses it, in whatever manifest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wasmflow.component import Signature, Timing
from wasmflow.graph.graph import CORE
from wasmflow.graph.instances import Site
from wasmflow.naming import canonical

_RACE = "core::race sends packets in the order in which they come"
_BATCH = "core::batch ends lists by the clock"


def timing(instances: Iterable[tuple[Site, Signature | None]]) -> tuple[Timing, ...]:
    """Each reason why a flow of these is not repeatable, with the first instance that it is true of."""
    found: dict[str, Timing] = {}
    for site, signature in instances:
        for each in _own(site) if _is_core(site) else _inner(site, signature):
            found.setdefault(each.reason, each)
    return tuple(found.values())


def _is_core(site: Site) -> bool:
    return canonical(site.instance.namespace) == CORE


def _own(site: Site) -> Iterator[Timing]:
    component = canonical(site.component)
    if component == "race":
        yield Timing(site.instance.name, _RACE)
    if component == "batch" and site.constants.get("seconds") is not None:
        yield Timing(site.instance.name, _BATCH)


def _inner(site: Site, signature: Signature | None) -> Iterator[Timing]:
    for each in signature.timing if signature else ():
        yield each._replace(instance=f"{site.instance.name}/{each.instance}")
