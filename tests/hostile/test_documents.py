"""What the host reads itself, manifests and JSON: whatever stands in it, it is refused in words."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.collections.wasm.guests import PADDING, collection, echo
from tests.hostile.crowd import Crowd, crowd
from tests.hostile.documents import JSON, MANIFESTS, Bomb, doubling
from wasmflow.component import TransactionFailed
from wasmflow.errors import ProblemsError
from wasmflow.host.host import Circumstances, Host, open_host
from wasmflow.host.settings import Settings
from wasmflow.types import model as wit
from wasmflow.types.json import decoder, loads

#: Problems that a manifest tells of.
MOST = 1001


@pytest.fixture(scope="module")
def people() -> Iterator[Crowd]:
    with crowd() as people:
        yield people


async def refused(path: Path) -> list[str]:
    """The problems of a manifest, as people read them."""
    with pytest.raises(ProblemsError) as caught:
        async with open_host(str(path)):
            pass
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("bomb", MANIFESTS, ids=str)
async def test_a_manifest_is_refused_in_words(bomb: Bomb, tmp_path: Path, people: Crowd) -> None:
    path = tmp_path / "bomb.yaml"
    path.write_bytes(bomb.text if isinstance(bomb.text, bytes) else bomb.text.encode())
    opening = asyncio.create_task(refused(path))
    await people.serve(100, until=opening.done)
    problems = await opening
    assert bomb.words in problems[0]
    assert len(problems) <= MOST
    assert max(map(len, problems)) < 1000
    assert all(problem.isprintable() for problem in problems)


async def test_flows_that_double_with_each_level_end_at_the_time_limit(
    tmp_path: Path, people: Crowd
) -> None:
    """Two to the power of forty calls, in forty lines."""
    path = tmp_path / "doubling.yaml"
    path.write_text(doubling(40))
    async with open_host(str(path)) as host:
        invoking = asyncio.ensure_future(host.invoke("c0", {"x": 1}, Circumstances(timeout=0.3)))
        await people.serve(500, until=invoking.done)
        with pytest.raises(TransactionFailed, match="time limit"):
            await invoking


@pytest.mark.parametrize("bomb", JSON, ids=str)
def test_json_is_refused_in_words(bomb: Bomb) -> None:
    with pytest.raises(wit.Misfit) as caught:
        loads(bomb.text)
    assert bomb.words in str(caught.value)
    assert len(str(caught.value)) < 300


HUGE = "9" * 1000


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (wit.U8, 10**1000),
        (wit.U64, HUGE),
        (wit.F64, 10**400),
        (wit.CHAR, "a" * 1_000_000),
        (wit.BYTES, "=" * 1_000_000),
        (wit.BOOL, ["x" * 1000] * 1000),
        (wit.List(wit.U8), {str(number): 1 for number in range(10_000)}),
        (wit.Tuple((wit.U8,)), [1] * 100_000),
        (wit.Record((wit.Part("a", wit.U8),)), {f"a{i}": 1 for i in range(10_000)}),
        (wit.Enum(("a", "b")), "x" * 1_000_000),
        (wit.Flags(("a", "b")), ["x" * 1000] * 10_000),
        (wit.Variant((wit.Part("a", wit.U8),)), {"x" * 100_000: 1}),
        (wit.Option(wit.Option(wit.U8)), {"some": {"some": {"some": 1}}}),
        (wit.Result(wit.U8, None), {"ok": 1, "err": 2}),
    ],
    ids=lambda _: "",
)
def test_json_that_does_not_fit_a_port_is_refused_in_few_words(
    type_: wit.Type, value: object
) -> None:
    decode = decoder(type_)
    with pytest.raises(wit.Misfit) as caught:
        decode(value)
    assert len(str(caught.value)) < 1000


def _itself() -> list[object]:
    inner: list[object] = []
    inner.append(inner)
    return inner


def _deep(levels: int) -> object:
    value: object = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (_itself(), "nested too deeply"),
        (_deep(100_000), "nested too deeply"),
        (10**10_000, "thousands of digits"),
        (float("nan"), "no JSON"),
        ("\udc80", "surrogate"),
    ],
    ids=lambda _: "",
)
async def test_a_value_that_is_no_json_reaches_no_guest(value: object, words: str) -> None:
    """Who calls from Python may give a port of type `any` whatever there is."""
    guest = collection(echo(wit.ANY))
    try:
        host = Host(guest, Settings())
        with pytest.raises(TransactionFailed) as caught:
            await host.invoke("echo", {"value": value, "padding": PADDING})
    finally:
        guest.close()
    assert words in caught.value.failure.message
    assert len(caught.value.failure.message) < 300
