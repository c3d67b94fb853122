"""`retry`: again after an error, never after an exception."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from tests.fakes import Draft, FakeComponent, error, exception, fake, run_virtually, transaction
from wasmflow.component import Outcome, Transaction
from wasmflow.engine.run import Program
from wasmflow.engine.transaction import run_transaction
from wasmflow.graph.plan import Retry
from wasmflow.packet import Failure


def flaky(*outcomes: Any, delay: float | None = None, outputs: str = "output") -> FakeComponent:
    """A component whose attempts come to these outcomes, one after the other."""
    left = list(outcomes)
    return fake(lambda: left.pop(0), "", outputs, delay=delay)


def flow_of(component: FakeComponent | Program, retry: Retry | None) -> Program:
    return Draft().node("a", component, retry=retry).program(output="a.output")


def ran(program: Program, **fields: Any) -> tuple[Outcome, Transaction, float]:
    current = transaction(**fields)

    async def main() -> tuple[Outcome, Transaction, float]:
        outcome = await run_transaction(program, (), current)
        return outcome, current, asyncio.get_running_loop().time()

    return run_virtually(main())


def test_a_call_is_repeated_after_errors_until_it_succeeds() -> None:
    component = flaky(error(), error(), 3)
    outcome, _, _ = ran(flow_of(component, Retry(5)))
    assert outcome == (3,)
    assert [call.attempt for call in component.calls] == [0, 1, 2]


def test_an_exception_is_an_answer() -> None:
    component = flaky(exception("no"), 2)
    outcome, _, _ = ran(flow_of(component, Retry(5)))
    assert outcome == (exception("no", "a"),)


def test_the_last_error_stands() -> None:
    component = flaky(error("1"), error("2"), error("3"), 4)
    outcome, _, _ = ran(flow_of(component, Retry(2)))
    assert outcome == (error("3", "a"),)


def test_each_wait_is_longer_by_the_factor() -> None:
    component = flaky(error(), error(), error(), 4)
    outcome, _, seconds = ran(flow_of(component, Retry(3, delay=1, factor=3)))
    assert outcome == (4,)
    assert seconds == 1 + 3 + 9


def test_an_error_on_one_port_of_several_is_an_error() -> None:
    component = flaky((1, error()), (1, 2), outputs="output other")
    outcome, _, _ = ran(flow_of(component, Retry(1)))
    assert outcome == (1,)
    assert len(component.calls) == 2


def test_a_repetition_has_a_group_of_its_own() -> None:
    component = flaky(error(), error(), 3)
    ran(flow_of(component, Retry(2)))
    assert len({call.group for call in component.calls}) == 3


def test_inside_a_repeated_flow_groups_and_attempts_differ_too() -> None:
    inner = flaky(error(), error(), error(), 4)
    outer = flow_of(flow_of(inner, Retry(1)), Retry(1))
    outcome, _, _ = ran(outer)
    assert outcome == (4,)
    assert [call.attempt for call in inner.calls] == [0, 1, 2, 3]
    assert len({call.group for call in inner.calls}) == 4
    assert {call.path for call in inner.calls} == {("a", "a")}


def test_what_a_broken_attempt_of_a_flow_left_unhandled_goes_with_it() -> None:
    sink = flaky(error(), (), outputs="")
    inner = Draft().node("sink", sink).program()
    outer = Draft().node("flow", inner, retry=Retry(1)).program()
    outcome, current, _ = ran(outer)
    assert (outcome, current.unhandled) == ((), [])
    assert len(sink.calls) == 2


def test_what_others_left_unhandled_stays() -> None:
    lost = fake(lambda: exception("lost"), "", "")
    component = flaky(error(), 2, delay=1)
    draft = Draft().node("a", component, retry=Retry(1)).node("aa", lost)
    outcome, current, _ = ran(draft.program(output="a.output"))
    assert (outcome, current.unhandled) == ((2,), [exception("lost", "aa")])


def test_an_error_stands_where_waiting_would_last_beyond_the_deadline() -> None:
    component = flaky(error("broken"), 2)
    program = flow_of(component, Retry(1, delay=100))
    outcome, current, seconds = ran(program, deadline=time.monotonic() + 50)
    assert outcome == (error("broken", "a"),)
    assert (seconds, current.cancelled) == (0, False)


def test_an_error_stands_where_the_transaction_has_reached_a_limit() -> None:
    component = flaky(error("1"), 2)
    outcome, _, seconds = ran(flow_of(component, Retry(1, delay=20)), exhausted="it had enough")
    assert isinstance(outcome, Failure)
    assert (outcome.message, seconds, len(component.calls)) == ("it had enough", 0, 1)


def test_waiting_can_be_cancelled() -> None:
    component = flaky(error(), 2)
    program = flow_of(component, Retry(1, delay=100))

    async def main() -> None:
        task = asyncio.create_task(run_transaction(program, (), transaction()))
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert asyncio.get_running_loop().time() == 1

    run_virtually(main())
    assert len(component.calls) == 1


def test_repeating_without_a_delay_lets_others_go_on() -> None:
    component = flaky(*[error()] * 3, 4)
    other: list[int] = []

    async def main() -> None:
        running = asyncio.create_task(
            run_transaction(flow_of(component, Retry(3)), (), transaction())
        )
        while not running.done():
            other.append(len(component.calls))
            await asyncio.sleep(0)

    run_virtually(main())
    assert {1, 2, 3} <= set(other)


def test_no_retry_is_no_retry() -> None:
    component = flaky(error(), 2)
    outcome, _, _ = ran(flow_of(component, None))
    assert isinstance(outcome, tuple)
    assert isinstance(outcome[0], Failure)
