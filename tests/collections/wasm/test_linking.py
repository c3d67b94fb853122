from __future__ import annotations

import pytest
from wasmtime import WasmtimeError
from wasmtime.component import Linker

from tests.collections.wasm.guests import compiled, opened
from wasmflow.collections.wasm.linking import HostFunction, Resource, define, is_defined
from wasmflow.collections.wasm.runtime import process_runtime
from wasmflow.collections.wasm.store import linking_problem
from wasmflow.types import model as wit

runtime = process_runtime()
ANSWER = HostFunction(lambda _surroundings: 42, (), wit.U8)


def test_what_is_defined_stays_unless_it_may_be_replaced() -> None:
    linker = Linker(runtime.engine.wasmtime)
    assert not is_defined(linker, "a:b/c", {"answer": ANSWER, "thing": Resource.POLLABLE})
    assert is_defined(linker, "a:b/c", {"answer": ANSWER})
    with pytest.raises(WasmtimeError):
        define(linker, "a:b/c", {"answer": ANSWER})
    linker.allow_shadowing = True
    define(linker, "a:b/c", {"answer": ANSWER})


@pytest.mark.parametrize("text", ["sandbox", "broken", "counter", "(component)"])
def test_what_the_empty_wasi_satisfies_links(text: str) -> None:
    assert linking_problem(runtime, compiled(text)) is None


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ('(export "get-environment" (func (result u8)))', "get-environment"),
        ('(export "get-everything" (func))', "get-everything"),
    ],
)
def test_what_does_not_link_is_told_before_anything_runs(wanted: str, said: str) -> None:
    name = "wasi:cli/environment@0.2.0"
    guest = f'(component (import "{name}" (instance {wanted})))'
    problem = linking_problem(runtime, compiled(guest))
    assert problem is not None
    assert said in problem


def test_looking_for_problems_runs_nothing_and_keeps_nothing() -> None:
    starts = """(component
      (core module $m (func $f unreachable) (start $f))
      (core instance (instantiate $m)))"""
    assert linking_problem(runtime, compiled(starts)) is None
    assert runtime.places.taken == 0


async def test_many_handles_come_and_go() -> None:
    with opened("sandbox") as guest:
        for _ in range(300):
            assert await guest.call("read") == (11,)
            assert await guest.call("write", "") == (1 << 16,)
