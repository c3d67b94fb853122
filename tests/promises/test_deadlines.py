"""A transaction ends at its deadline, whatever runs."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.fakes import Draft, FakeComponent, error, fake, never, run_virtually, transaction
from wasmflow.component import Component, Transaction
from wasmflow.engine.transaction import failures, run_transaction
from wasmflow.graph.plan import Retry
from wasmflow.packet import Failure, Kind


def limited(
    component: Component, seconds: float = 5
) -> tuple[tuple[Failure, ...], Transaction, float]:
    """Why a transaction with that limit failed, the transaction, and when it ended."""
    current = transaction(deadline=time.monotonic() + seconds)

    async def main() -> tuple[tuple[Failure, ...], Transaction, float]:
        outcome = await run_transaction(component, (1,), current)
        return failures(outcome, current), current, asyncio.get_running_loop().time()

    return run_virtually(main())


def test_the_deadline_is_an_error_that_says_so() -> None:
    component = never()
    ((failure,), current, seconds) = limited(component)
    assert failure.kind is Kind.ERROR
    assert failure.message == "the transaction's time limit was reached"
    assert seconds == pytest.approx(5, abs=0.1)
    assert current.cancelled
    assert component.running == 0


def test_what_ends_in_time_is_not_disturbed() -> None:
    (none, current, seconds) = limited(fake(lambda x: x, delay=4))
    assert (none, current.cancelled, seconds) == ((), False, 4)


def test_it_says_which_instances_were_still_running() -> None:
    inner = (
        Draft("x")
        .node("slow", never(), input="<>.x")
        .node("quick", fake(lambda x: x), input="<>.x")
    )
    outer = Draft("x").node("flow", inner.program(output="slow.output"), x="<>.x")
    outer.node("also", never(), input="<>.x").node("done", fake(lambda x: x, delay=1), input="<>.x")
    (_, *running), _, _ = limited(outer.program(output="done.output"))
    assert [failure.origin for failure in running] == ["also", "flow/slow"]
    assert {failure.message for failure in running} == {
        "was still running when the transaction ended"
    }


def test_a_transaction_without_a_deadline_takes_its_time() -> None:
    component = fake(lambda x: x, delay=1e6)
    assert run_virtually(run_transaction(component, (1,), transaction())) == (1,)


def test_a_flow_that_never_waits_can_be_ended_too() -> None:
    """Its calls are quick, but there is no end of them."""
    draft, last, calls = Draft("x"), "<>.x", 50
    component = fake(lambda x: x)
    for at in range(calls):
        draft.node(f"n{at}", component, input=last)
        last = f"n{at}.output"
    current = transaction(deadline=time.monotonic() + 60)
    at_the_tenth = _expiring(component, current, 10)
    program = draft.program(output=last, slice_seconds=0)
    outcome = run_virtually(run_transaction(program, (1,), current))
    assert isinstance(outcome, Failure)
    assert 10 <= len(at_the_tenth.calls) < calls


def _expiring(component: FakeComponent, current: Transaction, call: int) -> FakeComponent:
    """Let the limit of the transaction pass, on the loop's clock, in a certain call."""
    act = component.act

    def and_pass(*arguments: object) -> object:
        if len(component.calls) == call:
            loop = asyncio.get_running_loop()
            loop.advance(61)  # type: ignore[attr-defined]
        return act(*arguments)  # type: ignore[arg-type]

    component.act = and_pass
    return component


def test_waiting_for_a_retry_does_not_outlast_the_deadline() -> None:
    broken = fake(lambda _: error("broken"))
    draft = Draft("x").node("a", broken, retry=Retry(9, delay=3, factor=1), input="<>.x")
    (first, *_), _, seconds = limited(draft.program(output="a.output"))
    assert "time limit" in first.message
    assert seconds == pytest.approx(5, abs=0.1)


def test_a_result_that_comes_with_the_deadline_is_not_both() -> None:
    slow = fake(lambda x: x, delay=5)
    why, current, _ = limited(slow)
    assert bool(why) == current.cancelled


def test_cleanup_after_the_deadline_is_waited_for() -> None:
    async def pause() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(7)

    component = fake(lambda x: x)
    component.pause = pause
    _, _, seconds = limited(component)
    assert seconds == pytest.approx(12, abs=0.1)
    assert component.running == 0


def test_a_component_may_time_out_by_itself() -> None:
    async def pause() -> None:
        async with asyncio.timeout(1):
            await asyncio.Event().wait()

    component = fake(lambda x: x)
    component.pause = pause
    ((failure,), current, _) = limited(component)
    assert failure.whole == "a bug in 'fake', TimeoutError"
    assert not current.cancelled
