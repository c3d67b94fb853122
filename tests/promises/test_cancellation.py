"""A caller that leaves cancels what it started, and nothing is left running."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest

from tests.fakes import Draft, fake, never, ports, run_virtually, transaction
from wasmflow.component import Call, Component, Outcome, Signature, Transaction
from wasmflow.engine.events import Event, TransactionEnded
from wasmflow.engine.transaction import run_transaction


async def left_at(seconds: float, component: Component, current: Transaction) -> None:
    """Start a transaction, leave it after that time, and see that it is gone."""
    task = asyncio.create_task(run_transaction(component, (1,), current))
    await asyncio.sleep(seconds)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert asyncio.all_tasks() == {asyncio.current_task()}


def nested(component: Component, levels: int, port: str = "input") -> Component:
    """A component inside so many flows; `port` is its input."""
    for _ in range(levels):
        flow = Draft("x").node("n", component, {port: "<>.x"})
        component, port = flow.program(output="n.output"), "x"
    return component


def test_everything_that_runs_is_cancelled() -> None:
    parts = [never() for _ in range(3)]
    draft = Draft("x")
    for at, part in enumerate(parts):
        draft.node(f"n{at}", part, input="<>.x")
    run_virtually(left_at(5, draft.program(), transaction()))
    assert [(part.running, part.cancelled) for part in parts] == [(0, 1)] * 3


@pytest.mark.parametrize("levels", [0, 1, 5])
def test_it_reaches_into_nested_flows(levels: int) -> None:
    component = never()
    run_virtually(left_at(1, nested(component, levels), transaction()))
    assert (component.running, component.cancelled) == (0, 1)


def test_nothing_starts_afterwards() -> None:
    slow, next_ = fake(lambda x: x, delay=10), fake(lambda x: x)
    draft = Draft("x").node("slow", slow, input="<>.x").node("next", next_, input="slow.output")
    run_virtually(left_at(5, draft.program(output="next.output"), transaction()))
    assert next_.calls == []


def test_other_threads_are_told_before_the_component_is() -> None:
    current, seen = transaction(), []

    async def pause() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            seen.append(current.cancelled)

    component = fake(lambda x: x)
    component.pause = pause
    run_virtually(left_at(1, nested(component, 1), current))
    assert seen == [True]


def test_cleanup_is_waited_for() -> None:
    async def pause() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(7)

    async def main() -> float:
        component = fake(lambda x: x)
        component.pause = pause
        await left_at(1, nested(component, 2), transaction())
        return asyncio.get_running_loop().time()

    assert run_virtually(main()) == 8


def test_cancelling_again_during_cleanup_leaves_nothing_running_either() -> None:
    component = fake(lambda x: x)

    async def pause() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(7)

    component.pause = pause

    async def main() -> None:
        task = asyncio.create_task(run_transaction(nested(component, 1), (1,), transaction()))
        for _ in range(3):
            await asyncio.sleep(1)
            task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()

    run_virtually(main())
    assert component.running == 0


def test_the_end_is_told_once() -> None:
    events: list[Event] = []
    run_virtually(left_at(1, nested(never(), 1), transaction(listen=events.append)))
    assert sum(isinstance(each, TransactionEnded) for each in events) == 1


def test_leaving_one_transaction_leaves_the_others_alone() -> None:
    slow = fake(lambda x: x, delay=10)
    program = nested(slow, 1)

    async def main() -> Outcome:
        other = asyncio.create_task(run_transaction(program, (2,), transaction()))
        task = asyncio.create_task(run_transaction(program, (1,), transaction()))
        await asyncio.sleep(1)
        task.cancel()
        return await other

    assert run_virtually(main()) == (2,)
    assert slow.cancelled == 1


class Begun:
    """A component that has begun its work before it is first awaited, as one on another thread has."""

    signature = Signature("begun", ports("input"), ports("output"))

    def __init__(self, turns: int = 0, at_start: Callable[[], object] = bool) -> None:
        self.turns = turns
        self.at_start = at_start
        self.calls: list[bool] = []
        self.open = 0

    def start(self, inputs: tuple[Any, ...], call: Call) -> Awaitable[Outcome]:
        self.calls.append(call.transaction.cancelled)
        self.open += 1
        self.at_start()
        return self._rest(inputs)

    async def _rest(self, inputs: tuple[Any, ...]) -> Outcome:
        try:
            await asyncio.sleep(1)
            for _ in range(self.turns):
                await asyncio.sleep(0)
            return inputs
        finally:
            self.open -= 1


async def in_a_transaction(component: Component) -> None:
    await run_transaction(component, (1,), transaction())


async def by_itself(component: Component) -> None:
    outcome = component.start((1,), Call(transaction()))
    assert isinstance(outcome, Awaitable)
    await outcome


@pytest.mark.parametrize("run", [in_a_transaction, by_itself])
@pytest.mark.parametrize("levels", [0, 1, 3])
@pytest.mark.parametrize("later", range(12))
def test_what_is_beginning_at_that_moment_can_clean_up(
    run: Callable[[Component], Coroutine[Any, Any, None]], levels: int, later: int
) -> None:
    """A component may end, and the next begin, in the same turn of the loop as the news comes."""
    component = Begun(turns=6)
    flow = Draft("x").node("a", component, input="<>.x").node("b", component, input="a.output")
    program = nested(flow.program(output="b.output"), levels, "x")

    async def main() -> None:
        task = asyncio.create_task(run(program))
        await asyncio.sleep(1)
        for _ in range(later):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert asyncio.get_running_loop().time() == 1

    run_virtually(main())
    assert component.open == 0
    assert not any(component.calls), "begun after the end"


@pytest.mark.parametrize("levels", [0, 1, 3])
def test_a_caller_may_leave_while_the_first_component_begins(levels: int) -> None:
    """Ctrl-C does that: its signal comes in the middle of anything."""

    def leave() -> None:
        current = asyncio.current_task()
        assert current is not None
        current.cancel()

    component = Begun(at_start=leave)

    async def main() -> None:
        program = nested(component, levels)
        task = asyncio.create_task(run_transaction(program, (1,), transaction()))
        await asyncio.wait([task])
        assert task.cancelled()

    run_virtually(main())
    assert (len(component.calls), component.open) == (1, 0)
