"""The engine against an evaluation that is obviously right, on flows of all kinds of components."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from hypothesis import HealthCheck, given, settings

from tests.engine.naive_streams import Drawn, flows
from tests.engine.test_streams import play
from tests.fakes import run_virtually, transaction
from wasmflow.component import Callee
from wasmflow.engine.edge import Feed, StreamTransaction
from wasmflow.packet import EMPTY, Failure, Slot


def told(packet: Slot) -> Slot:
    """A packet without the place of a failure, which the evaluation does not know."""
    return (packet.kind, packet.message) if isinstance(packet, Failure) else packet


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(flows())
def test_every_port_sends_what_the_rules_say(drawn: Drawn) -> None:
    lines = {name: drawn.flow.lines[name] for name in drawn.read}
    program = drawn.flow.draft.streams(**{f"o{i}": name for i, name in enumerate(lines)})
    ports, _ = play(program, drawn.items, drawn.value)
    for line, sent in zip(lines.values(), ports, strict=True):
        expected = line.packets if line.step is not None else [line.packets]
        if line.step is None:
            expected = [packet for packet in expected if packet is not EMPTY]
        assert [told(packet) for packet in sent] == [told(packet) for packet in expected]


async def at_once(packets: Sequence[Slot]) -> AsyncIterator[list[tuple[Slot, ...]]]:
    yield [(packet,) for packet in packets]


def lost(component: Callee, drawn: Drawn) -> list[Failure]:
    """What goes nowhere if everything is given at once."""

    async def main() -> list[Failure]:
        current = transaction()
        feeds = [Feed((0,), at_once(drawn.items))]
        async with StreamTransaction(component, (EMPTY, drawn.value), feeds, current) as stream:
            while await stream.take() is not None:
                pass
            await stream.ended()
        return current.unhandled

    return run_virtually(main())


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(flows())
def test_what_goes_nowhere_is_the_same_however_it_is_fed(drawn: Drawn) -> None:
    program = drawn.flow.draft.streams(**{f"o{i}": name for i, name in enumerate(drawn.read)})
    assert play(program, drawn.items, drawn.value)[1] == lost(program, drawn)
