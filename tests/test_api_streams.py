"""The Python API on streams: iterables in, lines out, leaving early."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from wasmflow import TransactionFailed, UsageError, open_collection, open_sync

FLOWS = """
version: 1
components:
  few:
    inputs: {items: {type: stream<s64>}}
    instances:
      t: {id: core::take, with: {count: 3}}
    flow:
      - <>.items -> t.input
      - t.output -> <>
  pass:
    inputs: {items: {type: stream<s64>}}
    flow:
      - <>.items -> core::log[l].input
      - l.output -> <>
  all:
    flow:
      - <>.items -> core::collect[c].input
      - c.output -> <>
  failing:
    inputs: {items: {type: stream<any>}}
    flow:
      - <>.items.x -> <>.x
  value:
    flow:
      - <>.a -> <>.b
"""


@pytest.fixture
def flows(tmp_path: Path) -> str:
    path = tmp_path / "flows.yaml"
    path.write_text(FLOWS)
    return str(path)


async def test_an_endless_iterable_is_read_as_far_as_it_is_needed(flows: str) -> None:
    read = itertools.count()
    async with (
        open_collection(flows) as collection,
        collection.stream("few", {"items": read}) as stream,
    ):
        lines = [line async for line in stream]
    assert lines == [{"output": 0}, {"output": 1}, {"output": 2}]
    assert next(read) < 200


async def lines_of(reference: str, component: str, items: Any, into: list[Any]) -> list[Any]:
    """What a component sends for these items; also what came before it failed."""
    async with (
        open_collection(reference) as collection,
        collection.stream(component, {"items": items}) as stream,
    ):
        async for line in stream:
            into.append(line)  # noqa: PERF401 - kept also if it fails
    return into


async def test_asynchronous_iterables_are_awaited(flows: str) -> None:
    async def slowly() -> AsyncIterator[int]:
        for number in range(2):
            await asyncio.sleep(0)
            yield number

    assert await lines_of(flows, "pass", slowly(), []) == [{"output": 0}, {"output": 1}]


async def test_one_value_is_a_stream_of_one(flows: str) -> None:
    async with (
        open_collection(flows) as collection,
        collection.stream("pass", {"items": 5}) as stream,
    ):
        assert [line async for line in stream] == [{"output": 5}]


async def test_leaving_early_stops_what_gives(flows: str) -> None:
    stopped = asyncio.Event()

    async def endless() -> AsyncGenerator[int, None]:
        try:
            for number in itertools.count():
                await asyncio.sleep(0)
                yield number
        finally:
            stopped.set()

    async with open_collection(flows) as collection:
        given = endless()
        async with collection.stream("pass", {"items": given}) as stream:
            async for line in stream:
                assert line == {"output": 0}
                break
        await given.aclose()
        assert stopped.is_set()
        assert len(asyncio.all_tasks()) == 1


async def test_an_element_that_does_not_fit_is_the_callers_mistake(flows: str) -> None:
    with pytest.raises(UsageError, match="input 'items'"):
        await lines_of(flows, "pass", [1, "two"], [])


async def test_a_failure_at_the_edge_is_raised_after_the_last_line(flows: str) -> None:
    lines: list[Any] = []
    with pytest.raises(TransactionFailed):
        await lines_of(flows, "failing", [{"x": 1}, {}, {"x": 3}], lines)
    assert lines == [{"x": 1}, {"x": 3}]


async def test_what_has_no_streams_is_invoked_and_what_has_is_streamed(flows: str) -> None:
    async with open_collection(flows) as collection:
        with pytest.raises(UsageError, match="has no streams"):
            collection.stream("value", {"a": 1})
        with pytest.raises(UsageError, match="use stream"):
            await collection.invoke("pass", {"items": [1, 2]})
        stream = collection.stream("pass", {"items": [1]})
        with pytest.raises(UsageError, match="async with"):
            await anext(aiter(stream))


def test_streams_without_asynchronous_code(flows: str) -> None:
    with open_sync(flows) as collection:
        with collection.stream("few", {"items": itertools.count()}) as lines:
            assert [line["output"] for line in lines] == [0, 1, 2]
        with collection.stream("pass", {"items": itertools.count()}) as lines:
            assert next(lines) == {"output": 0}


def test_a_stream_becomes_a_list(flows: str) -> None:
    with open_sync(flows) as collection, collection.stream("all", {"items": range(1000)}) as lines:
        assert list(lines) == [{"output": list(range(1000))}]


SUM = """
version: 1
components:
  pair:
    inputs: {a: {type: stream<s64>}, b: {type: stream<s64>}}
    flow:
      - <>.a -> core::merge[m].a
      - <>.b -> m.b
      - m.output -> <>
"""


@pytest.fixture
def pairs(tmp_path: Path) -> str:
    path = tmp_path / "pairs.yaml"
    path.write_text(SUM)
    return str(path)


async def pairs_of(reference: str, a: Any, b: Any) -> list[tuple[int, int]]:
    async with (
        open_collection(reference) as collection,
        collection.stream("pair", {"a": a, "b": b}) as stream,
    ):
        return [(line["output"]["a"], line["output"]["b"]) async for line in stream]


async def counting(last: int) -> AsyncIterator[int]:
    for number in range(last):
        yield number


async def test_iterables_in_step_are_read_in_step(pairs: str) -> None:
    expected = [(number, number + 1) for number in range(100)]
    assert await pairs_of(pairs, range(100), range(1, 101)) == expected
    assert await pairs_of(pairs, counting(100), range(1, 101)) == expected


async def test_a_value_beside_a_stream_that_is_given_is_held(pairs: str) -> None:
    assert await pairs_of(pairs, range(3), 7) == [(0, 7), (1, 7), (2, 7)]
    assert await pairs_of(pairs, 7, counting(2)) == [(7, 0), (7, 1)]
    assert await pairs_of(pairs, 7, 8) == [(7, 8)]


@pytest.mark.parametrize("shorter", [range(2), counting(2)])
async def test_streams_in_step_of_unequal_length_are_the_callers_mistake(
    pairs: str, shorter: Any
) -> None:
    with pytest.raises(UsageError, match="'b' ended after 2, and 'a' goes on"):
        await pairs_of(pairs, range(3), shorter)


async def _turns(count: int) -> AsyncIterator[int]:
    """Lets others go on, so many times."""
    for turn in range(count):
        await asyncio.sleep(0)
        yield turn


async def test_a_generator_that_waits_for_room_is_closed_when_the_stream_is_left(
    flows: str,
) -> None:
    closed = False

    async def endless() -> AsyncGenerator[int, None]:
        nonlocal closed
        try:
            for number in itertools.count():
                yield number
        finally:
            await asyncio.sleep(0)
            closed = True

    given = endless()
    async with open_collection(flows) as collection:
        async with collection.stream("pass", {"items": given}) as stream:
            async for _ in stream:
                break
            states = [stream.statistics()[0].state async for _ in _turns(1000)]
        assert states[-1] == "waits for room"
        assert closed


async def test_the_next_line_can_be_asked_for_and_the_place_of_a_wrong_packet_is_told(
    flows: str,
) -> None:
    async with open_collection(flows) as collection:
        async with collection.stream("all", {"items": [1, 2]}) as stream:
            assert await anext(stream) == {"output": [1, 2]}
            with pytest.raises(StopAsyncIteration):
                await anext(stream)
        async with collection.stream("pass", {"items": [1, "x"]}) as stream:
            with pytest.raises(UsageError, match=r"input .items.: .* packet 2 of its stream"):
                [line async for line in stream]


def test_a_stream_without_asynchronous_code_tells_how_it_stands(flows: str) -> None:
    with open_sync(flows) as collection:
        with collection.stream("pass", {"items": itertools.count()}) as stream:
            assert next(stream) == {"output": 0}
            (feeder, log) = stream.statistics()
        assert (feeder.path, log.path) == ("<>.items", "l")
        assert feeder.taken >= 64
        with pytest.raises(UsageError, match=r"in its .(async )?with. block"):
            next(collection.stream("pass", {"items": [1]}))
