"""What --verbose tells of a transaction."""

from __future__ import annotations

from itertools import count

from wasmflow.cli.trace import Trace
from wasmflow.component import Transaction
from wasmflow.engine.events import (
    CallEnded,
    CallRepeated,
    CallSkipped,
    CallStarted,
    TransactionBegan,
    TransactionEnded,
)
from wasmflow.packet import EMPTY, Failure, Kind

FAILURE = Failure(Kind.ERROR, "trap\nin f", "a")
BEGUN = Transaction("0f", seed=7, timestamp=12)


def told(*events: object) -> list[str]:
    """The lines that events lead to; each look at the clock takes a millisecond."""
    lines: list[str] = []
    ticks = count()
    trace = Trace(lines.append, clock=lambda: next(ticks) / 1000)
    for event in events:
        trace(event)
    return lines


def test_a_transaction_says_how_to_repeat_it() -> None:
    assert told(TransactionBegan(BEGUN, "hello")) == [
        "transaction 0f of hello --seed=7 --timestamp=12"
    ]


def test_a_call_says_how_long_it_took() -> None:
    path = ("outer", "a")
    started = CallStarted(path, "text::greet", 0, ())
    ended = CallEnded(path, "text::greet", 0, ("x",))
    assert told(started, ended) == ["  outer/a (text::greet) 1 ms"]


def test_calls_for_elements_that_overlap_are_timed_apart() -> None:
    started = [CallStarted(("a",), "text::greet", 0, (), (n,)) for n in (0, 1)]
    ended = [CallEnded(("a",), "text::greet", 0, ("x",), (n,)) for n in (0, 1)]
    assert told(*started, *ended) == [f"  a (text::greet) {took} ms" for took in (2, 3)]


def test_a_call_that_failed_says_why_on_its_line() -> None:
    started = CallStarted(("a",), "text::greet", 0, ())
    ended = CallEnded(("a",), "text::greet", 0, FAILURE)
    assert told(started, ended) == ["  a (text::greet) 1 ms: error at a: trap | in f"]


def test_the_call_of_the_edge_is_the_transaction() -> None:
    assert told(CallStarted((), "greet", 0, ()), CallEnded((), "greet", 0, ("x",))) == []


def test_a_call_that_does_not_happen_says_why() -> None:
    skipped = [CallSkipped(("a",), "b::c", reason) for reason in (EMPTY, FAILURE)]
    assert told(*skipped) == [
        "  a (b::c) skipped: nothing came",
        "  a (b::c) skipped: a failure passes",
    ]


def test_a_repetition_says_when_and_why() -> None:
    assert told(CallRepeated(("a",), "b::c", 1, FAILURE, 0.5)) == [
        "  a (b::c) again in 0.5 s (try 2): error at a: trap | in f"
    ]


def test_the_end_says_how_it_went() -> None:
    cancelled = Transaction("0f", 7, 12, cancelled=True)
    ends = [(BEGUN, ()), (BEGUN, (FAILURE,)), (cancelled, ())]
    lines = [told(TransactionEnded(*end)) for end in ends]
    assert lines == [["ended after 1 ms"], ["failed after 1 ms"], ["cancelled after 1 ms"]]


def test_an_unknown_event_is_not_told() -> None:
    assert told(object()) == []
