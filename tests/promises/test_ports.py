"""Every port ends, once, and sends nothing after that; all its readers get the same, in the same order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.naive_streams import Drawn, flows
from tests.engine.test_streams import chunks, play
from tests.fakes import run_virtually, transaction
from wasmflow.engine.channel import Channel
from wasmflow.engine.edge import Feed, StreamTransaction
from wasmflow.packet import EMPTY, Slot

SEARCH = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class Watched:
    """What became of every channel of a transaction."""

    def __init__(self) -> None:
        self.ends: dict[Channel, int] = {}
        self.late: list[Slot] = []


@contextmanager
def watching() -> Iterator[Watched]:
    watched = Watched()
    put, end = Channel.put, Channel.end

    def watched_put(self: Channel, packet: Slot) -> None:
        watched.ends.setdefault(self, 0)
        if self.ended:
            watched.late.append(packet)
        put(self, packet)

    def watched_end(self: Channel, *, broken: bool = False) -> None:
        watched.ends[self] = watched.ends.get(self, 0) + (not self.ended)
        end(self, broken=broken)

    with patch.object(Channel, "put", watched_put), patch.object(Channel, "end", watched_end):
        yield watched


@SEARCH
@given(flows())
def test_every_port_ends_once_and_sends_nothing_after_that(drawn: Drawn) -> None:
    program = drawn.flow.draft.streams(**{f"o{i}": name for i, name in enumerate(drawn.read)})
    with watching() as watched:
        play(program, drawn.items, drawn.value)
    assert watched.late == []
    assert set(watched.ends.values()) == {1}


@SEARCH
@given(flows(), st.integers(0, 30))
def test_that_holds_when_the_caller_leaves_too(drawn: Drawn, takes: int) -> None:
    program = drawn.flow.draft.streams(**{f"o{i}": name for i, name in enumerate(drawn.read)})

    async def main() -> None:
        feeds = [Feed((0,), chunks(drawn.items))]
        current = transaction()
        async with StreamTransaction(program, (EMPTY, drawn.value), feeds, current) as stream:
            for _ in range(takes):
                if await stream.take() is None:
                    break

    with watching() as watched:
        run_virtually(main())
    assert watched.late == []
    assert set(watched.ends.values()) == {1}


@SEARCH
@given(flows())
def test_all_readers_of_a_port_get_the_same_in_the_same_order(drawn: Drawn) -> None:
    names = [name for name in drawn.read for _ in range(2)]
    program = drawn.flow.draft.streams(**{f"o{i}": name for i, name in enumerate(names)})
    ports, _ = play(program, drawn.items, drawn.value)
    assert ports[::2] == ports[1::2]
