"""What is recorded of the calls of a transaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count

from tests.fakes import Draft, error, fake, run_virtually, source, transaction
from wasmflow.component import Callee, Component
from wasmflow.engine.edge import Feed, StreamTransaction
from wasmflow.engine.events import CallEnded, CallStarted, TransactionBegan, TransactionEnded
from wasmflow.engine.transaction import run_transaction
from wasmflow.graph.plan import Retry
from wasmflow.packet import EMPTY
from wasmflow.telemetry import spans
from wasmflow.telemetry.spans import Recording


def ticking() -> Recording:
    ticks = count()
    return Recording(lambda: float(next(ticks)))


def recorded(component: Component, *inputs: object) -> Recording:
    recording = ticking()
    run_virtually(run_transaction(component, inputs, transaction(listen=recording)))
    return recording


def test_a_call_is_recorded_with_its_times_and_outcome() -> None:
    (span,) = recorded(fake(lambda x: x + 1), 1).spans
    assert (span.path, span.component, span.outcome) == ((), "fake", (2,))
    assert (span.began, span.ended, span.parent) == (1.0, 2.0, None)


def test_a_call_in_a_flow_is_within_the_flow_s() -> None:
    inner = Draft("x").node("b", fake(lambda x: x), input="<>.x").program(output="b.output")
    outer = Draft("x").node("a", inner, x="<>.x").program(output="a.output")
    edge, flow, call = recorded(outer, 1).spans
    assert [edge.path, flow.path, call.path] == [(), ("a",), ("a", "b")]
    assert [edge.parent, flow.parent, call.parent] == [None, edge, flow]


def test_each_try_is_recorded() -> None:
    left = [error("once"), 5]
    draft = Draft().node("a", fake(lambda: left.pop(0), ""), retry=Retry(3, delay=2))
    _, first, second = recorded(draft.program(output="a.output")).spans
    assert (first.attempt, first.outcome) == (0, error("once"))
    assert (second.attempt, second.outcome) == (1, (5,))


def test_a_call_that_was_cancelled_has_no_end() -> None:
    recording = ticking()
    slow = fake(lambda x: x, delay=9)

    async def leave() -> None:
        task = asyncio.create_task(run_transaction(slow, (1,), transaction(listen=recording)))
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait((task,))

    run_virtually(leave())
    (span,) = recording.spans
    assert (span.ended, span.outcome) == (None, None)


def test_calls_for_elements_that_overlap_are_told_apart() -> None:
    recording = ticking()
    for n in (0, 1):
        recording(CallStarted(("a",), "t::f", 0, (), (n,)))
        recording(CallStarted(("a", "b"), "t::g", 0, (), (n,)))
    for n in (0, 1):
        recording(CallEnded(("a", "b"), "t::g", 0, (n,), (n,)))
    inner = [span for span in recording.spans if span.component == "t::g"]
    assert [(span.elements, span.outcome) for span in inner] == [((0,), (0,)), ((1,), (1,))]
    assert [span.parent for span in inner] == [recording.spans[0], recording.spans[2]]


def test_a_lifted_call_is_within_the_flow_that_is_called_once() -> None:
    recording = ticking()
    recording(CallStarted((), "flow", 0, ()))
    recording(CallStarted(("a", "b"), "t::g", 0, (), (3, 1)))
    assert recording.spans[1].parent is recording.spans[0]


def played(component: Callee, values: int) -> Recording:
    """Of a component that is given so many elements."""
    recording = ticking()

    async def play() -> None:
        feeds = [Feed((0,), _elements(values))] if component.signature.inputs else []
        running = transaction(listen=recording)
        async with StreamTransaction(component, [EMPTY] * len(feeds), feeds, running) as stream:
            while await stream.take() is not None:
                pass

    run_virtually(play())
    return recording


async def _elements(count: int) -> AsyncIterator[list[tuple[int]]]:
    for n in range(count):
        yield [(n,)]


def doubling(act: Callable[[int], object]) -> Callee:
    return Draft("items*").node("d", fake(act), input="<>.items").streams(out="d.output")


def test_a_flow_with_streams_is_one_call_from_its_beginning_to_its_end() -> None:
    flow, *calls = played(doubling(lambda x: 2 * x), 2).spans
    assert (flow.path, flow.began, flow.ended, flow.outcome) == ((), 0.0, 5.0, ())
    assert [(call.path, call.parent) for call in calls] == [(("d",), flow)] * 2


def test_a_flow_with_streams_that_calls_nothing_is_a_call_too() -> None:
    (flow,) = played(doubling(lambda x: x), 0).spans
    assert (flow.began, flow.ended) == (0.0, 1.0)


def test_a_flow_with_streams_comes_to_what_failed_in_it_unless_it_was_cancelled() -> None:
    recording, running = ticking(), transaction()
    for _ in range(2):
        recording(TransactionBegan(running, "flow"))
        recording(TransactionEnded(running, (error("too late"),)))
        running.cancelled = True
    failed, cancelled = recording.spans
    assert failed.outcome == error("too late")
    assert (cancelled.ended, cancelled.outcome) == (None, None)


def test_a_streaming_component_is_one_call() -> None:
    (span,) = played(source(1, 2), 0).spans
    assert (span.path, span.component) == ((), "source")


def test_no_more_than_so_many_calls_are_recorded() -> None:
    recording = ticking()
    for event in many(spans.MOST + 5):
        recording(event)
    assert len(recording.spans) == spans.MOST
    assert recording.left_out == 5
    assert all(span.outcome is not None for span in recording.spans)


def many(calls: int) -> Iterator[object]:
    for n in range(calls):
        yield CallStarted(("a",), "t::f", 0, (), (n,))
        yield CallEnded(("a",), "t::f", 0, (), (n,))
