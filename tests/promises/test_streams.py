"""A transaction with streams always ends, leaves nothing behind, and holds no more than it must."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Iterable
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.naive_streams import Drawn, flows
from tests.engine.test_streams import chunks, core, pair, play
from tests.fakes import (
    Draft,
    FakeStreamer,
    error,
    exception,
    expander,
    fake,
    never,
    reducer,
    run_virtually,
    source,
    transaction,
    transducer,
    wire,
)
from wasmflow.component import Call, Callee, Outcome
from wasmflow.engine.channel import CAPACITY
from wasmflow.engine.edge import Feed, StreamTransaction
from wasmflow.packet import EMPTY, Kind, Slot
from wasmflow.types import model as wit

SEARCH = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def streamers(drawn: Drawn) -> list[FakeStreamer]:
    return [each for each in drawn.flow.draft.components if isinstance(each, FakeStreamer)]


def program(drawn: Drawn) -> Callee:
    names = [name for name in drawn.flow.lines if not name.startswith("<>")]
    return drawn.flow.draft.streams(**{f"o{i}": name for i, name in enumerate(names)})


@SEARCH
@given(flows(), st.integers(0, 40))
def test_who_leaves_at_any_moment_leaves_nothing_behind(drawn: Drawn, takes: int) -> None:
    component = program(drawn)

    async def main() -> None:
        feeds = [Feed((0,), chunks(drawn.items))]
        values = (EMPTY, drawn.value)
        async with StreamTransaction(component, values, feeds, transaction()) as stream:
            for _ in range(takes):
                if await stream.take() is None:
                    assert await stream.take() is None
                    break
        assert stream.statistics() == []

    run_virtually(main())
    sessions = [session for each in streamers(drawn) for session in each.sessions]
    assert all(session.closed for session in sessions)


@SEARCH
@given(flows())
def test_every_session_is_closed_at_the_end(drawn: Drawn) -> None:
    play(program(drawn), drawn.items, drawn.value)
    sessions = [session for each in streamers(drawn) for session in each.sessions]
    assert all(session.closed for session in sessions)


def chain(length: int) -> Draft:
    draft, last = Draft("items*"), "<>.items"
    for at in range(length):
        draft.node(f"n{at}", fake(lambda x: x), input=last)
        last = f"n{at}.output"
    return draft


@pytest.mark.parametrize("length", [1, 3, 10])
def test_a_slow_consumer_slows_what_gives(length: int) -> None:
    given = 0

    async def endless() -> AsyncIterator[list[tuple[Slot, ...]]]:
        nonlocal given
        while True:
            given += 1
            yield [(given,)]

    async def main() -> None:
        flow = chain(length).streams(out=f"n{length - 1}.output")
        async with StreamTransaction(
            flow, (EMPTY,), [Feed((0,), endless())], transaction()
        ) as stream:
            for expected in range(1, 201):
                await asyncio.sleep(1)
                assert await stream.take() == [(0, expected)]
                assert given <= expected + (length + 2) * CAPACITY

    run_virtually(main())


def test_a_source_that_never_ends_is_stopped_by_who_takes_enough() -> None:
    endless = FakeStreamer(source().signature, pulls=lambda at: [at])
    flow = Draft().node("s", endless).node("t", core("take", "input", count=5), input="s.output")
    flow.node("r", reducer(sum), input="t.output")
    assert play(flow.streams(out="r.output")) == ([[10]], [])
    assert endless.sessions[0].pulled <= 6
    assert endless.sessions[0].closed


def test_a_deadline_ends_a_stream_in_the_middle() -> None:
    slow = fake(lambda x: x, delay=2)
    flow = Draft("items*").node("s", slow, input="<>.items").streams(out="s.output")
    current = transaction(deadline=time.monotonic() + 5)
    ports, unhandled = play(flow, list(range(10)), of=current)
    assert ports == [[0, 1]]
    reached, running = unhandled
    assert (reached.message, reached.origin) == ("the transaction's time limit was reached", "")
    assert (running.message[:17], running.origin) == ("was still running", "s")
    assert (slow.running, slow.cancelled) == (0, 1)


def test_a_stream_in_which_nothing_moves_is_ended() -> None:
    stuck = never()
    flow = Draft("items*").node("s", stuck, input="<>.items").streams(out="s.output")
    _, unhandled = play(flow, [1], of=transaction(patience=30))
    assert [each.message for each in unhandled] == ["nothing has moved for 30 s"]
    assert stuck.running == 0


def test_the_time_of_its_caller_does_not_count() -> None:
    async def slowly() -> AsyncIterator[list[tuple[Slot, ...]]]:
        for number in range(3):
            await asyncio.sleep(1000)
            yield [(number,)]

    async def main() -> list[Slot]:
        taken = []
        flow = chain(2).streams(out="n1.output")
        current = transaction(patience=1)
        async with StreamTransaction(flow, (EMPTY,), [Feed((0,), slowly())], current) as stream:
            while (each := await stream.take()) is not None:
                await asyncio.sleep(1000)
                taken.append(each[0][1])
        assert current.unhandled == []
        return taken

    assert run_virtually(main()) == [0, 1, 2]


@pytest.mark.parametrize("kind", list(Kind))
def test_a_component_may_fail_at_any_point(kind: Kind) -> None:
    failure = exception("no") if kind is Kind.EXCEPTION else error("no")
    cases: list[tuple[FakeStreamer, list[str]]] = [
        (transducer(lambda x: x, refusal=failure), ["no"]),
        (transducer(lambda x: x, rest=lambda: failure), ["no"]),
        (expander(lambda _: failure), ["no"] * (3 if kind is Kind.EXCEPTION else 1)),
        (reducer(lambda _: failure), ["no"]),
    ]
    for component, messages in cases:
        flow = Draft("items*").node("c", component, input="<>.items")
        (sent,), unhandled = play(flow.streams(out="c.output"), [1, 2, 3])
        assert [each.message for each in sent if not isinstance(each, int)] == messages
        assert unhandled == []
        assert all(session.closed for session in component.sessions)


def test_a_source_that_fails_sends_the_failure_last() -> None:
    failing = source(1, exception("no", "s"), 3)
    flow = Draft().node("s", failing).streams(out="s.output")
    assert play(flow) == ([[1, exception("no", "s")]], [])


def test_a_component_that_breaks_its_contract_is_an_error(caplog: pytest.LogCaptureFixture) -> None:
    broken = transducer(lambda x: 1 / 0)
    flow = Draft("items*").node("c", broken, input="<>.items").streams(out="c.output")
    ((failure,),), _ = play(flow, [1, 2])
    assert "a bug in 'test::transducer', ZeroDivisionError" in failure.message
    assert "component_bug" in caplog.text


async def some_and_wait(packets: Iterable[Slot]) -> AsyncIterator[list[tuple[Slot, ...]]]:
    """A caller that gives these, and neither more nor the end."""
    yield [(packet,) for packet in packets]
    await asyncio.Event().wait()


def taken(component: Callee, count: int, *feeds: Feed, **fields: Any) -> list[Slot]:
    """So many packets of the only output, in virtual time."""

    async def main() -> list[Slot]:
        values = [EMPTY] * len(component.signature.inputs)
        current = transaction(**fields)
        async with asyncio.timeout(10), StreamTransaction(component, values, feeds, current) as run:
            return [(await run.take() or [])[0][1] for _ in range(count)]

    return run_virtually(main())


def batched(count: int) -> Callee:
    """A stream, zipped with lists of so many of its packets."""
    flow = Draft("items*").node("b", core("batch", "input", count=count), input="<>.items")
    flow.node("z", core("zip", "lists", "each"), lists="b.output", each="<>.items")
    return flow.streams(out="z.output")


def test_what_a_caller_has_given_goes_on_although_he_may_give_more() -> None:
    (first,) = taken(batched(300), 1, Feed((0,), some_and_wait(range(300))))
    assert first == {"lists": list(range(300)), "each": 0}


def test_a_channel_does_not_grow_while_its_reader_waits_for_the_caller() -> None:
    given = 0

    async def endless() -> AsyncIterator[list[tuple[Slot, ...]]]:
        nonlocal given
        while True:
            given += 1
            yield [(given,)]

    flow = Draft("a* b*1").node("z", core("zip", "a", "b"), a="<>.a", b="<>.b")
    component = flow.streams(out="z.output")
    feeds = [Feed((0,), endless()), Feed((1,), some_and_wait([]))]
    with pytest.raises(TimeoutError):
        taken(component, 1, *feeds)
    assert given <= 2 * CAPACITY + 2


def test_a_stream_that_broke_ends_what_is_in_step_without_another_packet() -> None:
    breaking = transducer(lambda x: error() if x == 1 else x)
    flow = Draft("items*").node("t", breaking, input="<>.items")
    flow.node("d", fake(lambda x, y: x + y, "a b"), a="t.output", b="<>.items")
    flow.node("c", core("collect", "input"), input="d.output")
    packets = taken(flow.streams(out="c.output"), 1, Feed((0,), some_and_wait([0, 1])))
    assert packets == [error(origin="t")]


@pytest.mark.parametrize("pause", [None, partial(asyncio.sleep, 1)])
def test_a_failure_at_the_end_of_a_stream_stands_alone(pause: Any) -> None:
    last = transducer(lambda x: x, rest=lambda: exception("at last"), pause=pause)
    flow = Draft("items*").node("t", last, input="<>.items")
    flow.node("d", fake(lambda x, y: x + y, "a b?"), a="<>.items", b="t.output")
    flow.node("u", transducer(lambda x: x), input="d.output")
    ports, unhandled = play(flow.streams(out="u.output"), [1, 2])
    assert (ports, unhandled) == ([[2, 4, exception("at last", "t")]], [])


@pytest.mark.parametrize("label", ["plain", "converted", "spread", "sorted"])
def test_a_source_in_a_flow_does_not_run_ahead_of_who_reads_the_flow(label: str) -> None:
    numbers = source(*range(1000))
    inner = Draft().node("s", numbers)
    outer = Draft().node("f", inner.streams(out="s.output"))
    if label == "sorted":
        outer.node("e", fake(lambda e: e), input="f.<error>")
    reads = wire("f.out", source=wit.S64, target=wit.F64) if label == "converted" else "f.out"
    passing = Draft("items*").streams(out="<>.items")
    if label == "spread":
        pairing = Draft("items*").node("p", pair, left="<>.items", right="<>.items")
        passing = pairing.streams(out="p.output")
    outer.node("g", passing, items=reads)
    more = {"e": "e.output"} if label == "sorted" else {}

    async def main() -> int:
        component = outer.streams(out="g.out", **more)
        async with StreamTransaction(component, [], [], transaction()) as run:
            for _ in range(3):
                await run.take()
            return numbers.sessions[0].pulled

    assert run_virtually(main()) <= 5


def test_transactions_leave_no_objects() -> None:
    class Sum:
        """A component without a memory."""

        signature = fake(lambda x: x).signature

        def start(self, inputs: tuple[Slot, ...], call: Call) -> Outcome:
            return inputs

    flow = Draft("items*").node("a", Sum(), input="<>.items").node("b", Sum(), input="a.output")
    component = flow.node("c", core("collect", "input"), input="b.output").streams(out="c.output")

    async def some(times: int) -> None:
        for _ in range(times):
            feeds = [Feed((0,), chunks([1, 2, 3]))]
            async with StreamTransaction(component, (EMPTY,), feeds, transaction()) as stream:
                assert await stream.take() == [(0, [1, 2, 3])]
                assert await stream.take() is None

    def count() -> int:
        gc.collect()
        return len(gc.get_objects())

    run_virtually(some(100))
    before = count()
    run_virtually(some(2000))
    assert count() - before < 100
