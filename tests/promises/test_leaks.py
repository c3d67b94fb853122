"""Nothing that a transaction leaves behind is found by another, however either of them runs.

The guest hides a number in globals, memory, grown memory and tables, leaves streams open, reads the
clock, throws dice and prints half a line; then it is looked for what the next transaction finds.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest
from wasmtime import wat2wasm

from wasmflow.collections.wasm import run
from wasmflow.collections.wasm.runtime import process_runtime
from wasmflow.component import TransactionFailed
from wasmflow.host.host import Circumstances, Host, open_host
from wasmflow.host.settings import Settings
from wasmflow.limits import Limits
from wasmflow.packet import Slot

SECRET: Final = 424_242
FLOW: Final = """
version: 1
external: { keeper: ./keeper.wasm, again: ./keeper.wasm }
components:
  exchange:
    flow:
      - <>.value -> keeper::exchange[a].value
      - a -> <>
  break:
    flow:
      - <>.value -> keeper::break[a].value
      - a -> <>
  spin:
    flow:
      - <>.value -> keeper::spin[a].value
      - a -> <>
  fall:
    instances:
      a: keeper::exchange
      b: keeper::fall
    flow:
      - <>.value -> a.value
      - a -> <>
  two:
    instances:
      a: keeper::exchange
      b: again::exchange
    flow:
      - <>.value -> a.value
      - <>.value -> b.value
      - a -> <>.first
      - b -> <>.second
  insist:
    instances:
      a: { id: keeper::insist, retry: 3 }
    flow:
      - <>.value -> a.value
      - a -> <>
  each:
    inputs: { value: { type: stream<u32> } }
    flow:
      - <>.value -> keeper::exchange[a].value
      - a -> <>
  session:
    flow:
      - <>.value -> keeper::keeping[a].value
      - a -> <>
"""
#: The same for all transactions, so that their clocks and dice are.
SAME: Final = Circumstances(seed=5, timestamp=1_700_000_000_000)
#: Time for what never ends; others are done long before.
HURRIED: Final = SAME._replace(timeout=0.1)

#: What a transaction finds, or does.
Deed: TypeAlias = Callable[[Host], Awaitable[Any]]


def invoked(name: str, circumstances: Circumstances = SAME) -> Deed:
    """One transaction on values. What it fails with is what it finds then."""

    async def invoke(host: Host) -> object:
        try:
            return await host.invoke(name, {"value": SECRET}, circumstances)
        except TransactionFailed as failed:
            return str(failed.failure)

    return invoke


def streamed(name: str, circumstances: Circumstances = SAME) -> Deed:
    """One transaction on a stream of three numbers."""

    async def stream(host: Host) -> object:
        async with host.stream(name, {}, {("value",): _numbers()}, circumstances) as running:
            return [line async for line in running]

    return stream


async def _numbers() -> AsyncIterator[Sequence[tuple[Slot, ...]]]:
    for number in range(SECRET, SECRET + 3):
        yield [(number,)]


async def cancelled(host: Host) -> None:
    """A transaction that is given up while it runs."""
    running = asyncio.ensure_future(host.invoke("spin", {"value": SECRET}, SAME))
    await asyncio.sleep(0)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def left(host: Host) -> None:
    """A transaction on a stream whose caller leaves after the first line."""
    async with host.stream("session", {}, {("value",): _numbers()}, SAME) as running:
        async for _ in running:
            break


FRESH: Final = SAME._replace(fresh=True)
#: The ways of running that end with an answer.
WAYS: Final[dict[str, Deed]] = {
    "a call": invoked("exchange"),
    "a call with a store for each": invoked("exchange", FRESH),
    "two collections of one artifact": invoked("two"),
    "a call for each element": streamed("each"),
    "a call for each element with a store for each": streamed("each", FRESH),
    "a streaming component": streamed("session"),
    "a call that breaks until it finds something": invoked("insist"),
    "a call that breaks": invoked("break"),
    "a call that breaks beside one that prints": invoked("fall"),
}
#: Those, and the ones that are given up.
DEEDS: Final = WAYS | {
    "a call that never ends": invoked("spin", HURRIED),
    "a call that is cancelled": cancelled,
    "a stream that is left": left,
}


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("leaks")
    text = (Path(__file__).parent / "wat" / "keeper.wat").read_text()
    (folder / "keeper.wasm").write_bytes(wat2wasm(text))
    (folder / "flow.yaml").write_text(FLOW)
    return str(folder / "flow.yaml")


async def found(flow: str, way: str) -> object:
    """What a transaction finds that is the first of its host."""
    async with open_host(flow) as host:
        return await WAYS[way](host)


async def test_the_guest_finds_what_it_has_kept(flow: str) -> None:
    """Else the tests below would find nothing in a host that keeps everything."""
    async with open_host(flow) as host:
        lines = await WAYS["a streaming component"](host)
    first, second, third = (line["output"] for line in lines)
    assert first[:6] == (0, 0, 1, 0, 1, 1)
    assert second[:6] == (SECRET, SECRET, 2, SECRET, 2, 3)
    assert third[:6] == (SECRET + 1, SECRET + 1, 3, SECRET + 1, 3, 5)
    assert len({line[6] for line in (first, second, third)}) == 3
    assert len({line[7] for line in (first, second, third)}) == 3


@pytest.mark.parametrize("before", DEEDS)
@pytest.mark.parametrize("way", WAYS)
async def test_nothing_is_found_of_the_transaction_before(flow: str, way: str, before: str) -> None:
    first = await found(flow, way)
    # With few stores, what was let go is used again at once.
    settings = Settings(limits=Limits(stores=4))
    async with open_host(flow, settings) as host:
        for _ in range(3):
            await DEEDS[before](host)
            assert await WAYS[way](host) == first
        assert process_runtime().places.taken == 0


@pytest.mark.parametrize("way", WAYS)
async def test_nothing_is_found_of_transactions_at_the_same_time(flow: str, way: str) -> None:
    first = await found(flow, way)
    beside = [deed for name, deed in DEEDS.items() if "never" not in name]
    async with open_host(flow) as host:
        for _ in range(5):
            others = [asyncio.ensure_future(deed(host)) for deed in beside * 2]
            assert await asyncio.gather(*(WAYS[way](host) for _ in range(10))) == [first] * 10
            await asyncio.gather(*others)


async def test_nothing_is_found_on_a_host_that_is_full(flow: str) -> None:
    """Calls wait for places, and stores that transactions keep between calls are given up for them."""
    keeping = ("a streaming component", "a call for each element")
    names = [name for name in WAYS if name not in keeping]
    firsts = {name: await found(flow, name) for name in names}
    async with open_host(flow, Settings(limits=Limits(stores=2))) as host:
        spinning = [asyncio.ensure_future(DEEDS["a call that never ends"](host)) for _ in range(4)]
        several = [(name, asyncio.ensure_future(WAYS[name](host))) for name in names * 20]
        for name, running in several:
            assert await running == firsts[name], name
        await asyncio.gather(*spinning)


async def test_nothing_is_found_by_calls_on_other_threads(
    flow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if every call were slow: all of them begin on the threads for guests."""
    first = await found(flow, "a call")
    monkeypatch.setattr(run, "_PROMPT", -1)
    async with open_host(flow) as host:
        for _ in range(10):
            together = (WAYS["a call"](host) for _ in range(20))
            assert await asyncio.gather(*together) == [first] * 20


async def test_the_log_of_a_call_is_not_that_of_another(
    flow: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "wasmflow.guest")
    async with open_host(flow) as host:
        for _ in range(3):
            assert "it printed last: secret" in str(await WAYS["a call that breaks"](host))
            said = await WAYS["a call that breaks beside one that prints"](host)
            assert "secret" not in str(said)
    assert set(caplog.messages) == {"secret"}
