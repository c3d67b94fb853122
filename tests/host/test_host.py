from pathlib import Path
from time import monotonic
from typing import Any, cast

import pytest

from tests.host.manifests import written
from wasmflow.component import TransactionFailed
from wasmflow.engine.events import TransactionBegan
from wasmflow.errors import UsageError
from wasmflow.host.host import Circumstances, open_host
from wasmflow.host.settings import Settings
from wasmflow.limits import Limits
from wasmflow.packet import Kind


async def test_a_component_is_invoked_under_any_spelling_of_its_ports(tmp_path: Path) -> None:
    async with open_host(written(tmp_path)) as host:
        packets = await host.invoke("pair", {"first-name": "Jane", "age": 3})
    assert packets == {"output": {"name": "Jane", "age": 3}}


async def test_an_input_left_out_takes_its_default(tmp_path: Path) -> None:
    async with open_host(written(tmp_path)) as host:
        packets = await host.invoke("pair", {"first_name": "Jane"})
    assert packets == {"output": {"name": "Jane", "age": 7}}


async def test_a_missing_input_is_named_with_its_type(tmp_path: Path) -> None:
    async with open_host(written(tmp_path)) as host:
        with pytest.raises(UsageError, match=r"missing input: 'first_name' \(string\)"):
            await host.invoke("pair", {})


async def test_an_unknown_input_gets_a_hint(tmp_path: Path) -> None:
    async with open_host(written(tmp_path)) as host:
        with pytest.raises(UsageError, match="did you mean 'first_name'"):
            await host.invoke("pair", {"frst_name": "Jane"})


async def test_an_input_given_under_two_spellings_is_refused(tmp_path: Path) -> None:
    async with open_host(written(tmp_path)) as host:
        with pytest.raises(UsageError, match="'first_name' is given twice"):
            await host.invoke("pair", {"first_name": "Jane", "first-name": "Joan"})


async def test_an_unknown_component_gets_a_hint(tmp_path: Path) -> None:
    async with open_host(written(tmp_path)) as host:
        with pytest.raises(UsageError, match="did you mean 'pair'"):
            host.signature("piar")


async def test_a_failure_at_the_edge_fails_the_transaction(tmp_path: Path) -> None:
    async with open_host(written(tmp_path)) as host:
        with pytest.raises(TransactionFailed) as failed:
            await host.invoke("refuse", {"message": "no"})
    assert (failed.value.failure.kind, failed.value.failure.message) == (Kind.EXCEPTION, "no")
    assert failed.value.failure.origin == "f"
    assert failed.value.also == ()


async def test_of_several_failures_the_first_port_comes_first(tmp_path: Path) -> None:
    async with open_host(written(tmp_path)) as host:
        with pytest.raises(TransactionFailed) as failed:
            await host.invoke("two", {"left": "a", "right": "b"})
    assert failed.value.failure.message == "a"
    assert [each.message for each in failed.value.also] == ["b"]


async def test_a_failure_with_nowhere_to_go_is_not_lost(tmp_path: Path) -> None:
    async with open_host(written(tmp_path)) as host:
        with pytest.raises(TransactionFailed, match="gone"):
            await host.invoke("lost", {"message": "gone"})


async def test_a_generic_port_takes_any_value_at_the_edge(tmp_path: Path) -> None:
    async with open_host(written(tmp_path)) as host:
        value = {"deep": [1, None, "x"]}
        assert await host.invoke("through", {"input": value}) == {"output": value}


async def test_a_transaction_takes_the_circumstances_it_is_given(tmp_path: Path) -> None:
    async with open_host(written(tmp_path)) as host:
        fixed = host.transaction(Circumstances(seed=1, timestamp=2, fresh=True, trace="00-x"))
        chosen = [host.transaction(Circumstances()) for _ in range(2)]
    assert (fixed.seed, fixed.timestamp, fixed.fresh, fixed.trace) == (1, 2, True, "00-x")
    assert chosen[0].id != chosen[1].id
    assert chosen[0].seed != chosen[1].seed


async def test_a_deadline_that_is_over_is_said(tmp_path: Path) -> None:
    async with open_host(written(tmp_path)) as host:
        with pytest.raises(TransactionFailed, match="time limit"):
            await host.invoke("through", {"input": 1}, Circumstances(timeout=1e-9))


@pytest.mark.parametrize(
    ("impossible", "words"),
    [
        (Circumstances(seed=-1), r"the seed -1 is not .* from 0 to 2\^64-1"),
        (Circumstances(seed=2**64), "the seed"),
        (Circumstances(seed=cast(int, "1")), "the seed '1'"),
        (Circumstances(timestamp=-1), "the timestamp -1 is not .* at most 18446744073709"),
        (Circumstances(timestamp=18_446_744_073_710), "the timestamp"),
        (Circumstances(timestamp=cast(int, 1.5)), "the timestamp"),
        (Circumstances(timeout=0), "the timeout 0 is not .* greater than 0"),
        (Circumstances(timeout=-1.0), "the timeout"),
        (Circumstances(seed=10**5000), "the seed"),
        (Circumstances(timeout=10**400), "the timeout"),
        (Circumstances(timeout=float("inf")), "the timeout"),
        (Circumstances(timeout=float("nan")), "the timeout"),
        (Circumstances(timeout=cast(float, "1")), "the timeout '1'"),
    ],
)
async def test_impossible_circumstances_are_refused(
    tmp_path: Path, impossible: Circumstances, words: str
) -> None:
    async with open_host(written(tmp_path)) as host:
        with pytest.raises(UsageError, match=words):
            await host.invoke("through", {"input": 1}, impossible)


async def test_the_extremes_of_circumstances_are_possible(tmp_path: Path) -> None:
    extremes = Circumstances(seed=2**64 - 1, timestamp=18_446_744_073_709, timeout=1e-9)
    async with open_host(written(tmp_path)) as host:
        last = host.transaction(extremes)
        first = host.transaction(Circumstances(seed=0, timestamp=0))
    assert (last.seed, last.timestamp) == (2**64 - 1, 18_446_744_073_709)
    assert (first.seed, first.timestamp) == (0, 0)


async def test_no_caller_has_longer_than_the_limit(tmp_path: Path) -> None:
    events: list[Any] = []
    settings = Settings(limits=Limits(transaction_seconds=9))
    async with open_host(written(tmp_path), settings) as host:
        for timeout in (5, None, 600):
            circumstances = Circumstances(timeout=timeout, listen=events.append)
            await host.invoke("pair", {"first_name": "Jane"}, circumstances)
    began = [event.transaction for event in events if isinstance(event, TransactionBegan)]
    left = [(each.deadline or 0) - monotonic() for each in began]
    assert left[0] < 5 < left[1] < 9
    assert left[2] < 9
