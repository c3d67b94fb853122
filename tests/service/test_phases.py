"""When the server of a trigger starts, and in which worker."""

from __future__ import annotations

import pytest

from wasmflow.manifest.specs.triggers.http import HttpBlock
from wasmflow.manifest.specs.triggers.schedule import ScheduleBlock
from wasmflow.manifest.specs.triggers.startup import StartupBlock
from wasmflow.manifest.specs.triggers.trigger import TriggerBlock
from wasmflow.manifest.triggers import Trigger
from wasmflow.service.messages import Begin, State
from wasmflow.service.phases import Phase, phase_of, phases
from wasmflow.service.plan import Plan
from wasmflow.telemetry.logs import Form
from wasmflow.telemetry.place import Place


@pytest.mark.parametrize(
    ("block", "phase"),
    [
        (HttpBlock(), Phase.DOORS),
        (ScheduleBlock(component="x"), Phase.ONCE),
        (StartupBlock(component="x"), Phase.FIRST),
    ],
)
def test_a_server_starts_when_its_kind_does(block: TriggerBlock, phase: Phase) -> None:
    assert phase_of(Trigger("t", block)) is phase


@pytest.mark.parametrize(
    ("lead", "beginning", "expected"),
    [
        (True, True, set(Phase)),
        (True, False, {Phase.DOORS, Phase.ONCE}),
        (False, False, {Phase.DOORS}),
    ],
)
def test_only_the_lead_has_part_in_all(lead: bool, beginning: bool, expected: set[Phase]) -> None:
    state, place = State(ready=True, message="", deaths=0), Place("", "")
    begin = Begin(Plan("x"), Form(), 2, {}, state, place, lead, beginning)
    assert phases(begin) == expected
