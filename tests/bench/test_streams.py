"""The chains that are measured do what they are measured at; what it costs is not looked at here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from bench.course import CHAINS, Course, lay_out
from bench.measure import QUICK
from bench.streams import CHUNK, through_stream

from wasmflow.host.host import Host, open_host


@pytest.fixture
def course() -> Iterator[Course]:
    with lay_out(QUICK) as course:
        yield course


@pytest.fixture
async def host(course: Course) -> AsyncIterator[Host]:
    async with open_host(course.chains) as host:
        yield host


@pytest.mark.parametrize("way", ["lifted", "push", "push-many"])
async def test_each_node_of_a_chain_appends_a_character(host: Host, way: str) -> None:
    async def chunks() -> AsyncIterator[list[tuple[str]]]:
        yield [("a",), ("",), ("x" * 100_000,)]

    for nodes in CHAINS:
        ends = "!" * nodes
        async with host.stream(f"{way}-{nodes}", {}, {("left",): chunks()}) as stream:
            lines = [line["output"] async for line in stream]
        assert lines == [f"a{ends}", ends, f"{'x' * 100_000}{ends}"]


async def test_a_chain_does_the_same_with_values(host: Host) -> None:
    assert await host.invoke("values-3", {"left": "a"}) == {"output": "a!!!"}


async def test_a_piece_of_work_is_a_packet(course: Course) -> None:
    # It counts by itself what comes out.
    await through_stream(course, "core-3", "a")(2 * CHUNK + 1)
