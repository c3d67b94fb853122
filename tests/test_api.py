"""The Python API, asynchronous and not."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import wasmflow
from tests.host.manifests import written


async def test_a_collection_is_opened_looked_at_and_invoked(tmp_path: Path) -> None:
    async with wasmflow.open_collection(written(tmp_path)) as flows:
        assert [port.name for port in flows.signature("pair").inputs] == ["first_name", "age"]
        assert "through" in flows.components
        result = await flows.invoke("pair", {"first_name": "Jane", "age": 3})
    assert result == {"output": {"name": "Jane", "age": 3}}


async def test_values_are_checked_where_they_enter(tmp_path: Path) -> None:
    async with wasmflow.open_collection(written(tmp_path)) as flows:
        with pytest.raises(wasmflow.UsageError, match=r"input 'age'.*300"):
            await flows.invoke("pair", {"first_name": "Jane", "age": 300})
        with pytest.raises(wasmflow.UsageError, match="input 'first_name'"):
            await flows.invoke("pair", {"first-name": 5})
        with pytest.raises(wasmflow.UsageError, match="no input 'nme'"):
            await flows.invoke("pair", {"nme": "Jane"})


async def test_none_leaves_an_optional_input_out(tmp_path: Path) -> None:
    async with wasmflow.open_collection(written(tmp_path)) as flows:
        result = await flows.invoke("pair", {"first_name": "Jane", "age": None})
        with pytest.raises(wasmflow.UsageError, match="input 'first_name'"):
            await flows.invoke("pair", {"first_name": None})
        assert await flows.invoke("through", {"input": None}) == {"output": None}
    assert result == {"output": {"name": "Jane", "age": 7}}


async def test_transactions_run_beside_each_other(tmp_path: Path) -> None:
    async with wasmflow.open_collection(written(tmp_path)) as flows:
        results = await asyncio.gather(*(flows.invoke("through", {"input": i}) for i in range(50)))
    assert [result["output"] for result in results] == list(range(50))


CONSTANT = """
version: 1
components:
  listed: { flow: ['["a", {"b": []}] -> <>.output'] }
"""


async def test_what_a_caller_does_to_a_result_nobody_else_sees(tmp_path: Path) -> None:
    async with wasmflow.open_collection(written(tmp_path, CONSTANT)) as flows:
        first = await flows.invoke("listed")
        first["output"][1]["b"].append("spoilt")
        first["output"].clear()
        assert await flows.invoke("listed") == {"output": ["a", {"b": []}]}


def test_a_script_needs_no_event_loop(tmp_path: Path) -> None:
    with wasmflow.open_sync(written(tmp_path)) as flows:
        assert flows.invoke("through", {"input": 1}) == {"output": 1}
        assert flows.invoke("through", {"input": 2}, timestamp=datetime.now(UTC)) == {"output": 2}
        assert "pair" in flows.components
        assert flows.signature("pair").name == "pair"
        with pytest.raises(wasmflow.TransactionFailed, match="no"):
            flows.invoke("refuse", {"message": "no"})


def test_a_collection_that_was_left_says_so(tmp_path: Path) -> None:
    with wasmflow.open_sync(written(tmp_path)) as flows:
        pass
    with pytest.raises(wasmflow.UsageError, match="is closed"):
        flows.invoke("through", {"input": 1})


def test_who_forgot_the_with_is_told_to_write_it(tmp_path: Path) -> None:
    forgotten: Any = wasmflow.open_sync(written(tmp_path))
    with pytest.raises(wasmflow.UsageError, match="not open yet: write 'with open_sync"):
        forgotten.invoke("through", {"input": 1})
    assert not hasattr(forgotten, "_repr_html_")


async def test_who_forgot_the_async_with_is_told_to_write_it(tmp_path: Path) -> None:
    forgotten: Any = wasmflow.open_collection(written(tmp_path))
    with pytest.raises(wasmflow.UsageError, match="write 'async with open_collection"):
        await forgotten.invoke("through", {"input": 1})
    with pytest.raises(wasmflow.UsageError, match="write 'async with open_collection"):
        await forgotten


async def test_a_notebook_may_use_it_where_a_loop_is_running(tmp_path: Path) -> None:
    with wasmflow.open_sync(written(tmp_path)) as flows:
        assert flows.invoke("through", {"input": "x"}) == {"output": "x"}


def test_what_cannot_be_opened_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(wasmflow.ProblemsError), wasmflow.open_sync(written(tmp_path, "version: 9")):
        pass
