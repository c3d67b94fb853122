"""How transactions end while a process stops."""

from __future__ import annotations

from wasmflow.telemetry.ends import Ends
from wasmflow.telemetry.telemetry import Outcome, Telemetry


def test_what_was_at_work_is_counted_and_what_had_ended_is_not() -> None:
    telemetry, ends = Telemetry(), Ends()
    telemetry.begin("web", "it").end(Outcome.OK)
    at_work = [telemetry.begin("web", "it") for _ in Outcome]
    telemetry.sinks += (ends,)
    for each, outcome in zip(at_work, Outcome, strict=True):
        each.end(outcome)
    assert (ends.finished, ends.cancelled) == (5, 1)
