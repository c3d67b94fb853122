"""A transaction at the edge: what it comes to, and why it failed."""

from __future__ import annotations

import asyncio
import time

from tests.fakes import Draft, FakeComponent, error, exception, fake, run_virtually, transaction
from wasmflow.component import Component, Outcome, Transaction
from wasmflow.engine.transaction import failures, run_transaction
from wasmflow.packet import EMPTY


def run(component: Component, *inputs: object, current: Transaction | None = None) -> Outcome:
    return run_virtually(run_transaction(component, inputs, current or transaction()))


def test_a_component_is_called_with_what_came_in() -> None:
    assert run(fake(lambda a, b: a + b, "a b"), 1, 2) == (3,)


def test_a_component_that_waits_is_waited_for() -> None:
    assert run(fake(lambda x: x, delay=3), 1) == (1,)


def test_a_component_that_finishes_inline_costs_no_task() -> None:
    async def main() -> set[asyncio.Task[object]]:
        tasks: set[asyncio.Task[object]] = set()
        component = fake(lambda: tasks.update(asyncio.all_tasks()), "", "output")
        await run_transaction(component, (), transaction())
        return tasks - {asyncio.current_task()}

    assert run_virtually(main()) == set()


def test_the_edge_decides_as_any_flow_does() -> None:
    component = fake(lambda a, b: a + b, "a b", "output")
    assert run(component, 1, EMPTY) == (EMPTY,)
    assert run(component, 1, exception()) == exception()
    assert component.calls == []


def test_a_deadline_that_has_passed_starts_nothing() -> None:
    component = fake(lambda: 1, "")
    (failure,) = failures(
        run(component, current=transaction(deadline=time.monotonic())), transaction()
    )
    assert "over before it began" in failure.message
    assert component.calls == []


def test_failures_are_those_on_outputs_and_then_those_with_nowhere_to_go() -> None:
    lost = [fake(lambda: exception("lost"), "", "") for _ in range(2)]
    bad = fake(lambda: error("bad"), "")
    draft = Draft().node("z", lost[0]).node("bad", bad).node("a", lost[1])
    current = transaction()
    outcome = run(draft.program(one="bad.output", two="bad.output"), current=current)
    assert failures(outcome, current) == (
        error("bad", "bad"),
        exception("lost", "a"),
        exception("lost", "z"),
    )


def test_what_succeeded_has_no_failures() -> None:
    assert failures((1, EMPTY), transaction()) == ()


def test_the_order_of_unhandled_failures_is_not_that_of_time() -> None:
    def draft(slow: str, fast: str) -> list[str]:
        sinks: dict[str, FakeComponent] = {
            slow: fake(lambda: error(), "", "", delay=9),
            fast: fake(lambda: error(), "", "", delay=1),
        }
        flow = Draft()
        for name in sorted(sinks):
            flow.node(name, sinks[name])
        current = transaction()
        run(flow.program(), current=current)
        return [failure.origin for failure in current.unhandled]

    assert draft("a", "b") == draft("b", "a") == ["a", "b"]


def test_a_component_at_the_edge_that_raises_fails_its_transaction() -> None:
    (failure,) = failures(run(fake(lambda: 1 // 0, "")), transaction())
    assert failure.whole == "a bug in 'fake', ZeroDivisionError: integer division or modulo by zero"
    assert failure.origin == ""
