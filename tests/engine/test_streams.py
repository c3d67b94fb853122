"""Flows with streams, run with stand-ins for components: each rule of the semantics by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest

from tests.fakes import (
    Draft,
    FakeStreamer,
    error,
    exception,
    expander,
    fake,
    ports,
    reducer,
    run_virtually,
    source,
    transaction,
    transducer,
    wire,
)
from wasmflow.collections.core.collection import CoreCollection
from wasmflow.component import Callee, Outcome, Signature, Transaction, Use
from wasmflow.engine.edge import Feed, StreamTransaction
from wasmflow.engine.transaction import run_transaction
from wasmflow.limits import Limits
from wasmflow.packet import EMPTY, Failure, Slot


async def chunks(packets: Iterable[Slot]) -> AsyncIterator[list[tuple[Slot, ...]]]:
    for packet in packets:
        yield [(packet,)]


def play(
    component: Callee, *inputs: Any, of: Transaction | None = None
) -> tuple[list[list[Slot]], list[Failure]]:
    """What a component sends on each port, given lists for streams; and what went nowhere."""

    async def main() -> tuple[list[list[Slot]], list[Failure]]:
        running = of or transaction()
        inputs_of = component.signature.inputs
        feeds = [
            Feed((at,), chunks(given))
            for at, (port, given) in enumerate(zip(inputs_of, inputs, strict=True))
            if port.stream
        ]
        ports: list[list[Slot]] = [[] for _ in component.signature.outputs]
        async with StreamTransaction(component, inputs, feeds, running) as stream:
            while (taken := await stream.take()) is not None:
                for index, slot in taken:
                    ports[index].append(slot)
            await stream.ended()
        return ports, running.unhandled

    return run_virtually(main())


def sent(component: Callee, *inputs: Any) -> list[Slot]:
    """What goes out of the only port, where nothing goes nowhere."""
    (packets,), unhandled = play(component, *inputs)
    assert unhandled == []
    return packets


def core(name: str, *inputs: str, **constants: Any) -> Callee:
    """A core component with these inputs and constants."""
    return CoreCollection().component(name, Use(dict.fromkeys(inputs), constants))


double = fake(lambda x: 2 * x)
odd = fake(lambda x: x if x % 2 else EMPTY)


def test_a_value_component_is_called_for_each_element() -> None:
    flow = Draft("items*").node("d", double, input="<>.items").streams(out="d.output")
    assert sent(flow, [1, 2, 3]) == [2, 4, 6]


def test_elements_are_numbered() -> None:
    component = fake(lambda x: x)
    flow = Draft("items*").node("d", component, input="<>.items").streams(out="d.output")
    sent(flow, ["a", "b"])
    assert [call.elements for call in component.calls] == [(0,), (1,)]
    assert {call.path for call in component.calls} == {("d",)}


def test_an_element_that_sends_nothing_leaves_a_gap() -> None:
    flow = Draft("items*").node("o", odd, input="<>.items").streams(out="o.output")
    assert sent(flow, [1, 2, 3]) == [1, EMPTY, 3]


def test_filtered_streams_meet_again_in_step() -> None:
    pair = fake(lambda x, y: (("pair", x, y),), "left right?")
    flow = Draft("items*").node("o", odd, input="<>.items")
    flow.node("p", pair, left="<>.items", right="o.output")
    assert sent(flow.streams(out="p.output"), [1, 2]) == [("pair", 1, 1), ("pair", 2, EMPTY)]


def test_a_value_beside_a_stream_is_held() -> None:
    pair = fake(lambda x, y: f"{x}{y}", "left right")
    flow = Draft("items* end").node("p", pair, left="<>.items", right="<>.end")
    assert sent(flow.streams(out="p.output"), ["a", "b"], "!") == ["a!", "b!"]


def test_a_source_is_pulled_only_as_its_reader_asks() -> None:
    numbers = source(*range(1000))

    async def main() -> int:
        async with StreamTransaction(numbers, [], [], transaction()) as stream:
            for _ in range(3):
                await stream.take()
            return numbers.sessions[0].pulled

    assert run_virtually(main()) == 3
    assert numbers.sessions[0].closed


def test_a_transducer_keeps_the_place_of_what_it_is_not_given() -> None:
    t = transducer(lambda x: x + 1)
    flow = Draft("items*").node("o", odd, input="<>.items").node("t", t, input="o.output")
    failing = exception("no", "elsewhere")
    assert sent(flow.streams(out="t.output"), [1, 2, 3]) == [2, EMPTY, 4]
    flow = Draft("items*").node("t", t, input="<>.items")
    assert sent(flow.streams(out="t.output"), [1, failing, 3]) == [2, failing, 4]


def test_an_exception_of_a_push_takes_its_place_and_an_error_ends_the_component() -> None:
    def act(x: int) -> Any:
        return exception(str(x)) if x == 1 else error("broke") if x == 3 else x

    t = transducer(act)
    flow = Draft("items*").node("t", t, input="<>.items").streams(out="t.output")
    expected = [0, exception("1", "t"), 2, error("broke", "t")]
    assert sent(flow, [0, 1, 2, 3, 4]) == expected
    assert t.sessions[0].closed
    assert not t.sessions[0].finished


def test_what_is_in_step_after_an_error_ends_with_it() -> None:
    t = transducer(lambda x: error("broke") if x == 1 else x)
    flow = Draft("items*").node("t", t, input="<>.items")
    flow.node("a", fake(lambda x, y: f"{x}{y}", "left right"), left="<>.items", right="t.output")
    assert sent(flow.streams(out="a.output"), [0, 1, 2, 3]) == ["00", error("broke", "t")]


def test_a_reducer_makes_one_value() -> None:
    flow = Draft("items*").node("r", reducer(sum), input="<>.items").streams(out="r.output")
    assert sent(flow, [1, 2, 3]) == [6]
    assert sent(flow, []) == [0]


def test_a_failed_element_makes_a_reducers_value_that_failure() -> None:
    r = reducer(sum)
    flow = Draft("items*").node("r", r, input="<>.items").streams(out="r.output")
    assert sent(flow, [1, exception("bad", "x"), 3]) == [exception("bad", "x")]
    assert not r.sessions[0].finished


def test_a_reducer_in_the_middle_feeds_a_value() -> None:
    flow = Draft("items*").node("r", reducer(sum), input="<>.items")
    flow.node("d", double, input="r.output")
    assert sent(flow.streams(out="d.output"), [1, 2]) == [6]


def test_batches_are_cut_by_count_at_failures_and_at_the_end() -> None:
    b = expander(lambda batch: [[x for (x,) in batch]], batches=True)
    flow = Draft("items*").node("b", b, input="<>.items", batch=2).streams(out="b.output")
    failing = exception("f", "elsewhere")
    assert sent(flow, [1, 2, 3, failing, EMPTY, 4]) == [[1, 2], [3], failing, [4]]


def test_a_value_on_a_stream_port_is_a_stream_of_one() -> None:
    flow = Draft("item").node("r", reducer(list), input="<>.item").streams(out="r.output")
    assert sent(flow, 5) == [[5]]


def test_the_failures_of_elements_go_to_the_error_port() -> None:
    fail = fake(lambda x: exception("no") if x == 2 else x)
    flow = Draft("items*").node("f", fail, input="<>.items")
    program = flow.streams(out="f.output", bad="f.<error>")
    (out, bad), unhandled = play(program, [1, 2, 3])
    assert out == [1, EMPTY, 3]
    assert [each if each is EMPTY else each["message"] for each in bad] == [EMPTY, "no", EMPTY]
    assert unhandled == []


def test_a_default_replaces_each_failure() -> None:
    fail = fake(lambda x: exception("no") if x == 2 else x)
    flow = Draft("items*").node("f", fail, input="<>.items")
    assert sent(flow.streams(out=wire("f.output", default=0)), [1, 2, 3]) == [1, 0, 3]


def test_sources_of_each_element_follow_one_another() -> None:
    twice = source("x", "y", inputs="input")
    flow = Draft("items*").node("s", twice, input="<>.items").streams(out="s.output")
    assert sent(flow, [1, 2]) == ["x", "y", "x", "y"]
    assert [s.values for s in twice.sessions] == [(1,), (2,)]
    assert [s.call.elements for s in twice.sessions] == [(0,), (1,)]


def test_the_diamond_ends_although_a_channel_is_full() -> None:
    pair = fake(lambda x, total: (x, total), "left right", "left right")
    items = list(range(1000))
    flow = Draft("items*").node("r", reducer(sum), input="<>.items")
    flow.node("p", pair, left="<>.items", right="r.output")
    (left, right), unhandled = play(flow.streams(l="p.left", r="p.right"), items)
    assert (left, right, unhandled) == (items, [sum(items)] * 1000, [])


def test_the_diamond_ends_as_an_error_where_it_holds_too_much() -> None:
    pair = fake(lambda x, total: x, "left right")
    flow = Draft("items*").node("r", reducer(len), input="<>.items")
    flow.node("p", pair, left="<>.items", right="r.output")
    program = flow.streams(out="p.output")
    items = ["x" * 1000] * 1000
    _, unhandled = play(program, items, of=transaction(limits=Limits(channel_bytes=100_000)))
    assert "bytes stand in its channels" in unhandled[0].message
    assert "<>.items" in unhandled[0].message


def test_who_leaves_cancels_what_runs() -> None:
    numbers = source(*range(1000))
    component = fake(lambda x: x)

    async def main() -> None:
        flow = Draft().node("s", numbers).node("d", component, input="s.output")
        async with StreamTransaction(flow.streams(out="d.output"), [], [], transaction()) as stream:
            await stream.take()

    run_virtually(main())
    assert numbers.sessions[0].closed
    assert len(component.calls) < 100


def test_a_part_whose_readers_have_left_is_cancelled_without_finish() -> None:
    t = transducer(lambda x: x)
    take = core("take", "input", count=2)
    flow = Draft("items*").node("t", t, input="<>.items").node("k", take, input="t.output")
    assert sent(flow.streams(out="k.output"), list(range(500))) == [0, 1]
    assert t.sessions[0].closed
    assert not t.sessions[0].finished


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("concat", [1, 2, 3, 10, 20]),
        ("interleave", [1, 10, 2, 20, 3]),
    ],
)
def test_streams_become_one(name: str, expected: list[int]) -> None:
    joined = core(name, "a", "b")
    flow = Draft("a*0 b*1").node("j", joined, a="<>.a", b="<>.b").streams(out="j.output")
    assert sent(flow, [1, EMPTY, 2, 3], [10, 20]) == expected


def test_zip_pairs_streams_that_are_not_in_step() -> None:
    joined = core("zip", "a", "b")
    flow = Draft("a*0 b*1").node("z", joined, a="<>.a", b="<>.b").streams(out="z.output")
    assert sent(flow, [1, EMPTY, 2], ["x", "y"]) == [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
    short = exception("the streams are not of equal length: b ended first", "z")
    assert sent(flow, [1, 2], ["x"]) == [{"a": 1, "b": "x"}, short]


def test_lists_become_streams_and_streams_lists() -> None:
    flow = Draft("list").node("e", core("each", "input"), input="<>.list")
    flow.node("d", double, input="e.output").node("c", core("collect", "input"), input="d.output")
    items = list(range(500))
    assert sent(flow.streams(out="c.output"), items) == [[2 * x for x in items]]


def test_a_batch_holds_so_many() -> None:
    batch = core("batch", "input", count=2)
    flow = Draft("items*").node("b", batch, input="<>.items").streams(out="b.output")
    assert sent(flow, [1, 2, EMPTY, 3]) == [[1, 2], [3]]


def test_a_batch_waits_for_so_long() -> None:
    batch = core("batch", "input", seconds=1)
    slow = fake(lambda x: x, delay=0.4)
    flow = Draft("items*").node("s", slow, input="<>.items").node("b", batch, input="s.output")
    assert sent(flow.streams(out="b.output"), [1, 2, 3, 4]) == [[1, 2, 3], [4]]


def test_a_flow_with_streams_is_a_component_of_another() -> None:
    inner = Draft("items* end").node(
        "p", fake(lambda x, y: f"{x}{y}", "a b"), a="<>.items", b="<>.end"
    )
    component = inner.streams(out="p.output")
    outer = Draft("items* end").node("f", component, items="<>.items", end="<>.end")
    assert sent(outer.streams(out="f.out"), ["a", "b"], "!") == ["a!", "b!"]


def test_a_flow_does_not_start_where_a_value_is_missing_or_failed() -> None:
    leaf = fake(lambda x, y: x, "a b")
    component = (
        Draft("items* end").node("p", leaf, a="<>.items", b="<>.end").streams(out="p.output")
    )
    fail = fake(lambda _: exception("no"))
    outer = Draft("items* end").node("x", fail, input="<>.end")
    outer.node("f", component, items="<>.items", end="x.output")
    assert sent(outer.streams(out="f.out"), [1, 2], 5) == [exception("no", "x")]
    nothing = Draft("items* end").node("x", fake(lambda _: EMPTY), input="<>.end")
    nothing.node("f", component, items="<>.items", end="x.output")
    assert sent(nothing.streams(out="f.out"), [1, 2], 5) == []
    assert leaf.calls == []


def test_a_flow_of_values_may_have_streams_inside() -> None:
    flow = Draft("list").node("e", core("each", "input"), input="<>.list")
    flow.node("d", fake(lambda x: 2 * x, delay=1), input="e.output")
    flow.node("c", core("collect", "input"), input="d.output")
    component = flow.streams(out="c.output")

    async def main() -> Outcome:
        return await run_transaction(component, ([1, 2, 3],), transaction())

    assert run_virtually(main()) == ([2, 4, 6],)
    outer = Draft("lists*").node("f", component, list="<>.lists")
    assert sent(outer.streams(out="f.out"), [[1], [], [2, 3]]) == [[2], [], [4, 6]]


first_of = fake(lambda x, total: x, "x total")
pair = fake(lambda x, y: ((x, y),), "left right")
failing = fake(lambda x: exception(str(x)) if x % 2 else x)


def test_the_diamond_ends_where_one_side_of_it_is_the_caller() -> None:
    flow = Draft("items*").node("r", reducer(sum), input="<>.items")
    flow.node("d", first_of, x="<>.items", total="r.output")
    program = flow.streams(a="<>.items", b="d.output")

    async def main() -> int:
        count = 0
        feeds = [Feed((0,), chunks(range(200)))]
        async with StreamTransaction(program, [EMPTY], feeds, transaction()) as stream:
            while await stream.take() is not None:
                count += 1
        return count

    assert run_virtually(main()) == 200


def test_a_writer_hears_of_room_that_is_less_than_half() -> None:
    few = expander(lambda x: [x] if x % 4 == 0 else [])
    flow = Draft("items*").node("e", few, input="<>.items")
    flow.node("p", fake(lambda x: x, delay=0.1), input="e.output")
    flow.node("z", core("zip", "left", "right"), left="<>.items", right="p.output")
    packets = sent(flow.streams(out="z.output"), range(1000))
    assert len(packets) == 251
    assert "not of equal length" in packets[-1].message


def test_each_output_of_a_flow_sends_its_failures_to_its_error_port() -> None:
    take = core("take", "input", count=1)
    inner = Draft("items*").node("t", take, input="<>.items").node("d", failing, input="<>.items")
    outer = Draft("items*").node("f", inner.streams(a="t.output", b="d.output"), items="<>.items")
    outer.node("m", fake(lambda each: each["message"]), input="f.<error>")
    (a, b, e), unhandled = play(outer.streams(a="f.a", b="f.b", e="m.output"), range(10))
    assert (a, e, unhandled) == ([0], ["1", "3", "5", "7", "9"], [])
    assert b == [0, EMPTY, 2, EMPTY, 4, EMPTY, 6, EMPTY, 8, EMPTY]


def test_an_output_that_nobody_reads_shifts_no_gaps_and_keeps_nothing_running() -> None:
    inner = Draft("items*").node("o", odd, input="<>.items").node("d", double, input="<>.items")
    outer = Draft("items*").node("f", inner.streams(a="o.output", b="d.output"), items="<>.items")
    outer.node("p", pair, left="<>.items", right="f.a")
    assert sent(outer.streams(out="p.output"), [1, 2, 3]) == [(1, 1), EMPTY, (3, 3)]
    endless = Draft().node("s", source(*range(10**6)))
    flow = Draft().node("f", endless.streams(a="s.output", b="s.output"))
    flow.node("t", core("take", "input", count=3), input="f.a")
    assert sent(flow.streams(out="t.output")) == [0, 1, 2]


def test_a_component_without_outputs_is_given_what_follows_a_failure() -> None:
    sink = FakeStreamer(
        Signature("sink", ports("input*"), ()), lambda x: exception("no") if x == 2 else ()
    )
    flow = Draft("items*").node("k", sink, input="<>.items").streams()
    _, unhandled = play(flow, [1, 2, 3])
    assert [each for ((each,),) in sink.sessions[0].pushed] == [1, 2, 3]
    assert unhandled == [exception("no", "k")]


def test_a_failure_that_keeps_a_flow_without_outputs_from_starting_is_told() -> None:
    inner = Draft("items* end").node("p", pair, left="<>.items", right="<>.end").streams()
    outer = Draft("items* end").node("x", fake(lambda _: exception("no")), input="<>.end")
    outer.node("f", inner, items="<>.items", end="x.output")
    assert play(outer.streams(), [1], 2) == ([], [exception("no", "x")])


def test_values_on_streams_in_step_are_one_element() -> None:
    optional = fake(lambda x, y: ((x, y),), "left right?")
    inner = Draft("a* b?*").node("p", optional, left="<>.a", right="<>.b")
    outer = Draft("one").node("f", inner.streams(out="p.output"), a="<>.one")
    assert sent(outer.streams(out="f.out"), 1) == [(1, EMPTY)]


def test_a_session_that_returns_nothing_at_all_is_an_error() -> None:
    broken = FakeStreamer(Signature("broken", ports("input*"), ports("output*")), lambda _: None)
    flow = Draft("items*").node("c", broken, input="<>.items").streams(out="c.output")
    ((failure,),), _ = play(flow, [1])
    assert "it returned a NoneType" in failure.whole
