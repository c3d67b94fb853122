"""Nothing that comes out depends on what takes how long, and what is independent does not wait."""

from __future__ import annotations

import asyncio
from itertools import permutations

import pytest

from tests.fakes import Draft, FakeComponent, exception, fake, run_virtually, transaction
from wasmflow.component import Outcome
from wasmflow.engine.run import Program
from wasmflow.engine.transaction import run_transaction
from wasmflow.packet import EMPTY


def run(program: Program, *inputs: object) -> tuple[Outcome, float]:
    """What it comes to, and after how many seconds."""

    async def main() -> tuple[Outcome, float]:
        outcome = await run_transaction(program, inputs, transaction())
        return outcome, asyncio.get_running_loop().time()

    return run_virtually(main())


@pytest.mark.parametrize("delays", list(permutations([None, 0, 3])))
def test_a_join_gets_its_inputs_in_the_order_of_its_ports(delays: tuple[float | None, ...]) -> None:
    draft = Draft()
    for name, delay in zip("abc", delays, strict=True):
        draft.node(name, fake(lambda name=name: name, "", delay=delay))
    join = fake(lambda *parts: "".join(parts), "x y z")
    draft.node("join", join, x="a.output", y="b.output", z="c.output")
    assert run(draft.program(output="join.output"))[0] == ("abc",)


@pytest.mark.parametrize("delays", list(permutations([None, 0, 3])))
def test_of_several_failures_the_first_port_decides_and_not_time(
    delays: tuple[float | None, ...],
) -> None:
    draft = Draft()
    for name, delay in zip("abc", delays, strict=True):
        draft.node(name, fake(lambda name=name: exception(name), "", delay=delay))
    join = fake(lambda *parts: parts, "x y z")
    draft.node("join", join, x="b.output", y="c.output", z="a.output")
    assert run(draft.program(output="join.output"))[0] == (exception("b", "b"),)


def test_a_component_decides_only_when_all_its_inputs_have_ended() -> None:
    quick = fake(lambda: exception("quick"), "")
    slow = fake(lambda: exception("slow"), "", delay=9)
    draft = Draft().node("quick", quick).node("slow", slow)
    draft.node("join", fake(lambda x, y: x, "x y"), x="slow.output", y="quick.output")
    assert run(draft.program(output="join.output")) == ((exception("slow", "slow"),), 9)


def test_a_waiting_node_does_not_hold_up_independent_ones() -> None:
    draft = Draft()
    for branch, delay in (("a", 5), ("b", 4), ("c", 3)):
        for at in range(3):
            wires = {"input": f"{branch}{at - 1}.output"} if at else {}
            component = fake(lambda *_: 1, "input?", delay=delay)
            draft.node(f"{branch}{at}", component, wires)
    outcome, seconds = run(draft.program(a="a2.output", b="b2.output", c="c2.output"))
    assert outcome == (1, 1, 1)
    assert seconds == 15


def test_nested_flows_run_beside_each_other_too() -> None:
    def inner(delay: float) -> Program:
        draft = Draft("x").node("a", fake(lambda x: x, delay=delay), input="<>.x")
        return draft.node("b", fake(lambda x: x, delay=delay), input="a.output").program(
            output="b.output"
        )

    draft = Draft("x").node("f", inner(2), x="<>.x").node("g", inner(3), x="<>.x")
    assert run(draft.program(f="f.output", g="g.output"), 1) == ((1, 1), 6)


def test_a_flow_begins_only_when_all_its_inputs_have_ended() -> None:
    inside = fake(lambda x: x)
    inner = Draft("x y").node("leaf", inside, input="<>.x").program(output="leaf.output")
    slow = fake(lambda: EMPTY, "", delay=5)
    draft = Draft("x").node("slow", slow).node("flow", inner, x="<>.x", y="slow.output")
    assert run(draft.program(output="flow.output"), 1)[0] == (EMPTY,)
    assert inside.calls == []


def test_what_depends_on_each_other_never_overlaps() -> None:
    running: list[FakeComponent] = []

    def stage() -> FakeComponent:
        component = fake(lambda x: x)

        async def pause() -> None:
            running.append(component)
            await asyncio.sleep(1)
            assert running == [component]
            running.remove(component)

        component.pause = pause
        return component

    draft, last = Draft("x"), "<>.x"
    for at in range(4):
        draft.node(f"n{at}", stage(), input=last)
        last = f"n{at}.output"
    assert run(draft.program(output=last), 1) == ((1,), 4)


def test_many_transactions_run_beside_each_other() -> None:
    draft = Draft("x").node("a", fake(lambda x: x, delay=3), input="<>.x")
    program = draft.program(output="a.output")

    async def main() -> tuple[list[Outcome], float]:
        runs = [run_transaction(program, (at,), transaction()) for at in range(100)]
        outcomes = await asyncio.gather(*runs)
        return outcomes, asyncio.get_running_loop().time()

    assert run_virtually(main()) == ([(at,) for at in range(100)], 3)
