"""Flows in which packets of a stream must pile up: `check` warns of them.

A reducer gives its value when its streams have ended. If another instance waits for that value and
takes packets of the same stream beside it, those that come until then have to be kept: the shape of a
diamond, and no error, since short streams fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from wasmflow.graph.draft import Draft
from wasmflow.graph.graph import CORE, Connection, ErrorPort, Input, Output
from wasmflow.graph.instances import Site
from wasmflow.graph.order import in_order
from wasmflow.graph.streams import Feeds
from wasmflow.naming import canonical
from wasmflow.problem import Problem

_HINT = (
    "short streams fit; long ones exceed the limit on bytes in channels: give the stream to the flow "
    "twice, or reduce it before it is used"
)


def streams_do_not_pile_up(draft: Draft) -> Iterator[Problem]:
    """No instance waits for the end of a stream that it takes packets of. A warning."""
    if all(each.step is None for each in draft.connections):
        return
    search = _Search(draft)
    for node in in_order(_before(draft)):
        held = search.visit(node)
        if held is not None:
            piling, awaited = held
            message = (
                f"{draft.sites[node].described} waits for '{awaited.left}', which comes when a stream has "
                f"ended whose packets pile up meanwhile on their way to '{piling.right}'"
            )
            yield Problem(message, _HINT, awaited.place, warning=True)


def _before(draft: Draft) -> list[set[int]]:
    before: list[set[int]] = [set() for _ in draft.sites]
    for each in draft.connections:
        if isinstance(each.target, Input) and isinstance(each.source, Output | ErrorPort):
            before[each.target.node].add(each.source.node)
    return before


@dataclass(frozen=True, slots=True)
class _Flow:
    """What crosses a connection. Both are sets of steps, a bit for each: those that streams begin with."""

    #: The streams that it is made of packet by packet.
    live: int = 0
    #: The streams that must have ended before it begins.
    after: int = 0


class _Search:
    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._feeds = Feeds(draft)
        #: Of the streams and of the values that each instance sends.
        self._streams: dict[int, _Flow] = {}
        self._values: dict[int, _Flow] = {}

    def visit(self, node: int) -> tuple[Connection, Connection] | None:
        """Go past an instance. A stream that piles up before it and what it waits for, if there are any."""
        signature = self._draft.signatures[node]
        if signature is None:
            return None
        arrivals = [(each, self._crossing(each)) for _, each in self._feeds.of(node)]
        live, after = 0, 0
        for _, crossing in arrivals:
            live, after = live | crossing.live, after | crossing.after
        self._streams[node] = _Flow(live, after)
        self._values[node] = _Flow(0, after | live)
        order = _core_name(self._draft.sites[node])
        return None if order == "race" else _piling(arrivals, in_turn=order == "concat")

    def _crossing(self, connection: Connection) -> _Flow:
        source = connection.source
        if not isinstance(source, Output | ErrorPort):
            return _Flow(_bit(connection.step))
        sent = self._values if connection.step is None else self._streams
        crossing = sent.get(source.node, _Flow())
        begins = connection.step is not None and not crossing.live
        return _Flow(_bit(connection.step), crossing.after) if begins else crossing


def _bit(step: int | None) -> int:
    return 0 if step is None else 1 << step


def _core_name(site: Site) -> str:
    """Which core component it is, if it is one: some do not wait for all their inputs."""
    return canonical(site.component) if canonical(site.instance.namespace) == CORE else ""


def _piling(
    arrivals: Sequence[tuple[Connection, _Flow]], *, in_turn: bool
) -> tuple[Connection, Connection] | None:
    """What piles up before an instance, and what the instance waits for meanwhile, if there is any.

    One that takes its inputs `in_turn` waits for those that stand before.
    """
    awaited = reduce(or_, (ended.after for _, ended in arrivals), 0)
    for index, (piling, packets) in enumerate(arrivals):
        early = packets.live & ~packets.after & awaited
        for other, ended in arrivals[: index if in_turn else None] if early else ():
            if early & ended.after:
                return piling, other
    return None
