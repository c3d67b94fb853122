"""What used to end the process, or to hang it, one way after the other."""

from __future__ import annotations

import gc
import hashlib
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from wasmtime.component import Component

from tests.assembled import assemble, function, root
from tests.collections.wasm.guests import opened, transaction
from wasmflow.collections.wasm import abi, linking, loading, store
from wasmflow.collections.wasm.binary import Binary
from wasmflow.collections.wasm.loading import load
from wasmflow.collections.wasm.runtime import process_runtime
from wasmflow.collections.wasm.surroundings import SURROUNDINGS
from wasmflow.component import Call
from wasmflow.packet import Failure

runtime = process_runtime()


async def test_nobody_is_given_a_component_that_is_being_freed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = assemble(root(function("freed")))
    binary = Binary("freed.wasm", content, hashlib.sha256(content).hexdigest())
    shared: list[list[Any]] = []
    free = Component._delete

    def look_and_free(component: Component, pointer: Any) -> None:
        # What another thread sees meanwhile.
        shared.append(list(loading._loaded[runtime.engine.wasmtime]))
        free(component, pointer)

    loaded: Any = await load(binary, runtime.engine, tmp_path / "cache")
    key = loading.cache_key(binary, runtime.engine)
    assert loading._loaded[runtime.engine.wasmtime][key] is loaded
    monkeypatch.setattr(Component, "_delete", look_and_free)
    del loaded
    gc.collect()
    assert shared
    assert key not in shared[-1]


@pytest.mark.parametrize(
    ("freed", "name"), [("finished_delete", "panic"), ("future_delete", "spin")]
)
def test_an_interrupt_does_not_free_a_future_twice(
    freed: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    free, seen = getattr(store, freed), list[int]()

    def interrupted(future: int) -> None:
        seen.append(future)
        free(future)
        raise KeyboardInterrupt

    with opened("broken") as guest:
        component, call = guest.component(name), Call(transaction())
        made = component.take(call)
        assert made is not None
        monkeypatch.setattr(store, freed, interrupted)
        with pytest.raises(KeyboardInterrupt), closing(made):
            made.begin(component._function, (), call)
        made.close()
        guest.collection.release(call.transaction)
    assert seen.count(seen[-1]) == 1
    assert runtime.places.taken == 0


def test_a_store_that_is_closed_runs_no_more() -> None:
    with opened("broken") as guest:
        spin = guest.component("spin")
        made = spin.take(Call(guest.transaction))
        assert made is not None
        assert made.begin(spin._function, (), Call(guest.transaction)) is None
        made.close()
        with pytest.raises(RuntimeError, match="no call"):
            made.go_on()
        with pytest.raises(RuntimeError, match="closed"):
            made.begin(spin._function, (), Call(guest.transaction))


async def test_a_store_is_out_of_the_books_before_its_address_can_be_anothers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    delete, listed = abi.store_delete, list[int]()

    def look_and_delete(pointer: int) -> None:
        listed.append(len(SURROUNDINGS))
        delete(pointer)

    with opened("sandbox") as guest:
        await guest.call("exit", True)
        monkeypatch.setattr(store, "store_delete", look_and_delete)
        await guest.call("exit", True)
    assert listed == [0]


async def test_a_function_of_the_host_without_surroundings_ends_its_guest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with opened("sandbox") as guest:
        monkeypatch.setattr(linking, "SURROUNDINGS", {})
        assert isinstance(await guest.call("print", "x"), Failure)
