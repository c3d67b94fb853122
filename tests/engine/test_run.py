"""What a flow comes to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace

import pytest

from tests.fakes import Draft, error, exception, fake, run_virtually, transaction, wire
from wasmflow.component import Call, Outcome
from wasmflow.engine.failures import as_value, failures_in
from wasmflow.engine.run import Program
from wasmflow.engine.transaction import run_transaction
from wasmflow.graph.plan import Constant, Read
from wasmflow.packet import EMPTY, Failure
from wasmflow.types.path import Index

add = fake(lambda a, b: a + b, "a b")
same = fake(lambda x: x)


def inline(program: Program, *inputs: object) -> Outcome:
    """What a program comes to that never waits; no event loop is running."""
    outcome = program.start(inputs, Call(transaction()))
    assert isinstance(outcome, Failure | tuple)
    return outcome


def test_values_flow_along_connections() -> None:
    draft = (
        Draft("x y")
        .node("sum", add, a="<>.x", b="<>.y")
        .node("twice", add, a="sum.output", b="sum.output")
    )
    assert inline(draft.program(sum="sum.output", twice="twice.output"), 1, 2) == (3, 6)


def test_a_flow_without_nodes_hands_on_its_inputs() -> None:
    assert inline(Draft("x y").program(a="<>.y", b=Constant(5)), 1, 2) == (2, 5)


def test_a_flow_without_ports_runs() -> None:
    sink = fake(lambda: (), "", "")
    assert inline(Draft().node("a", sink).program()) == ()
    assert len(sink.calls) == 1


def test_a_path_into_a_sink_that_leads_nowhere_fails_the_transaction() -> None:
    program = Draft("x").program(output="<>.x")
    dropped = (Read(0, (Index(9),), label="<>.x.9 -> drop"),)
    call = Call(transaction())
    assert Program(replace(program.plan, dropped=dropped), []).start(([1],), call) == ([1],)
    ((failure, _path, _elements),) = call.transaction.strays
    assert failure.message.startswith("<>.x.9 -> drop: ")


def test_a_failure_on_its_way_to_a_sink_is_counted_once() -> None:
    refuse = fake(lambda _: exception("no"))
    plan = Draft("x").node("a", refuse, input="<>.x").program().plan
    slot = plan.nodes[0].outputs
    call = Call(transaction())
    Program(replace(plan, dropped=(Read(slot, (Index(9),)),)), [refuse]).start((1,), call)
    assert [failure.message for failure, _, _ in call.transaction.strays] == ["no"]


def test_an_input_with_nothing_takes_its_default() -> None:
    draft = Draft("x?").node("a", same, input="<>.x")
    program = draft.program(output="a.output")
    with_default = Program(replace(program.plan, defaults=(7,)), [same])
    assert inline(program, EMPTY) == (EMPTY,)
    assert inline(with_default, EMPTY) == (7,)
    assert inline(with_default, None) == (None,)


def test_a_component_without_all_it_needs_is_not_called() -> None:
    quiet, called = fake(lambda _: EMPTY), fake(lambda x: x)
    draft = Draft("x").node("quiet", quiet, input="<>.x").node("b", called, input="quiet.output")
    assert inline(draft.program(output="b.output"), 1) == (EMPTY,)
    assert called.calls == []


def test_a_program_serves_many_transactions_without_mixing_them() -> None:
    program = Draft("x").node("a", same, input="<>.x").program(output="a.output")
    assert [inline(program, at) for at in range(3)] == [(0,), (1,), (2,)]


def test_calls_know_their_place() -> None:
    component = fake(lambda x: x)
    inner = Draft("x").node("leaf", component, group=3, input="<>.x").program(output="leaf.output")
    outer = (
        Draft("x")
        .node("flow", inner, namespace="self", group=2, x="<>.x")
        .program(output="flow.output")
    )
    call = Call(transaction(), ("edge",), group=("g", 1), elements=(4,))
    assert outer.start((1,), call) == (1,)
    (inside,) = component.calls
    assert inside.path == ("edge", "flow", "leaf")
    assert inside.group == ("g", 1, "self", 2, "test", 3)
    assert inside.elements == (4,)
    assert inside.transaction is call.transaction


def test_groups_of_two_collections_are_never_the_same() -> None:
    component = fake(lambda: 1, "")
    draft = Draft().node("a", component, namespace="x").node("b", component, namespace="y")
    inline(draft.program())
    assert len({call.group for call in component.calls}) == 2


def test_a_flow_of_quick_components_needs_no_event_loop() -> None:
    draft, last = Draft("x"), "<>.x"
    for at in range(100):
        draft.node(f"n{at}", same, input=last)
        last = f"n{at}.output"
    program = draft.program(output=last, slice_seconds=60)
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()
    assert inline(program, "x") == ("x",)


def test_a_flow_that_holds_the_loop_too_long_lets_others_go_on() -> None:
    draft, last = Draft("x"), "<>.x"
    component = fake(lambda x: x)
    for at in range(10):
        draft.node(f"n{at}", component, input=last)
        last = f"n{at}.output"
    program = draft.program(output=last, slice_seconds=0)

    async def main() -> Outcome:
        outcome = program.start(("x",), Call(transaction()))
        assert isinstance(outcome, Awaitable)
        task = asyncio.ensure_future(outcome)
        while not task.done():
            before = len(component.calls)
            await asyncio.sleep(0)
            assert len(component.calls) <= before + 1
        return task.result()

    assert run_virtually(main()) == ("x",)
    assert len(component.calls) == 10


def test_an_unhandled_failure_does_not_stop_the_flow() -> None:
    sink = fake(lambda _: exception("full"), "input", "")
    draft = Draft("x").node("sink", sink, input="<>.x").node("after", same, input="<>.x")
    current = transaction()
    outcome = draft.program(output="after.output").start((1,), Call(current))
    assert outcome == (1,)
    assert [each.failure for each in current.strays] == [exception("full", "sink")]


def test_a_failure_keeps_its_origin_on_its_way_out_of_nested_flows() -> None:
    bad = fake(lambda: exception("no"), "")
    inner = Draft().node("bad", bad).program(output="bad.output")
    outer = Draft().node("flow", inner).node("b", same, input="flow.output")
    assert inline(outer.program(output="b.output")) == (exception("no", "flow/bad"),)


def test_a_handled_failure_goes_on_as_a_value() -> None:
    bad = fake(lambda: error("broken"), "")
    draft = Draft().node("bad", bad).node("a", same, input="bad.<error>")
    value = {"kind": "error", "message": "broken", "origin": "bad", "payload": None}
    assert inline(draft.program(output="a.output")) == (value,)


def test_an_error_port_takes_failures_that_only_pass() -> None:
    bad = fake(lambda: error("broken"), "")
    draft = Draft().node("bad", bad).node("b", same, input="bad.output")
    outcome = inline(draft.program(error="b.<error>", output="b.output"))
    assert outcome == (as_value(error("broken", "bad")), EMPTY)


def test_a_flow_output_can_have_a_default() -> None:
    bad = fake(lambda: error("broken"), "")
    program = Draft().node("bad", bad).program(output=wire("bad.output", default="was $ERROR"))
    assert inline(program) == ("was broken",)


@pytest.mark.parametrize("delay", [None, 0])
def test_flows_may_be_nested_to_any_sensible_depth(delay: float | None) -> None:
    flow = Draft("x").node("n", fake(lambda x: x, delay=delay), input="<>.x")
    for _ in range(100):
        flow = Draft("x").node("n", flow.program(output="n.output"), x="<>.x")
    program = flow.program(output="n.output")
    assert run_virtually(run_transaction(program, (1,), transaction())) == (1,)


def test_flows_nested_beyond_that_are_an_error_and_no_crash() -> None:
    flow = Draft("x").node("n", same, input="<>.x")
    for _ in range(2000):
        flow = Draft("x").node("n", flow.program(output="n.output"), x="<>.x")
    program = flow.program(output="n.output")
    (failure,) = failures_in(run_virtually(run_transaction(program, (1,), transaction())))
    assert "RecursionError" in failure.whole


def test_every_node_needs_its_component() -> None:
    program = Draft("x").node("a", same, input="<>.x").program()
    with pytest.raises(ValueError, match="zip"):
        Program(program.plan, [])
