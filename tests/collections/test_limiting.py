"""What manifests say of limits holds for what they use, and goes down."""

from __future__ import annotations

from pathlib import Path

import pytest
from wasmtime import wat2wasm

from tests.host.manifests import written
from wasmflow.collections.flow import FlowCollection
from wasmflow.errors import ProblemsError
from wasmflow.host.host import open_host
from wasmflow.host.settings import Settings
from wasmflow.limits import MIB, Limits

INNER = """
version: 1
limits: { transaction_seconds: 7200 }
external:
  guest: { kind: wasm, reference: guest.wasm, limits: { call_seconds: %s } }
"""
OUTER = """
version: 1
limits: { transaction_seconds: 5, transaction_output_bytes: 10 MiB }
external:
  inner: { kind: manifest, reference: inner.yaml, limits: { memory: 64MiB, call_seconds: 2 } }
  guest: guest.wasm
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "guest.wasm").write_bytes(wat2wasm("(component)"))
    return tmp_path


async def limits_of(reference: str, *path: str, limits: Limits | None = None) -> Limits | None:
    """The limits of what a manifest opens, there or some levels deeper."""
    async with open_host(reference, Settings(limits=limits or Limits())) as host:
        collection = host.collection
        for namespace in path:
            assert isinstance(collection, FlowCollection)
            collection = collection.collections[namespace]
        return collection.about.limits


async def problems_of(reference: str, limits: Limits | None = None) -> list[str]:
    with pytest.raises(ProblemsError) as raised:
        await limits_of(reference, limits=limits)
    places = [(problem.place, problem) for problem in raised.value.problems]
    return [f"{Path(place.file).name}:{place.line}: {each.message}" for place, each in places]


async def test_what_is_said_of_a_manifest_holds_for_all_that_it_uses(folder: Path) -> None:
    written(folder, INNER % "1.5", "inner.yaml")
    outer = written(folder, OUTER)
    assert await limits_of(outer, "guest") == Limits()
    within = Limits(memory=64 * MIB, call_seconds=1.5)
    assert await limits_of(outer, "inner", "guest") == within


async def test_a_transaction_has_the_limits_of_the_manifest_that_it_begins_in(
    folder: Path,
) -> None:
    written(folder, INNER % "1.5", "inner.yaml")
    limits = await limits_of(written(folder, OUTER))
    assert limits == Limits(transaction_seconds=5, transaction_output_bytes=10 * MIB)


async def test_no_manifest_is_given_more_than_its_user_allows(folder: Path) -> None:
    inner = written(folder, INNER % "3", "inner.yaml")
    found = await problems_of(written(folder, OUTER))
    assert "inner.yaml:5: 'call_seconds' is 3 s here, and 2 s is the most that can be" in found
    assert await limits_of(inner, "guest") == Limits(call_seconds=3)


async def test_what_a_host_sets_is_the_most_that_a_manifest_can_say(folder: Path) -> None:
    written(folder, INNER % "1", "inner.yaml")
    host = Limits(call_seconds=1, transaction_seconds=4, memory=32 * MIB)
    found = await problems_of(written(folder, OUTER), host)
    assert found == [
        "flows.yaml:3: 'transaction_seconds' is 5 s here, and 4 s is the most that can be",
        "flows.yaml:5: 'memory' is 64 MiB here, and 32 MiB is the most that can be",
        "flows.yaml:5: 'call_seconds' is 2 s here, and 1 s is the most that can be",
    ]


async def test_no_manifest_says_more_than_any_host_allows(folder: Path) -> None:
    found = await problems_of(written(folder, INNER % "3601"))
    assert found == [
        "flows.yaml:5: 'call_seconds' is 3601 s here, and 3600 s is the most that can be"
    ]


async def test_the_hint_says_what_to_write_and_where(folder: Path) -> None:
    inner = written(folder, INNER % "4000", "inner.yaml")
    outer = written(folder, OUTER)
    hints = []
    for reference in (inner, outer):
        with pytest.raises(ProblemsError) as raised:
            await limits_of(reference)
        hints += [each.hint for each in raised.value.problems if "'call_seconds'" in each.message]
    assert hints[0] == "write less, or let it have that: --limit call_seconds=4000s"
    assert hints[1].endswith("write limits: {call_seconds: 4000} in the entry of 'external' there")
