"""A failure is handled, or fails its transaction: it is never swallowed and never told twice."""

from __future__ import annotations

import pytest

from tests.fakes import (
    Draft,
    FakeComponent,
    Wire,
    error,
    exception,
    fake,
    run_virtually,
    transaction,
    wire,
)
from wasmflow.component import Outcome
from wasmflow.engine.run import Program
from wasmflow.engine.transaction import failures, run_transaction
from wasmflow.packet import EMPTY, Failure
from wasmflow.types import model as wit

LOST = exception("lost", "bad")


def bad(outputs: str = "output", delay: float | None = None) -> FakeComponent:
    return fake(lambda: exception("lost"), "", outputs, delay=delay)


def sink() -> FakeComponent:
    return fake(lambda _: (), "input", "")


def ended(program: Program) -> tuple[Outcome, tuple[Failure, ...]]:
    current = transaction()
    outcome = run_virtually(run_transaction(program, (), current))
    return outcome, failures(outcome, current)


@pytest.mark.parametrize("delay", [None, 1])
@pytest.mark.parametrize("outputs", ["", "output", "output other"])
def test_a_failure_that_nothing_reads_fails_the_transaction(
    outputs: str, delay: float | None
) -> None:
    assert ended(Draft().node("bad", bad(outputs, delay)).program())[1] == (LOST,)


def test_a_failure_that_passes_a_component_without_outputs_fails_the_transaction() -> None:
    draft = Draft().node("bad", bad()).node("sink", sink(), input="bad.output")
    assert ended(draft.program())[1] == (LOST,)


def test_a_failure_that_passes_an_output_that_nothing_reads_fails_the_transaction() -> None:
    draft = Draft().node("bad", bad()).node("a", fake(lambda x: x), input="bad.output")
    assert ended(draft.program())[1] == (LOST,)


def test_a_failure_that_reaches_the_edge_twice_is_told_once() -> None:
    draft = Draft().node("bad", bad()).node("sink", sink(), input="bad.output")
    assert ended(draft.program(a="bad.output", b="bad.output"))[1] == (LOST,)


def test_a_failure_handled_on_one_way_still_fails_on_the_other() -> None:
    draft = Draft().node("bad", bad()).node("sink", sink(), input="bad.output")
    outcome, why = ended(draft.program(a=wire("bad.output", default="fine")))
    assert (outcome, why) == (("fine",), (LOST,))


@pytest.mark.parametrize("handled", [wire("bad.output", default=None), "bad.<error>"])
def test_a_handled_failure_fails_nothing(handled: Wire) -> None:
    draft = Draft().node("bad", bad()).node("sink", sink(), input=handled)
    assert ended(draft.program())[1] == ()


def test_the_error_port_handles_what_outputs_without_readers_would_carry() -> None:
    draft = Draft().node("bad", bad("output other")).node("sink", sink(), input="bad.<error>")
    outcome, why = ended(draft.program(output="bad.output"))
    assert (outcome, why) == ((EMPTY,), ())


def test_a_failure_inside_a_nested_flow_fails_the_whole_transaction() -> None:
    inner = Draft().node("bad", bad("")).node("ok", fake(lambda: 1, "")).program(output="ok.output")
    outcome, why = ended(Draft().node("flow", inner).program(output="flow.output"))
    assert (outcome, why) == ((1,), (exception("lost", "flow/bad"),))


def test_a_flow_that_sends_a_failure_where_nobody_reads_fails_the_transaction() -> None:
    inner = Draft().node("bad", bad()).program(output="bad.output")
    assert ended(Draft().node("flow", inner).program())[1] == (exception("lost", "flow/bad"),)


def test_a_transaction_that_fails_runs_on_to_its_end() -> None:
    late = sink()
    draft = Draft().node("bad", bad("")).node("slow", fake(lambda: 1, "", delay=5))
    ended(draft.node("late", late, input="slow.output").program())
    assert len(late.calls) == 1


def test_every_failure_that_had_nowhere_to_go_is_told() -> None:
    draft = Draft()
    for name in "abc":
        draft.node(name, fake(lambda name=name: error(name), "", ""))
    assert [failure.origin for failure in ended(draft.program())[1]] == ["a", "b", "c"]


def test_a_connection_that_fails_inside_a_flow_says_where() -> None:
    misfit = wire("many.output", source=wit.S64, target=wit.U8, label="many.output -> few.input")
    draft = Draft().node("many", fake(lambda: 300, "")).node("few", sink(), input=misfit)
    ((failure,)) = ended(draft.program())[1]
    assert failure.origin == "few"
    assert failure.message.startswith("many.output -> few.input: ")
