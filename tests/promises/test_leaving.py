"""Who is not read any more stops, a flow as a whole; and what it had made counts for nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from tests.engine.test_streams import core, play
from tests.fakes import Draft, FakeStreamer, Wire, exception, fake, source, transducer
from wasmflow.component import Call
from wasmflow.engine.streams import StreamProgram
from wasmflow.packet import Slot


def slowly(seconds: float) -> Callable[[], Awaitable[object]]:
    return partial(asyncio.sleep, seconds)


def endless() -> FakeStreamer:
    made = source()
    made.pulls = lambda at: [at]
    return made


def beside(inner: Draft, *, output: str, watched: str, delay: float | None) -> StreamProgram:
    """A flow that refuses some packets of a stream on a branch that leads nowhere."""

    def refuse(x: int) -> Slot:
        return exception(str(x)) if x == 2 else ()

    inner.node("side", fake(refuse, outputs="", delay=delay), input=watched)
    return inner.streams(out=output)


def taking(flow: StreamProgram, count: int, **inputs: Wire) -> StreamProgram:
    outer = Draft("items*").node("f", flow, inputs)
    outer.node("k", core("take", "input", count=count), input="f.out")
    return outer.streams(out="k.output")


def test_a_flow_that_is_not_read_any_more_stops_with_all_its_branches() -> None:
    numbers = endless()
    inner = Draft().node("s", numbers).node("side", fake(lambda x: x), input="s.output")
    flow = taking(inner.streams(out="s.output"), 3)
    assert play(flow, []) == ([[0, 1, 2]], [])
    assert numbers.sessions[0].closed
    assert numbers.sessions[0].pulled < 5


def test_flows_inside_it_stop_too() -> None:
    numbers = endless()
    inner = Draft().node("s", numbers).streams(out="s.output")
    middle = Draft().node("i", inner).node("side", fake(lambda x: x), input="i.out")
    flow = taking(middle.streams(out="i.out"), 3)
    assert play(flow, []) == ([[0, 1, 2]], [])
    assert numbers.sessions[0].closed


@pytest.mark.parametrize("delays", [(None, None), (None, 1), (1, None), (1, 0.3), (0.3, 1)])
@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_what_failed_beside_a_stream_that_is_left_does_not_count(
    delays: tuple[float | None, float | None], count: int
) -> None:
    main, side = delays
    pause = None if main is None else slowly(main)
    inner = Draft("items*").node("t", transducer(lambda x: x, pause=pause), input="<>.items")
    flow = beside(inner, output="t.output", watched="<>.items", delay=side)
    outer = Draft("items*").node("f", flow, items="<>.items")
    outer.node("d", fake(lambda x: x, delay=main), input="f.out")
    outer.node("k", core("take", "input", count=count), input="d.output")
    assert play(outer.streams(out="k.output"), range(5)) == ([list(range(count))], [])


@pytest.mark.parametrize("delays", [(None, None), (None, 1), (1, None)])
def test_what_failed_beside_a_stream_that_is_read_to_its_end_counts(
    delays: tuple[float | None, float | None],
) -> None:
    main, side = delays
    inner = Draft("items*").node("d", fake(lambda x: x, delay=main), input="<>.items")
    flow = beside(inner, output="d.output", watched="<>.items", delay=side)
    assert play(taking(flow, 6, items="<>.items"), range(5)) == (
        [[0, 1, 2, 3, 4]],
        [exception("2", "f/side")],
    )


def test_a_value_that_was_read_keeps_no_flow_running_whose_streams_are_left() -> None:
    numbers = endless()
    inner = Draft("value").node("s", numbers).node("side", fake(lambda x: x), input="s.output")
    inner.node("v", fake(lambda x: x), input="<>.value")
    outer = Draft("items* value").node(
        "f", inner.streams(o="s.output", v="v.output"), value="<>.value"
    )
    outer.node("k", core("take", "input", count=2), input="f.o")
    ports, unhandled = play(outer.streams(o="k.output", v="f.v"), [], 7)
    assert (ports, unhandled) == ([[0, 1], [7]], [])
    assert numbers.sessions[0].closed


def test_another_reader_keeps_a_flow_running() -> None:
    inner = Draft("items*").node("t", transducer(lambda x: x), input="<>.items")
    flow = beside(inner, output="t.output", watched="<>.items", delay=1)
    outer = Draft("items*").node("f", flow, items="<>.items")
    outer.node("k", core("take", "input", count=2), input="f.out")
    ports, unhandled = play(outer.streams(k="k.output", all="f.out"), range(4))
    assert ports == [[0, 1], [0, 1, 2, 3]]
    assert unhandled == [exception("2", "f/side")]


@pytest.mark.parametrize("delay", [None, 1])
def test_the_flows_of_all_elements_are_in_vain_if_their_streams_are_left(
    delay: float | None,
) -> None:
    numbers = source(1, 2, 3, inputs="input")
    inner = Draft("input").node("s", numbers, input="<>.input")
    flow = beside(inner, output="s.output", watched="s.output", delay=delay)
    lifted = Draft("items*").node("f", flow, input="<>.items")
    lifted.node("d", fake(lambda x: x, delay=0.5), input="f.out")
    lifted.node("k", core("take", "input", count=5), input="d.output")
    assert play(lifted.streams(out="k.output"), range(2)) == ([[1, 2, 3, 1, 2]], [])


@pytest.mark.parametrize("delay", [None, 1])
def test_what_failed_beside_the_streams_of_elements_counts_if_these_are_read(
    delay: float | None,
) -> None:
    inner = Draft("input").node("s", source(1, 2, 3, inputs="input"), input="<>.input")
    flow = beside(inner, output="s.output", watched="s.output", delay=delay)
    lifted = Draft("items*").node("f", flow, input="<>.items").streams(out="f.out")
    assert play(lifted, range(2)) == ([[1, 2, 3, 1, 2, 3]], [exception("2", "f/side")])


@pytest.mark.parametrize("delay", [None, 0, 1])
def test_a_flow_of_values_that_is_called_for_each_element_fails_nothing_once_it_is_left(
    delay: float | None,
) -> None:
    inner = Draft("x").node("side", fake(lambda x: exception(str(x)), outputs=""), input="<>.x")
    outer = Draft("items*").node("w", fake(lambda x: x, delay=delay), input="<>.items")
    outer.node("f", inner.program(out="<>.x"), x="w.output")
    outer.node("k", core("take", "input", count=2), input="f.out")
    assert play(outer.streams(out="k.output"), range(6)) == ([[0, 1]], [])


def test_a_stream_that_was_read_to_its_end_shows_that_the_rest_is_wanted() -> None:
    inner = Draft("items*").node("t", transducer(lambda x: x), input="<>.items")
    inner.node(
        "side", fake(lambda x: exception("no") if x == 5 else (), outputs=""), input="<>.items"
    )
    flow = inner.streams(p="t.output", q="<>.items")
    outer = Draft("items*").node("f", flow, items="<>.items")
    outer.node("k", core("take", "input", count=1), input="f.p")
    ports, unhandled = play(outer.streams(a="k.output", b="f.q"), range(6))
    assert ports == [[0], list(range(6))]
    assert unhandled == [exception("no", "f/side")]


def test_no_failure_is_lost_for_others_that_are_taken_back() -> None:
    inner = Draft("items*").node(
        "side", fake(lambda x: exception(str(x)), outputs=""), input="<>.items"
    )
    outer = Draft("items*").node("f", inner.streams(out="<>.items"), items="<>.items")
    outer.node("k", core("take", "input", count=1500), input="f.out")
    outer.node(
        "g", fake(lambda x: exception("real") if x == 1400 else (), outputs=""), input="<>.items"
    )
    ports, unhandled = play(outer.streams(out="k.output"), range(2000))
    assert ports == [list(range(1500))]
    assert unhandled == [exception("real", "g")]


def test_a_long_flow_is_left_without_a_deep_stack() -> None:
    flow = Draft("items*")
    last = "<>.items"
    for number in range(500):
        flow.node(f"n{number}", fake(lambda x: x), input=last)
        last = f"n{number}.output"
    flow.node("k", core("take", "input", count=2), input=last)
    assert play(flow.streams(out="k.output"), range(9)) == ([[0, 1]], [])


@pytest.mark.parametrize("leaf", range(6))
@pytest.mark.parametrize("reader", range(4))
def test_what_is_cancelled_leaves_no_failure_behind(leaf: int, reader: int) -> None:
    async def ticks(count: int) -> None:
        for _ in range(count):
            await asyncio.sleep(0)

    refusing = fake(lambda x: exception(str(x)), outputs="")
    refusing.pause = partial(ticks, leaf)
    reading = fake(lambda x: x)
    reading.pause = partial(ticks, reader)
    side = Draft("x").node("leaf", refusing, input="<>.x").program()
    inner = Draft("x*").node("side", side, x="<>.x").streams(out="<>.x")
    outer = Draft("items*").node("f", inner, x="<>.items").node("d", reading, input="f.out")
    outer.node("k", core("take", "input", count=1), input="d.output")
    assert play(outer.streams(out="k.output"), range(6)) == ([[0]], [])


@pytest.mark.parametrize("wait", [0, 30])
def test_an_output_that_nobody_reads_keeps_its_failures_while_another_is_wanted(
    wait: float,
) -> None:
    inner = Draft("items* other*1").node("d", fake(lambda x: x, delay=wait), input="<>.other")
    refuse = fake(lambda x: exception("e") if x == 2 else x)
    inner.node("c", refuse, input="<>.items")
    flow = inner.streams(a="<>.items", b="d.output", c="c.output")
    outer = Draft("items* other*1").node("f", flow, items="<>.items", other="<>.other")
    outer.node("k", core("take", "input", count=1), input="f.a")
    outer.node("r", core("collect", "input"), input="f.b")
    ports, unhandled = play(outer.streams(k="k.output", r="r.output"), range(4), [7])
    assert (ports, unhandled) == ([[0], [[7]]], [exception("e", "f/c")])


def test_the_next_element_waits_for_all_that_the_last_one_began() -> None:
    slow = fake(lambda x: (), outputs="", delay=5)
    inner = Draft("x").node("s", source(1, inputs="input"), input="<>.x")
    inner.node("side", slow, input="<>.x")
    lifted = Draft("items*").node("f", inner.streams(out="s.output"), x="<>.items")
    begun: list[int] = []

    def ended(_slots: tuple[Slot, ...], _call: Call) -> tuple[()]:
        begun.append(slow.running)
        return ()

    slow.act = ended
    assert play(lifted.streams(out="f.out"), range(5)) == ([[1] * 5], [])
    assert set(begun) == {1}
