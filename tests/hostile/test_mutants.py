"""Mutants of components: refused with a clear message, or run like any other guest."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from wasmtime import WasmtimeError, wat2wasm
from wasmtime.component import Component

from tests.collections.wasm.guests import WAT
from tests.hostile.attack import STRICT
from tests.hostile.crowd import TEXT, Crowd, crowd, footprint
from tests.hostile.mutants import mutant, plainest
from wasmflow.collections.wasm.binary import Binary
from wasmflow.collections.wasm.collection import WasmCollection, collect
from wasmflow.collections.wasm.compile import explain_invalid
from wasmflow.collections.wasm.loading import Loaded
from wasmflow.collections.wasm.runtime import process_runtime
from wasmflow.component import TransactionFailed
from wasmflow.errors import ProblemsError
from wasmflow.host.host import Host, open_host
from wasmflow.host.settings import Settings
from wasmflow.packet import Slot
from wasmflow.problem import Problem

#: Small ones, each with other parts: texts, resources, all of WASI.
ORIGINALS = {
    "text": bytes(wat2wasm(TEXT)),
    "streams": bytes(wat2wasm((WAT / "streams.wat").read_text())),
    "sandbox": bytes(wat2wasm((WAT / "sandbox.wat").read_text())),
}
#: Mutants of each.
MANY = 120
QUICK = replace(STRICT, call_seconds=0.02, transaction_seconds=0.1)


@pytest.fixture(scope="module")
def people() -> Iterator[Crowd]:
    with crowd() as people:
        yield people


def check(problem: Problem) -> None:
    """Whether people can read it."""
    assert problem.message
    assert "\n" not in problem.message
    assert len(problem.message) < 1000
    assert problem.message.replace("\t", " ").isprintable()


def opened(content: bytes) -> WasmCollection | None:
    """The mutant as a collection, compiled in this process since that is quicker; ``None`` if it is
    refused, which it is in words."""
    runtime = process_runtime()
    try:
        component = Component(runtime.engine.wasmtime, content)
    except WasmtimeError as error:
        check(explain_invalid(str(error)))
        return None
    try:
        return collect(Binary("mutant.wasm", content, ""), Loaded(component), runtime, QUICK)
    except ProblemsError as error:
        for problem in error.problems:
            check(problem)
        return None


async def run_all(collection: WasmCollection) -> int:
    """Run all that it has, at the same time; how much of it ended without an error."""
    host = Host(collection, Settings(limits=QUICK))
    outcomes = await asyncio.gather(*(run_one(host, name) for name in collection.definitions))
    return sum(outcomes)


async def run_one(host: Host, name: str) -> bool:
    signature = host.signature(name)
    values = {port.name: plainest(port.type) for port in signature.inputs if not port.stream}
    try:
        if signature.streaming:
            names = tuple(port.name for port in signature.inputs if port.stream)
            elements = tuple(plainest(port.type) for port in signature.inputs if port.stream)
            feeds = {names: thrice(elements)} if names else {}
            async with host.stream(name, values, feeds) as stream:
                async for _ in stream.packets():
                    pass
        else:
            await host.invoke(name, values)
    except TransactionFailed:
        return False
    return True


async def thrice(elements: tuple[Slot, ...]) -> AsyncIterator[Sequence[tuple[Slot, ...]]]:
    yield [elements] * 3


@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize("name", ORIGINALS)
def test_a_mutant_is_refused_in_words_or_runs_like_any_other(
    name: str, part: int, people: Crowd
) -> None:
    refused, fine, before = 0, 0, footprint()

    async def run_beside(collection: WasmCollection) -> int:
        running = asyncio.create_task(run_all(collection))
        await people.serve(20, until=running.done)
        return await running

    for number in range(part * MANY // 4, (part + 1) * MANY // 4):
        collection = opened(mutant(ORIGINALS[name], number))
        if collection is None:
            refused += 1
            continue
        fine += asyncio.run(run_beside(collection)) > 0
        collection.close()
    asyncio.run(people.serve(100))
    # Of both there are some, or the test is none.
    assert refused
    assert fine
    assert footprint().stores == before.stores == 0


@pytest.mark.parametrize("number", range(8))
async def test_a_mutant_in_a_file_is_refused_in_words_or_runs(
    number: int, tmp_path: Path, people: Crowd
) -> None:
    """All the way: the file, the compiler in a process of its own, the cache."""
    path = tmp_path / "mutant.wasm"
    path.write_bytes(mutant(ORIGINALS["text"], number))
    settings = Settings(limits=QUICK, cache=tmp_path / "cache")

    async def open_and_run() -> None:
        try:
            async with open_host(str(path), settings) as host:
                for name in host.collection.definitions:
                    await run_one(host, name)
        except ProblemsError as error:
            for problem in error.problems:
                check(problem)

    running = asyncio.create_task(open_and_run())
    await people.serve(100, until=running.done)
    await running


def test_the_same_number_makes_the_same_mutant() -> None:
    digests = {hashlib.sha256(mutant(ORIGINALS["text"], 7)).hexdigest() for _ in range(3)}
    assert len(digests) == 1
    assert len({mutant(ORIGINALS["text"], number) for number in range(MANY)}) > MANY * 0.9
