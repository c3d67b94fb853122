"""The engine and the naive one agree on every flow, whatever takes how long."""

from __future__ import annotations

import asyncio
from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine import naive
from tests.engine.plans import flows, values
from tests.fakes import FakeComponent, run_virtually, transaction
from wasmflow.component import Call, Component, Outcome
from wasmflow.engine.failures import in_order
from wasmflow.engine.run import SLICE, Program
from wasmflow.engine.transaction import run_transaction
from wasmflow.packet import EMPTY, Failure, Slot


@settings(max_examples=150, deadline=None)
@given(flows(), st.data(), st.booleans(), st.sampled_from([0.0, SLICE]))
def test_a_flow_comes_to_what_the_rules_say(
    flow: naive.Flow, data: st.DataObject, waits: bool, slice_seconds: float
) -> None:
    optional = [port.optional for port in flow.signature.inputs]
    inputs = tuple(data.draw(values | st.just(EMPTY) if each else values) for each in optional)
    expected = naive.call(flow, inputs)
    calls: list[tuple[naive.Path, int]] = []
    component = component_of(flow, calls, waits, slice_seconds)
    outcome, unhandled, seconds = run_virtually(run(component, inputs))
    assert outcome == expected.outcome
    assert unhandled == in_order(expected.unhandled)
    assert sorted(calls) == sorted(expected.calls)
    if waits:
        assert seconds == expected.end, "independent nodes did not run at the same time"


async def run(
    component: Component, inputs: tuple[Slot, ...]
) -> tuple[Outcome, list[Failure], float]:
    current = transaction()
    outcome = await run_transaction(component, inputs, current)
    return outcome, current.unhandled, asyncio.get_running_loop().time()


def component_of(
    part: naive.Leaf | naive.Flow,
    calls: list[tuple[naive.Path, int]],
    waits: bool,
    slice_seconds: float,
) -> Component:
    if isinstance(part, naive.Flow):
        parts = [component_of(each, calls, waits, slice_seconds) for each in part.parts]
        return Program(part.plan, parts, slice_seconds=slice_seconds)
    script = part.outcome
    pause = partial(asyncio.sleep, part.seconds) if waits and part.seconds else None

    def act(slots: tuple[Slot, ...], call: Call) -> Outcome:
        calls.append((call.path, call.attempt))
        return script(slots, call.attempt)

    return FakeComponent(part.signature, act, pause)
