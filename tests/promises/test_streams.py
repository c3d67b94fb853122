"""A transaction with streams always ends, leaves nothing behind, and holds no more than it must."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
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
from wasmflow.graph.plan import Retry
from wasmflow.limits import Limits
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


@dataclass
class Endless:
    """A caller that gives for as long as there is room, and counts."""

    make: Callable[[int], Slot] = lambda number: number
    given: int = 0

    async def __call__(self) -> AsyncIterator[list[tuple[Slot, ...]]]:
        while True:
            self.given += 1
            yield [(self.make(self.given),)]


@pytest.mark.parametrize("length", [1, 3, 10])
def test_a_slow_consumer_slows_what_gives(length: int) -> None:
    endless = Endless()

    async def main() -> None:
        flow = chain(length).streams(out=f"n{length - 1}.output")
        async with StreamTransaction(
            flow, (EMPTY,), [Feed((0,), endless())], transaction()
        ) as stream:
            for expected in range(1, 201):
                await asyncio.sleep(1)
                assert await stream.take() == [(0, expected)]
                assert endless.given <= expected + (length + 2) * CAPACITY

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
    _, unhandled = play(flow, [1], of=transaction(limits=Limits(transaction_seconds=30)))
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
        current = transaction(limits=Limits(transaction_seconds=1))
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
    assert "a bug in 'test::transducer', ZeroDivisionError" in failure.whole
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
    endless = Endless()

    flow = Draft("a* b*1").node("z", core("zip", "a", "b"), a="<>.a", b="<>.b")
    component = flow.streams(out="z.output")
    feeds = [Feed((0,), endless()), Feed((1,), some_and_wait([]))]
    with pytest.raises(TimeoutError):
        taken(component, 1, *feeds)
    assert endless.given <= 2 * CAPACITY + 2


def test_a_slow_output_of_a_flow_holds_up_the_other_and_fails_nothing() -> None:
    inner = Draft("slow* fast*1").node("s", fake(lambda x: x, delay=1), input="<>.slow")
    flow = inner.streams(a="s.output", b="<>.fast", unread="<>.slow")
    outer = Draft("slow* fast*1").node("f", flow, slow="<>.slow", fast="<>.fast")
    outer.node("z", core("zip", "a", "b"), a="f.a", b="f.b")
    endless = Endless(lambda _: "x" * 1000)

    feeds = [Feed((0,), chunks(range(30))), Feed((1,), endless())]
    lines = taken(outer.streams(out="z.output"), 5, *feeds, limits=Limits(channel_bytes=1 << 18))
    assert [line["a"] for line in lines] == [0, 1, 2, 3, 4]
    assert endless.given <= 4 * CAPACITY


async def ticking() -> AsyncIterator[list[tuple[Slot, ...]]]:
    while True:
        await asyncio.sleep(0.5)
        yield [(0,)]


@pytest.mark.parametrize("other", [some_and_wait([]), ticking()])
def test_what_the_caller_waits_for_together_comes_whatever_else_it_gives(
    other: AsyncIterator[list[tuple[Slot, ...]]],
) -> None:
    flow = Draft("items* other*1").node("c", core("collect", "input"), input="<>.items")
    flow.node("m", fake(lambda x, all_: (len(all_),), "x all"), x="<>.items", all="c.output")
    flow.node("o", core("collect", "input"), input="<>.other")
    component = flow.streams(a="<>.items", b="m.output", c="o.output")

    async def main() -> list[Any]:
        feeds = [Feed((0,), chunks(range(200))), Feed((1,), other)]
        async with asyncio.timeout(60):
            async with StreamTransaction(component, [EMPTY] * 2, feeds, transaction()) as run:
                return [await run.take() for _ in range(200)]

    assert run_virtually(main()) == [[(0, x), (1, 200)] for x in range(200)]


def test_calls_inside_a_flow_count_as_moving() -> None:
    inner = Draft("x").node("a", fake(lambda x: x, delay=0.9), input="<>.x")
    inner.node("b", fake(lambda x: x, delay=0.9), input="a.output")
    inner.node("c", fake(lambda x: x, delay=0.9), input="b.output")
    of_values = Draft("items*").node("f", inner.program(out="c.output"), x="<>.items")
    play_(of_values.streams(out="f.out"))
    parts = Draft("x").node("e", core("each", "input"), input="<>.x")
    parts.node("w", fake(lambda x: x, delay=0.9), input="e.output")
    parts.node("c", core("collect", "input"), input="w.output")
    of_streams = Draft("items*").node("f", parts.streams(out="c.output"), x="<>.items")
    assert play(
        of_streams.streams(out="f.out"),
        [[1, 2, 3]],
        of=transaction(limits=Limits(transaction_seconds=1)),
    ) == (
        [[[1, 2, 3]]],
        [],
    )


def test_waiting_for_a_retry_or_for_the_clock_is_no_standing_still() -> None:
    broken = iter([error(), 1, 2])
    flow = Draft("items*").node("b", fake(lambda x: x, delay=0.1), input="<>.items")
    flow.node("a", fake(lambda _: next(broken)), input="<>.items", retry=Retry(1, delay=5))
    two = flow.streams(a="a.output", b="b.output")
    assert play(two, [0, 1], of=transaction(limits=Limits(transaction_seconds=1))) == (
        [[1, 2], [0, 1]],
        [],
    )
    batch = core("batch", "input", seconds=5)
    flow = Draft("items*").node("l", batch, input="<>.items")
    flow.node("z", core("zip", "l", "r"), l="l.output", r="<>.items")
    ports, _ = play(
        flow.streams(out="z.output"),
        range(200),
        of=transaction(limits=Limits(transaction_seconds=1)),
    )
    assert ports[0][0]["r"] == 0


def play_(component: Callee) -> None:
    assert play(component, [1], of=transaction(limits=Limits(transaction_seconds=1))) == ([[1]], [])


def test_cancelling_again_during_cleanup_leaves_nothing_running_either() -> None:
    running = 0

    async def stubborn() -> None:
        nonlocal running
        running += 1
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(1)
            running -= 1

    flow = Draft("items*").node("t", transducer(lambda x: x, pause=stubborn), input="<>.items")
    component = flow.streams(out="t.output")

    async def stream() -> None:
        feeds = [Feed((0,), chunks([1]))]
        async with StreamTransaction(component, [EMPTY], feeds, transaction()) as run:
            await run.take()

    async def main() -> None:
        task = asyncio.create_task(stream())
        await asyncio.sleep(0.1)
        for _ in range(3):
            task.cancel()
            await asyncio.sleep(0.1)
        with pytest.raises(asyncio.CancelledError):
            await task
        assert running == 0

    run_virtually(main())


def test_every_feed_is_closed_though_one_of_them_cannot_be() -> None:
    closed = []

    async def closing(name: str) -> AsyncIterator[list[tuple[Slot, ...]]]:
        try:
            while True:
                yield [(name,)]
        finally:
            closed.append(name)
            raise ValueError(name)

    flow = Draft("a* b*1").node("i", core("interleave", "a", "b"), a="<>.a", b="<>.b")
    feeds = [Feed((0,), closing("a")), Feed((1,), closing("b"))]
    with pytest.raises(ValueError, match="a"):
        taken(flow.streams(out="i.output"), 5, *feeds)
    assert sorted(closed) == ["a", "b"]


def forms(component: Callee) -> list[Callee]:
    """An instance with an optional stream input that gets nothing: by itself, and in a flow."""
    alone = Draft("x?").node("t", component, input="<>.x").streams(out="t.output")
    inner = Draft("items?*").node("t", component, input="<>.items").streams(out="t.output")
    return [alone, Draft("x?").node("f", inner, items="<>.x").streams(out="f.out")]


def test_nothing_on_a_stream_port_is_a_stream_of_nothing() -> None:
    for form in forms(transducer(lambda x: f"got {x}", "input?*")):
        assert play(form, EMPTY) == ([[]], [])
        assert play(form, 1) == ([["got 1"]], [])


def test_the_failures_of_a_flow_end_with_its_stream_that_broke() -> None:
    breaking = transducer(lambda x: error("broke") if x == 1 else x)
    inner = Draft("items*").node("t", breaking, input="<>.items").streams(out="t.output")
    outer = Draft("items*").node("f", inner, items="<>.items")
    joined = fake(lambda x, e: ((x, "" if e is EMPTY else e["message"]),), "x e?")
    outer.node("p", joined, x="<>.items", e="f.<error>")
    ports, _ = play(outer.streams(o="p.output"), range(4))
    assert ports == [[(0, ""), (1, "broke")]]


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
