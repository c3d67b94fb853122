"""What a listener is told."""

from __future__ import annotations

from tests.fakes import Draft, error, exception, fake, run_virtually, transaction
from wasmflow.component import Call, Component
from wasmflow.engine.call import guarded
from wasmflow.engine.events import (
    CallEnded,
    CallRepeated,
    CallSkipped,
    CallStarted,
    Event,
    TransactionBegan,
    TransactionEnded,
)
from wasmflow.engine.transaction import run_transaction
from wasmflow.graph.plan import Retry
from wasmflow.packet import EMPTY


def told(component: Component, *inputs: object) -> list[Event]:
    events: list[Event] = []
    run_virtually(run_transaction(component, inputs, transaction(listen=events.append)))
    return events


def test_a_call_is_told_from_beginning_to_end() -> None:
    began, started, ended, over = told(fake(lambda x: x + 1), 1)
    assert isinstance(began, TransactionBegan)
    assert started == CallStarted((), "fake", 0, (1,))
    assert ended == CallEnded((), "fake", 0, (2,))
    assert isinstance(over, TransactionEnded)
    assert over.failures == ()


def test_every_call_that_starts_ends() -> None:
    slow, bad = fake(lambda x: x, delay=2), fake(lambda _: 1 // 0)
    draft = Draft("x").node("slow", slow, input="<>.x").node("bad", bad, input="<>.x")
    events = told(draft.program(output="slow.output"), 1)
    started = [(each.path, each.component) for each in events if isinstance(each, CallStarted)]
    ended = [(each.path, each.component) for each in events if isinstance(each, CallEnded)]
    assert started == [((), "flow"), (("slow",), "test::fake"), (("bad",), "test::fake")]
    assert sorted(started) == sorted(ended)


def test_a_call_for_an_element_says_which() -> None:
    events: list[Event] = []
    call = Call(transaction(listen=events.append), ("a",), elements=(4, 2))
    guarded(fake(lambda x: x), "fake")((1,), call)
    assert events == [
        CallStarted(("a",), "fake", 0, (1,), (4, 2)),
        CallEnded(("a",), "fake", 0, (1,), (4, 2)),
    ]


def test_what_is_not_called_is_told_with_the_reason() -> None:
    quiet, bad, idle = fake(lambda _: EMPTY), fake(lambda _: exception("no")), fake(lambda x: x)
    draft = Draft("x").node("quiet", quiet, input="<>.x").node("bad", bad, input="<>.x")
    draft.node("a", idle, input="quiet.output").node("b", idle, input="bad.output")
    events = told(draft.program(a="a.output", b="b.output"), 1)
    assert [each for each in events if isinstance(each, CallSkipped)] == [
        CallSkipped(("a",), "test::fake", EMPTY),
        CallSkipped(("b",), "test::fake", exception("no", "bad")),
    ]


def test_repetitions_are_told_with_what_broke() -> None:
    left = [error("once"), 5]
    flaky = fake(lambda: left.pop(0), "")
    draft = Draft().node("a", flaky, retry=Retry(3, delay=2))
    events = told(draft.program(output="a.output"))
    repeated = [each for each in events if isinstance(each, CallRepeated)]
    assert repeated == [CallRepeated(("a",), "test::fake", 1, error("once"), 2)]
    attempts = [each.attempt for each in events if isinstance(each, CallStarted) and each.path]
    assert attempts == [0, 1]


def test_the_end_tells_why_a_transaction_failed() -> None:
    *_, last = told(fake(lambda: exception("no"), ""))
    assert isinstance(last, TransactionEnded)
    assert last.failures == (exception("no"),)
