"""So many transactions work at one time; the others wait for their turn, or are refused."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import monotonic

import pytest

from tests.fakes import transaction
from tests.host.manifests import written
from wasmflow.component import TransactionFailed
from wasmflow.errors import BusyError
from wasmflow.host.admission import Admission
from wasmflow.host.host import Circumstances, open_host
from wasmflow.host.settings import Settings
from wasmflow.limits import Limits


async def waiting(admission: Admission, count: int, log: list[int]) -> list[asyncio.Task[None]]:
    async def wait(number: int) -> None:
        await admission.wait(transaction())
        log.append(number)

    tasks = [asyncio.create_task(wait(number)) for number in range(count)]
    await asyncio.sleep(0)
    return tasks


async def test_who_waits_longest_is_next() -> None:
    admission, log = Admission(1, 3), list[int]()
    assert admission.enter()
    assert not admission.enter()
    tasks = await waiting(admission, 3, log)
    for _ in range(4):
        admission.leave()
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert log == [0, 1, 2]
    assert admission.enter()
    assert not admission.enter()


async def test_one_too_many_is_refused() -> None:
    admission = Admission(1, 2)
    admission.enter()
    tasks = await waiting(admission, 2, [])
    with pytest.raises(BusyError, match="busy: 1 transactions are at work, and 2 wait"):
        await admission.wait(transaction())
    for _ in tasks:
        admission.leave()
    await asyncio.gather(*tasks)


async def test_who_gives_up_keeps_no_place() -> None:
    admission, log = Admission(1, 3), list[int]()
    admission.enter()
    first, second, third = await waiting(admission, 3, log)
    first.cancel()
    await asyncio.wait((first,))
    admission.leave()
    # It has its turn already, and does not know it yet.
    second.cancel()
    await asyncio.gather(second, third, return_exceptions=True)
    assert log == [2]
    admission.leave()
    assert admission.enter()


async def test_who_leaves_passes_over_one_who_has_just_been_cancelled() -> None:
    admission, log = Admission(1, 2), list[int]()
    admission.enter()
    first, second = await waiting(admission, 2, log)
    first.cancel()
    admission.leave()
    await asyncio.gather(first, second, return_exceptions=True)
    assert log == [1]
    admission.leave()
    assert [admission.enter(), admission.enter()] == [True, False]


async def test_waiting_counts_towards_the_time_limit() -> None:
    admission = Admission(1, 1)
    admission.enter()
    with pytest.raises(TransactionFailed, match="its time limit was reached while it waited"):
        await admission.wait(transaction(deadline=monotonic()))
    admission.leave()
    assert admission.enter()


async def test_a_busy_host_refuses_and_recovers(tmp_path: Path) -> None:
    settings = Settings(limits=Limits(transactions=1, waiting=1))
    async with open_host(written(tmp_path), settings) as host:
        calls = [host.invoke("pair", {"first_name": "Jane"}) for _ in range(3)]
        admission = host._admission
        assert admission.enter()
        tasks = [asyncio.create_task(call) for call in calls]
        refused, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        assert [type(task.exception()) for task in refused] == [BusyError] * 2
        admission.leave()
        done = await asyncio.gather(*(set(tasks) - refused))
        assert done == [{"output": {"name": "Jane", "age": 7}}]
        assert await host.invoke("pair", {"first_name": "Jane"})


async def test_the_streams_of_a_manifest_wait_too(tmp_path: Path) -> None:
    text = """
version: 1
limits: { transactions: 1, transaction_seconds: 30 }
components:
  count: { inputs: { n: stream<u16> }, flow: ["<>.n -> core::collect[c]", "c -> <>"] }
"""
    async with open_host(written(tmp_path, text)) as host:
        assert host.limits.transactions == 1
        first = host.stream("count", {"n": 1})
        hasty = Circumstances(timeout=0.01)
        async with first:
            with pytest.raises(TransactionFailed, match="waited for its turn"):
                await host.stream("count", {"n": 2}, circumstances=hasty).__aenter__()
            assert [line async for line in first] == [{"output": [1]}]
        async with host.stream("count", {"n": 3}) as third:
            assert [line async for line in third] == [{"output": [3]}]
