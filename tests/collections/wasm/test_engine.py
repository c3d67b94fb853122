from __future__ import annotations

import subprocess
import sys
import threading

import pytest
from wasmtime import WasmtimeError
from wasmtime.component import Component

from tests.assembled import assemble, function, root
from tests.collections.wasm.guests import ROOT
from wasmflow.collections.wasm import engine
from wasmflow.collections.wasm.engine import (
    Allocation,
    Ticker,
    compiler_engine,
    fingerprint,
    process_engine,
)


def test_a_process_has_one_engine() -> None:
    assert process_engine() is process_engine()


def test_code_is_loaded_by_engines_of_its_fingerprint_only() -> None:
    own = process_engine()
    other = next(each for each in Allocation if each is not own.allocation)
    binary = assemble(root(function("f")))
    code = Component(compiler_engine(own.allocation), binary).serialize()
    Component.deserialize(own.wasmtime, code)
    foreign = Component(compiler_engine(other), binary).serialize()
    with pytest.raises(WasmtimeError):
        Component.deserialize(own.wasmtime, foreign)


def test_a_fingerprint_names_all_that_code_depends_on() -> None:
    pooled, scarce = fingerprint(Allocation.POOLED), fingerprint(Allocation.SCARCE)
    assert pooled != scarce
    assert "wasmtime-50." in pooled
    assert sys.platform in pooled
    assert process_engine().fingerprint == fingerprint(process_engine().allocation)


#: Says what engine there is in little address space, and runs a guest on it.
_IN_LITTLE_SPACE = """
import asyncio, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]), resource.RLIM_INFINITY))
from tests.collections.wasm.guests import opened
from wasmflow.collections.wasm.engine import process_engine

async def main():
    with opened("broken") as guest:
        calls = (guest.call("grow", 10, group=(i,)) for i in range(40))
        return await asyncio.gather(*calls)

outcomes = asyncio.run(main())
assert outcomes == [(64,)] * 40, outcomes
engine = process_engine()
print(engine.allocation.value, engine.capacity)
"""


@pytest.mark.parametrize(
    ("space", "said"), [(20 << 40, "pooled 62"), (16 << 30, "scarce 60"), (3 << 30, "scarce 4")]
)
def test_an_engine_fits_into_the_address_space_that_there_is(space: int, said: str) -> None:
    command = [sys.executable, "-c", _IN_LITTLE_SPACE, str(space)]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.strip() == said


class Use:
    """What a ticker looks at."""

    def __init__(self, taken: int) -> None:
        self.taken = taken

    def running(self) -> bool:
        return False


def epochs() -> threading.Thread:
    """The thread of the ticker that was started last."""
    return [each for each in threading.enumerate() if each.name == "wasmflow-epochs"][-1]


def test_epochs_are_counted_while_there_are_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ticker, "_LINGER", 2)
    counted: list[int] = []
    use = Use(taken=1)
    ticker = Ticker(process_engine(), use)

    def count(_engine: int) -> None:
        counted.append(1)
        use.taken = int(len(counted) < 20)

    monkeypatch.setattr(ticker, "_tick", lambda: count(0))
    ticker.start()
    ticker.start()
    epochs().join()
    assert len(counted) >= 20
    assert not ticker.running


def test_counting_starts_again_when_there_are_stores_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Ticker, "_LINGER", 1)
    ticker = Ticker(process_engine(), Use(taken=0))
    for _ in range(3):
        ticker.start()
        epochs().join()
        assert not ticker.running


#: Ends while stores are live that nobody will ever close.
_FORGETFUL = """
import asyncio
from tests.collections.wasm.guests import Guest, collection
guest = Guest(collection("broken"))
asyncio.run(guest.call("divide", 1))
print(guest.collection.shelf.places.taken)
"""


def test_stores_that_were_forgotten_do_not_keep_the_interpreter() -> None:
    command = [sys.executable, "-c", _FORGETFUL]
    ended = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=60
    )
    assert (ended.returncode, ended.stderr, ended.stdout) == (0, "", "1\n")


def test_what_does_not_fit_is_found_before_wasmtime_would_end_the_process() -> None:
    assert not engine._reservable(1 << 62)
    assert not engine._can_reserve(1 << 20)
