from __future__ import annotations

import pytest

from tests.collections.wasm.guests import compiled, transaction
from wasmflow.collections.wasm.loading import Loaded
from wasmflow.collections.wasm.marshal import compile_marshaller
from wasmflow.collections.wasm.runtime import process_runtime
from wasmflow.collections.wasm.store import Blueprint, Function, Store
from wasmflow.component import Call, Outcome
from wasmflow.limits import Limits
from wasmflow.packet import Failure
from wasmflow.types import model as wit

runtime = process_runtime()
CALL = Call(transaction())


def function(guest: str, name: str, result: wit.Type | None, *parameters: wit.Type) -> Function:
    index = compiled(guest).get_export_index(name)
    assert index is not None
    parts = tuple(wit.Part(f"p{i}", type_) for i, type_ in enumerate(parameters))
    return Function(index, compile_marshaller(parts, result))


def store(guest: str) -> Store:
    assert runtime.places.take(1000)
    runtime.ticker.start()
    return Store(Blueprint(runtime, Loaded(compiled(guest)), Limits(), imports=False))


def finish(live: Store, outcome: Outcome | None) -> Outcome:
    while outcome is None:
        outcome = live.go_on()
    return outcome


NEXT = function("counter", "next", wit.U32)
PANIC = function("counter", "panic", None)
SPIN = function("counter", "spin", None)


def test_a_store_remembers_from_call_to_call() -> None:
    live = store("counter")
    assert [finish(live, live.begin(NEXT, (), CALL)) for _ in range(3)] == [(1,), (2,), (3,)]
    live.close()


def test_a_guest_that_needs_more_than_a_slice_is_gone_on_with() -> None:
    live, count = store("broken"), function("broken", "count", wit.U32, wit.U32)
    assert finish(live, live.begin(count, (50_000_000,), CALL)) == (50_000_000,)
    live.close()


def test_after_an_error_the_store_is_closed_and_its_place_is_free() -> None:
    live = store("counter")
    assert runtime.places.taken == 1
    assert isinstance(finish(live, live.begin(PANIC, (), CALL)), Failure)
    assert live.closed
    assert runtime.places.taken == 0


def test_closing_twice_is_closing_once() -> None:
    live = store("counter")
    live.close()
    live.close()
    assert runtime.places.taken == 0


def test_a_closed_store_is_refused_before_wasmtime_would_end_the_process() -> None:
    live = store("counter")
    live.close()
    with pytest.raises(RuntimeError, match="closed"):
        live.begin(NEXT, (), CALL)


def test_a_guest_is_thrown_away_in_the_middle_of_a_call() -> None:
    for _ in range(20):
        live = store("counter")
        assert live.begin(SPIN, (), CALL) is None
        live.close()
    assert runtime.places.taken == 0


def test_a_start_function_that_never_ends_is_thrown_away_too() -> None:
    spins = """(component
      (core module $m (func $f (loop (br 0))) (func (export "f")) (start $f))
      (core instance $i (instantiate $m))
      (func (export "f") (canon lift (core func $i "f"))))"""
    live = store(spins)
    assert live.begin(function(spins, "f", None), (), CALL) is None
    assert live.go_on() is None
    live.close()


def test_several_functions_of_one_store_are_told_apart() -> None:
    live = store("broken")
    divide = function("broken", "divide", wit.U32, wit.U32)
    count = function("broken", "count", wit.U32, wit.U32)
    grow = function("broken", "grow", wit.S32, wit.U32)
    for _ in range(3):
        assert finish(live, live.begin(divide, (1,), CALL)) == (1,)
        assert finish(live, live.begin(count, (5,), CALL)) == (5,)
        assert finish(live, live.begin(grow, (0,), CALL)) == (64,)
    live.close()


def test_a_result_that_holds_memory_is_freed_once() -> None:
    """A result is written over the one before, which wasmtime would free a second time."""
    live = store("broken")
    text = function("broken", "text", wit.STRING, wit.U32)
    divide = function("broken", "divide", wit.U32, wit.U32)
    for size in (0, 1, 100, 100_000) * 20:
        assert finish(live, live.begin(text, (size,), CALL)) == ("\0" * size,)
        assert finish(live, live.begin(divide, (1,), CALL)) == (1,)
    live.close()


def test_inputs_that_no_component_can_be_given_begin_nothing() -> None:
    live, shout = store("broken"), function("broken", "no-room", wit.U32, wit.STRING)
    with pytest.raises(UnicodeEncodeError):
        live.begin(shout, ("\ud800",), CALL)
    assert not live.closed
    live.close()
