"""What a program gives to ports in step becomes elements; what cannot be fed so is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from wasmflow.engine.intake import Element
from wasmflow.errors import UsageError
from wasmflow.host.feeding import CHUNK, Given, elements
from wasmflow.host.host import open_host

MANIFEST = """
version: 1
components:
  pair:
    inputs: {a: stream<s64>, b: stream<s64>, c: s64, d: stream<s64>}
    flow:
      - <>.a -> core::merge[m].a
      - <>.b -> m.b
      - <>.c -> m.c
      - m.output -> <>
      - <>.d -> <>.d
"""


async def elements_of(*values: Any) -> list[Element]:
    given = [Given(f"p{i}", value, lambda packet: packet) for i, value in enumerate(values)]
    return [element async for chunk in elements(given) for element in chunk]


async def test_no_more_than_a_chunk_is_read_ahead() -> None:
    read = iter(range(1000))
    async for chunk in elements([Given("p", read, lambda packet: packet)]):
        assert len(chunk) == CHUNK
        break
    assert next(read) == CHUNK


async def test_empty_streams_have_no_elements() -> None:
    assert await elements_of([], []) == []
    assert await elements_of([], "held") == []


async def test_packets_that_are_equal_to_anything_are_packets() -> None:
    class Agreeable:
        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 1

    assert len(await elements_of([Agreeable(), Agreeable()])) == 2


async def test_who_ended_and_who_goes_on_is_told() -> None:
    with pytest.raises(UsageError, match="'p1', 'p2' ended after 1, and 'p0' goes on"):
        await elements_of([1, 2], [1], [1], "held")


async def fed(*chunks: Sequence[Element]) -> AsyncIterator[Sequence[Element]]:
    for chunk in chunks:
        yield chunk


@pytest.mark.parametrize(
    ("feeds", "inputs"),
    [
        ([("a",), ("b",)], {"c": 1, "d": 1}),
        ([("a", "d"), ("b",)], {"c": 1}),
        ([("a",)], {"b": 2, "c": 1, "d": 1}),
        ([("a", "c")], {"b": 1, "d": 1}),
        ([("a", "b", "c")], {"d": 1}),
    ],
)
async def test_ports_in_step_are_fed_together(
    tmp_path: Path, feeds: list[tuple[str, ...]], inputs: dict[str, object]
) -> None:
    path = tmp_path / "flows.yaml"
    path.write_text(MANIFEST)
    async with open_host(str(path)) as host:
        with pytest.raises(UsageError, match=r"are in step|is no stream"):
            host.stream("pair", inputs, {names: fed() for names in feeds})
        host.stream("pair", {"c": 1}, {("a", "b"): fed(), ("d",): fed()})
        host.stream("pair", {"c": 1}, {("a", "b", "d"): fed()})
