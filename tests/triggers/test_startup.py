"""Components that run once, when the service starts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.fakes import error, exception, never, run_virtually, source
from tests.triggers.doors import Watcher, host, noting, signature, surroundings, trigger, typed
from wasmflow.component import TransactionFailed
from wasmflow.triggers.startup import Startup, check, open_trigger


async def opened(component: Any, watcher: Watcher, more: str = "") -> Startup:
    at = trigger(f"{{kind: startup, component: it{more}}}")
    assert check(at, host(it=component)) == []
    return await open_trigger(at, surroundings(host(it=component), watcher))


def started(
    component: Any,
    more: str = "",
    start: Callable[[Startup], Coroutine[Any, Any, object]] = Startup.start,
) -> Watcher:
    watcher = Watcher()

    async def all_of_it() -> None:
        await start(await opened(component, watcher, more))

    run_virtually(all_of_it())
    return watcher


def quick(inputs: str = "", act: Callable[..., Any] = lambda *_: (), **more: Any) -> Any:
    return typed(signature("it", inputs), act, **more)


def test_it_has_ended_when_it_has_started() -> None:
    given: list[Any] = []
    watcher = started(
        quick("a: u8; b: string", noting(given)),
        ", with: {a: 1, b: x}",
    )
    assert (given, watcher.outcomes) == ([(1, "x")], ["ok"])


def test_its_streams_are_read_to_their_end() -> None:
    assert started(source(1, 2)).seen[0].about["packets"] == 2


@pytest.mark.parametrize("failure", [exception("no"), error("no")])
def test_where_it_is_required_its_failure_is_raised_with_its_name(failure: Any) -> None:
    with pytest.raises(TransactionFailed, match="trigger 'it': no") as raised:
        started(quick(act=lambda: failure))
    assert raised.value.failure.kind is failure.kind


def test_elsewhere_it_is_told_and_that_is_all() -> None:
    watcher = started(quick(act=lambda: exception("no")), ", required: false")
    assert [(each.outcome.value, each.message) for each in watcher.seen] == [
        ("exception", "exception: no")
    ]


def test_what_takes_too_long_fails() -> None:
    with pytest.raises(TransactionFailed, match="time limit"):
        started(never("", ""), ", timeout: 2")


def test_stopping_it_gives_it_time_and_then_cancels_it() -> None:
    async def stop(startup: Startup) -> None:
        starting = asyncio.create_task(startup.start())
        await asyncio.sleep(1)
        await startup.stop(5)
        assert asyncio.get_running_loop().time() == 6
        await starting

    assert started(never("", ""), start=stop).outcomes == ["cancelled"]
    assert started(quick(delay=3), start=_stop_late).outcomes == ["ok"]


async def _stop_late(startup: Startup) -> None:
    starting = asyncio.create_task(startup.start())
    await asyncio.sleep(1)
    await startup.stop(5)
    assert asyncio.get_running_loop().time() == 3
    await starting


def test_cancelling_its_start_cancels_it() -> None:
    async def cancel(startup: Startup) -> None:
        starting = asyncio.create_task(startup.start())
        await asyncio.sleep(1)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting

    assert started(never("", ""), start=cancel).outcomes == ["cancelled"]


def test_stopped_before_it_starts_it_does_nothing() -> None:
    async def stop(startup: Startup) -> None:
        await startup.stop(1)
        await startup.start()

    assert started(quick(), start=stop).outcomes == []


def test_what_is_wrong_is_told_with_its_place() -> None:
    at = trigger("{kind: startup, component: it, with: {b: 1}}")
    found = [str(each) for each in check(at, host(it=quick("a: string")))]
    assert found == [
        "flow.yaml:4:46: 'it' has no input 'b'. Hint: it has: 'a'",
        "flow.yaml:4:32: 'it' needs 'a' (string), and nothing gives it. Hint: write with: {a: …}",
    ]
