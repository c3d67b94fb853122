"""Components that run at certain times."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.fakes import error, exception, never, run_virtually, source
from tests.triggers.doors import (
    FakeClock,
    FakeCollection,
    Watcher,
    host,
    noting,
    signature,
    surroundings,
    trigger,
    typed,
)
from wasmflow.host.host import Host
from wasmflow.host.settings import Settings
from wasmflow.manifest.specs.triggers.schedule import ScheduleBlock
from wasmflow.triggers.job import job
from wasmflow.triggers.overlap import MOST_AT_ONCE
from wasmflow.triggers.schedule import Schedule, check, open_trigger

BACKUP = signature("backup", "target: string; when?: u64; at?: string")


def problems(block: str, **variables: str) -> list[str]:
    found = check(trigger(block, **variables), host(backup=typed(BACKUP)))
    return [str(problem).removeprefix("flow.yaml:") for problem in found]


def block(text: str) -> str:
    return f"{{kind: schedule, component: backup, with: {{target: disk}}, {text}}}"


# --- checks -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["every: 5", 'cron: "* * * * *"', "every: 0.5, time: when", "every: 1, time: at"]
)
def test_what_is_right_has_no_problems(text: str) -> None:
    assert problems(block(text)) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("overlap: skip", "3:3: a schedule needs 'cron' or 'every'. Hint: write cron:"),
        ('every: 5, cron: "* * * * *"', "4:70: 'cron' and 'every': only one of them can be"),
        ('cron: "* 99 * * *"', "4:72: 'cron': '99' is no hour. Hint: write 0 to 23"),
        ('cron: "@daily"', "4:69: 'cron': '@daily' is no cron expression. Hint: write '0 0"),
        ("every: 5, zone: Europe/Berln", "4:79: there is no time zone 'Europe/Berln'. Hint: did"),
        ("every: 5, zone: berlin", "4:79: there is no time zone 'berlin'. Hint: did you mean 'Eu"),
        ("every: 5, zone: ../../etc/passwd", "4:79: there is no time zone '../../etc/passwd'"),
        ("every: 5, zone: Europe", "4:79: there is no time zone 'Europe'"),
        ("every: 5, time: wen", "4:79: 'backup' has no input 'wen'. Hint: did you mean 'when'?"),
        (
            "every: 5, timeout: 61",
            "4:82: a timeout of 61 s is beyond the limit of transactions, 60",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, told: str) -> None:
    (found,) = problems(block(text))
    assert found.startswith(told)


def test_all_is_told_at_once() -> None:
    text = '{kind: schedule, component: backup, with: {target: 5, traget: x}, cron: "x", zone: x}'
    assert [each.partition(". Hint")[0] for each in problems(text)] == [
        "4:88: there is no time zone 'x'",
        "4:77: 'cron': it has 1 field, not 5 or 6",
        "4:56: input 'target': expected string, got 5",
        "4:67: 'backup' has no input 'traget'",
    ]


def test_the_time_is_given_once() -> None:
    text = "{kind: schedule, component: backup, with: {target: x, when: 5}, every: 5, time: when}"
    assert problems(text) == ["4:85: input 'when' is given by 'with', too"]


def test_no_number_of_few_digits_can_hold_a_time() -> None:
    found = check(
        trigger("{kind: schedule, component: it, every: 5, time: when}"),
        host(it=typed(signature("it", "when: u32"))),
    )
    assert [each.message for each in found] == ["input 'when' takes u32, which is no time"]


def test_the_place_in_an_expression_with_variables_is_that_of_the_text() -> None:
    (found,) = problems(block("cron: '$HOUR * * * *'"), HOUR="99")
    assert found.startswith("4:69: 'cron': '99' is no minute")


# --- running ----------------------------------------------------------------------------------


def running(
    text: str,
    component: Any,
    then: Callable[[Schedule, FakeClock], Coroutine[Any, Any, None]],
    chance: float = 0.0,
    bug: Exception | None = None,
) -> Watcher:
    """A schedule of this component, started and stopped, with something between."""
    watcher = Watcher()

    async def all_of_it() -> None:
        at = trigger(f"{{kind: schedule, component: it, {text}}}")
        assert isinstance(at.block, ScheduleBlock)
        opened = job(
            at,
            at.block,
            surroundings(Host(FakeCollection({"it": component}, bug=bug), Settings()), watcher),
        )
        clock = FakeClock()
        schedule = Schedule(at.block, opened, clock, lambda: chance)
        await schedule.start()
        await then(schedule, clock)
        await schedule.stop(0)

    run_virtually(all_of_it())
    return watcher


def after(seconds: float) -> Callable[[Schedule, FakeClock], Coroutine[Any, Any, None]]:
    async def wait(_schedule: Schedule, _clock: FakeClock) -> None:
        await asyncio.sleep(seconds)

    return wait


def quick(inputs: str = "", act: Callable[..., Any] = lambda *_: (), **more: Any) -> Any:
    return typed(signature("it", inputs), act, **more)


def test_it_runs_whenever_it_is_due() -> None:
    watcher = running('cron: "*/20 * * * * *"', quick(), after(65))
    assert watcher.due == ["12:00:20", "12:00:40", "12:01:00"]
    assert watcher.outcomes == ["ok", "ok", "ok"]
    assert {(each.trigger, each.component) for each in watcher.seen} == {("it", "it")}


def test_it_is_given_constants_and_the_time() -> None:
    given: list[Any] = []
    component = quick("a: u8; when: u64; at: string", noting(given))
    running("every: 30, time: when, with: {a: 7, at: x}", component, after(31))
    assert given == [(7, 1_769_860_830_000, "x")]


def test_the_time_is_written_in_the_zone() -> None:
    given: list[Any] = []
    component = quick("at: string", noting(given))
    running('cron: "0 13 * * *", zone: Europe/Berlin, time: at', component, after(86_401))
    assert given == [("2026-02-01T13:00:00+01:00",)]


def test_a_failure_is_told_and_the_next_run_follows() -> None:
    outcomes = iter([exception("no"), error("broken"), ()])
    watcher = running("every: 10", quick(act=lambda: next(outcomes)), after(35))
    assert watcher.outcomes == ["exception", "error", "ok"]
    assert [each.message for each in watcher.seen[:2]] == ["exception: no", "error: broken"]


def test_not_even_a_bug_ends_it(caplog: pytest.LogCaptureFixture) -> None:
    watcher = running("every: 10", quick(), after(25), bug=RuntimeError("ours"))
    assert watcher.outcomes == ["error", "error"]
    assert "schedule 'it': a run ended by a bug" in caplog.text


def test_what_takes_too_long_fails() -> None:
    watcher = running("every: 10, timeout: 2", never("", ""), after(15))
    assert watcher.outcomes == ["error"]
    assert "time limit" in watcher.seen[0].message


def test_what_is_left_out_is_told() -> None:
    watcher = running("every: 10", quick(delay=25), after(42))
    assert list(zip(watcher.due, watcher.outcomes, strict=True)) == [
        ("12:00:20", "busy"),
        ("12:00:30", "busy"),
        ("12:00:10", "ok"),
        ("12:00:40", "cancelled"),
    ]


def test_runs_beside_each_other_are_counted() -> None:
    watcher = running("every: 0.1, overlap: allow", never("", ""), after(10.55))
    assert watcher.outcomes == ["busy"] * 5 + ["cancelled"] * MOST_AT_ONCE


def test_a_machine_that_has_slept_does_it_once() -> None:
    async def sleeps(_schedule: Schedule, clock: FakeClock) -> None:
        await asyncio.sleep(61)
        clock.set(8 * 3600)
        await asyncio.sleep(60)

    watcher = running('cron: "* * * * *"', quick(), sleeps)
    assert watcher.due == ["12:01:00", "12:02:00", "20:02:00"]


def test_jitter_puts_each_run_off() -> None:
    began: list[float] = []

    def act() -> tuple[()]:
        began.append(asyncio.get_running_loop().time())
        return ()

    watcher = running("every: 10, jitter: 4", quick(act=act), after(25), chance=0.5)
    assert (began, watcher.due) == ([12, 22], ["12:00:10", "12:00:20"])


def test_streams_are_read_to_their_end_and_counted() -> None:
    watcher = running("every: 10", source(1, 2, 3), after(11))
    assert [each.about["packets"] for each in watcher.seen] == [3]


def test_each_run_has_a_trace_of_its_own() -> None:
    component = quick()
    watcher = running("every: 10", component, after(21))
    traces = [call.transaction.trace for call in component.calls]
    assert traces == [str(each.context) for each in watcher.seen]
    assert len(set(traces)) == 2


# --- stopping ---------------------------------------------------------------------------------


def test_what_runs_when_it_stops_has_some_time_to_end() -> None:
    async def stop(schedule: Schedule, _clock: FakeClock) -> None:
        await asyncio.sleep(11)
        await schedule.stop(30)
        assert asyncio.get_running_loop().time() == 15

    watcher = running("every: 10", quick(delay=5), stop)
    assert watcher.outcomes == ["ok"]


def test_then_it_is_cancelled() -> None:
    async def stop(schedule: Schedule, _clock: FakeClock) -> None:
        await asyncio.sleep(11)
        await schedule.stop(3)
        assert asyncio.get_running_loop().time() == 14

    assert running("every: 10", quick(delay=5), stop).outcomes == ["cancelled"]


def test_nothing_new_begins_while_it_stops() -> None:
    async def stop(schedule: Schedule, _clock: FakeClock) -> None:
        await asyncio.sleep(21)
        await schedule.stop(100)

    watcher = running("every: 10, overlap: wait", quick(delay=15), stop)
    assert list(zip(watcher.due, watcher.outcomes, strict=True)) == [
        ("12:00:20", "busy"),
        ("12:00:10", "ok"),
    ]


def test_it_may_be_stopped_before_it_starts() -> None:
    async def stop() -> None:
        found = host(backup=typed(BACKUP))
        schedule = await open_trigger(trigger(block("every: 1")), surroundings(found))
        await schedule.stop(1)
        await schedule.start()
        await schedule.stop(1)

    run_virtually(stop())


def test_it_does_not_end_by_itself() -> None:
    async def wait(schedule: Schedule, _clock: FakeClock) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(100):
                await schedule.finished()

    assert len(running("every: 10", quick(), wait).seen) in (9, 10)
