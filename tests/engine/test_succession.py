"""What a component that makes streams of values sends where it is called for each element."""

from __future__ import annotations

from typing import Any

from tests.engine.test_streams import core, play
from tests.fakes import Draft, error, exception, fake, reducer, source, transducer
from wasmflow.component import Callee
from wasmflow.packet import EMPTY, Slot

BROKEN = error("broke", "f/t")


def of_each(component: Callee, *items: Slot) -> list[list[Slot]]:
    """What a component with the input `input` sends, as the node `f` of a flow, for these elements."""
    flow = Draft("items*").node("f", component, input="<>.items")
    outputs = {port.name: f"f.{port.name}" for port in component.signature.outputs}
    ports, unhandled = play(flow.streams(**outputs), list(items))
    assert unhandled == []
    return ports


def counted(act: Any) -> Callee:
    """The stream 1, 2, 3; what a transducer makes of it, in step; and the sum of that, a value."""
    flow = Draft("input").node("s", source(1, 2, 3, inputs="input"), input="<>.input")
    flow.node("t", transducer(act), input="s.output").node("r", reducer(sum), input="t.output")
    return flow.streams(all="s.output", made="t.output", sum="r.output")


def test_a_value_comes_once_for_each_element() -> None:
    all_, made, total = of_each(counted(lambda x: 10 * x), "a", "b")
    assert (all_, made) == ([1, 2, 3, 1, 2, 3], [10, 20, 30, 10, 20, 30])
    assert total == [60, 60]


def test_a_value_that_is_not_sent_leaves_a_gap() -> None:
    some = fake(lambda x: EMPTY if x == "b" else x)
    flow = Draft("input").node("s", source(1, inputs="input"), input="<>.input")
    flow.node("v", some, input="<>.input")
    component = flow.streams(stream="s.output", value="v.output")
    assert of_each(component, "a", "b", "c") == [[1, 1, 1], ["a", EMPTY, "c"]]


def test_an_element_that_is_missing_or_failed_keeps_its_place_in_what_is_in_step_with_it() -> None:
    no = exception("no", "elsewhere")
    _, made, total = of_each(counted(lambda x: x), EMPTY, "a", no, "b")
    assert total == [EMPTY, 6, no, 6]
    assert made == [1, 2, 3, no, 1, 2, 3]


def test_the_values_of_elements_meet_these_again() -> None:
    pair = fake(lambda x, y: ((x, y),), "left right")
    flow = Draft("items*").node("f", counted(lambda x: x), input="<>.items")
    flow.node("p", pair, left="<>.items", right="f.sum")
    (pairs,), _ = play(flow.streams(out="p.output"), ["a", EMPTY, "b"])
    assert pairs == [("a", 6), EMPTY, ("b", 6)]


def test_gaps_vanish_from_a_stream_of_its_own() -> None:
    flow = Draft("input").node("s", source(1, 2, 3, inputs="input"), input="<>.input")
    flow.node("t", transducer(lambda x: EMPTY if x == 2 else x), input="s.output")
    assert of_each(flow.streams(out="t.output"), "a", "b") == [[1, 3, 1, 3]]


def test_streams_in_step_are_equally_long_for_each_element() -> None:
    all_, made, _ = of_each(counted(lambda x: EMPTY if x == 2 else x), "a", "b")
    assert (all_, made) == ([1, 2, 3, 1, 2, 3], [1, EMPTY, 3, 1, EMPTY, 3])
    all_, made, total = of_each(counted(lambda x: error("broke") if x == 2 else x), "a", "b")
    assert (all_, made) == ([1, 2, 3, 1, 2, 3], [1, BROKEN, EMPTY, 1, BROKEN, EMPTY])
    assert total == [BROKEN, BROKEN]


def test_one_that_ended_early_keeps_step_over_any_length() -> None:
    flow = Draft("input").node("s", core("each", "input"), input="<>.input")
    flow.node("t", transducer(lambda x: error("broke") if x == 2 else x), input="s.output")
    component = flow.streams(made="t.output", all="s.output")
    outer = Draft("items*").node("f", component, input="<>.items")
    either = fake(lambda x, y: ((x, y),), "left right?")
    outer.node("p", either, left="f.all", right="f.made")
    (pairs,), _ = play(outer.streams(out="p.output"), [list(range(500)), [0, 1]])
    assert pairs[:3] == [(0, 0), (1, 1), BROKEN]
    assert pairs[3:500] == [(x, EMPTY) for x in range(3, 500)]
    assert pairs[500:] == [(0, 0), (1, 1)]


def test_failures_of_values_and_streams_go_to_the_error_port_and_leave_gaps() -> None:
    fail = fake(lambda x: exception("no") if x == "b" else x)
    inner = Draft("input").node("s", source(1, inputs="input"), input="<>.input")
    inner.node("v", fail, input="<>.input")
    flow = Draft("items*").node("f", inner.streams(s="s.output", v="v.output"), input="<>.items")
    flow.node("m", fake(lambda each: each["message"]), input="f.<error>")
    (s, v, e), unhandled = play(flow.streams(s="f.s", v="f.v", e="m.output"), ["a", "b", "c"])
    assert (s, v, e, unhandled) == ([1, 1, 1], ["a", EMPTY, "c"], ["no"], [])


def test_an_output_that_nobody_reads_holds_nothing_up() -> None:
    outer = Draft("items*").node("f", counted(lambda x: x), input="<>.items")
    assert play(outer.streams(out="f.sum"), list(range(200))) == ([[6] * 200], [])


def test_all_of_a_stream_may_be_read_before_the_values() -> None:
    outer = Draft("items*").node("f", counted(lambda x: x), input="<>.items")
    outer.node("c", core("concat", "a", "b"), a="f.made", b="f.sum")
    (packets,), _ = play(outer.streams(out="c.output"), list(range(100)))
    assert packets == [1, 2, 3] * 100 + [6] * 100


def test_who_leaves_ends_what_works_on_the_element() -> None:
    endless = source(*range(10**6), inputs="input")
    inner = Draft("input").node("s", endless, input="<>.input")
    inner.node("v", fake(lambda x: x), input="<>.input")
    outer = Draft("items*").node("f", inner.streams(s="s.output", v="v.output"), input="<>.items")
    outer.node("t", core("take", "input", count=3), input="f.s")
    ports, _ = play(outer.streams(out="t.output"), ["a", "b"])
    assert ports == [[0, 1, 2]]
    assert [each.closed for each in endless.sessions] == [True]


def test_what_works_beside_the_outputs_goes_on_after_the_last_element_too() -> None:
    slow = fake(lambda x: x, delay=5)
    inner = Draft("input").node("s", source(1, inputs="input"), input="<>.input")
    inner.node("beside", slow, input="<>.input")
    assert of_each(inner.streams(out="s.output"), "a", "b") == [[1, 1]]
    assert (len(slow.calls), slow.cancelled) == (2, 0)
