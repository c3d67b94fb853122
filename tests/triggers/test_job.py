"""What is checked of components that triggers run, and how they are run."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from tests.fakes import error, exception, fake
from tests.triggers.doors import (
    FakeCollection,
    Watcher,
    host,
    signature,
    surroundings,
    trigger,
    typed,
)
from wasmflow.component import TransactionFailed
from wasmflow.errors import BusyError, UsageError, WorldError
from wasmflow.host.host import Host
from wasmflow.host.settings import Settings
from wasmflow.manifest.specs.triggers.startup import StartupBlock
from wasmflow.telemetry.telemetry import Outcome
from wasmflow.triggers.job import check_job, constants, job, outcome_of

GREET = signature(
    "greet", "first_name: string; times?: u8; data?: list<u8>; items*?: string", "output: string"
)


def problems(with_: str, component: str = "greet") -> list[str]:
    at = trigger(f"{{kind: startup, component: {component}, with: {{{with_}}}}}")
    block = cast(StartupBlock, at.block)
    found = host(greet=typed(GREET), great=typed(signature("great")))
    return [
        f"{each.place.column}: {each.message}. {each.hint}" for each in check_job(at, block, found)
    ]


def test_what_is_right_has_no_problems() -> None:
    assert problems('first-name: Jane, times: 2, data: "AAE=", items: x') == []
    assert problems("first_name: Jane, times: null") == []


def test_a_component_that_is_not_there_is_told_with_the_nearest() -> None:
    assert problems("a: 1", "gret") == ["32: there is no component 'gret'. did you mean 'greet'?"]


def test_a_component_that_cannot_run_is_told_with_the_reason() -> None:
    at = trigger("{kind: startup, component: odd}")
    collection = FakeCollection({}, refused={"odd": "it has futures"})
    found = check_job(at, cast(StartupBlock, at.block), Host(collection, Settings()))
    assert [each.message for each in found] == ["component 'odd' cannot run: it has futures"]


@pytest.mark.parametrize(
    ("with_", "told"),
    [
        (
            "",
            [
                "32: 'greet' needs 'first_name' (string), and nothing gives it. write with: {first_name: …}"
            ],
        ),
        ("first_name: 5", ["58: input 'first_name': expected string, got 5. "]),
        ("first_name: x, first-name: y", ["73: input 'first_name' is given twice. "]),
        ("first_name: x, times: 256", None),
        ("first_name: x, data: '!'", None),
        ("first_name: x, tims: 1", ["67: 'greet' has no input 'tims'. did you mean 'times'?"]),
        ("frst_name: 5, times: x", None),
    ],
)
def test_what_is_wrong_with_constants_is_told_with_its_place(
    with_: str, told: list[str] | None
) -> None:
    assert problems(with_)
    assert told is None or problems(with_) == told


def test_constants_are_values_of_the_types_of_their_inputs() -> None:
    written = {"first-name": "x", "data": "AAE=", "times": None}
    assert constants(GREET, written) == {"first_name": "x", "data": b"\0\1"}


async def test_a_run_is_watched_from_its_beginning_to_its_end() -> None:
    watcher = Watcher()
    at = trigger("{kind: startup, component: greet}")
    opened = job(
        at, cast(StartupBlock, at.block), surroundings(host(greet=fake(lambda: 1, "")), watcher)
    )
    await opened.run(why="because")
    (seen,) = watcher.seen
    assert (seen.trigger, seen.component, seen.outcome) == ("it", "greet", Outcome.OK)
    assert seen.about == {"why": "because", "packets": 1}


@pytest.mark.parametrize(
    ("raised", "outcome", "message"),
    [
        (TransactionFailed(exception("no")), Outcome.EXCEPTION, "exception: no"),
        (TransactionFailed(error("broken")), Outcome.ERROR, "error: broken"),
        (BusyError("busy"), Outcome.BUSY, "busy"),
        (UsageError("cannot be"), Outcome.REFUSED, "cannot be"),
        (WorldError("no disk"), Outcome.ERROR, "no disk"),
        (asyncio.CancelledError(), Outcome.CANCELLED, ""),
        (RuntimeError("ours"), Outcome.ERROR, "RuntimeError('ours')"),
    ],
)
def test_every_error_is_an_outcome(raised: BaseException, outcome: Outcome, message: str) -> None:
    assert outcome_of(raised) == (outcome, message)
