"""Stores of WebAssembly under streams: they end with their transaction, and sharing them changes nothing."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from wasmtime import wat2wasm

from wasmflow.collections.wasm.runtime import process_runtime
from wasmflow.host.host import Chunks, Circumstances, open_host
from wasmflow.packet import Slot

ROOT = Path(__file__).parents[2]
FLOW = """
version: 1
external: { text: ./text.wasm }
components:
  marked:
    inputs: { items: { type: stream<string> }, mark: { type: string } }
    instances:
      a: text::concat
      b: text::concat
    flow:
      - <>.items -> a.left
      - <>.mark -> a.right
      - a -> b.left
      - <>.mark -> b.right
      - b -> <>
"""


@pytest.fixture
def flow(tmp_path: Path) -> str:
    text = (ROOT / "bench/wat/text.wat").read_text()
    (tmp_path / "text.wasm").write_bytes(wat2wasm(text))
    (tmp_path / "flow.yaml").write_text(FLOW)
    return str(tmp_path / "flow.yaml")


async def chunks(count: int) -> AsyncIterator[Sequence[tuple[Slot, ...]]]:
    for number in range(count):
        yield [(str(number),)]


def fed(count: int) -> dict[tuple[str, ...], Chunks]:
    """So many packets for the flow."""
    return {("items",): chunks(count)}


async def test_a_store_for_each_call_gives_the_same_packets(flow: str) -> None:
    sent = []
    async with open_host(flow) as host:
        for fresh in (False, True):
            circumstances = Circumstances(fresh=fresh)
            async with host.stream("marked", {"mark": "!"}, fed(200), circumstances) as stream:
                sent.append([line["output"] async for line in stream])
        assert process_runtime().places.taken == 0
    assert sent[0] == sent[1] == [f"{number}!!" for number in range(200)]


async def test_who_leaves_in_the_middle_leaves_no_store(flow: str) -> None:
    async with open_host(flow) as host:
        async with host.stream("marked", {"mark": "!"}, fed(1_000_000)) as stream:
            async for line in stream:
                assert line == {"output": "0!!"}
                break
        assert process_runtime().places.taken == 0
        assert asyncio.all_tasks() == {asyncio.current_task()}


#: Runs many transactions on values and on streams, and prints how the memory of the process grew.
_MANY = """
import asyncio, sys
from tests.promises.test_stores import fed
from wasmflow.host.host import open_host

def resident():
    with open("/proc/self/statm") as numbers:
        return int(numbers.read().split()[1]) * 4096

async def main(artifact, flow):
    async with open_host(artifact) as host, open_host(flow) as flows:
        async def some(times):
            for _ in range(times):
                await host.invoke("concat", {"left": "a", "right": "b"})
            for _ in range(times // 50):
                async with flows.stream("marked", {"mark": "!"}, fed(3)) as stream:
                    assert len([line async for line in stream]) == 3
        await some(5_000)
        before = resident()
        await some(100_000)
        print(resident() - before)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.timeout(300)
def test_memory_is_flat_over_a_hundred_thousand_transactions(flow: str) -> None:
    artifact = str(Path(flow).with_name("text.wasm"))
    ended = subprocess.run(
        [sys.executable, "-c", _MANY, artifact, flow],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(ended.stdout) < 4 << 20
