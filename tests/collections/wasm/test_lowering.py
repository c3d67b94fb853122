from __future__ import annotations

import threading
from typing import Any

import pytest

from wasmflow.collections.wasm.lifting import lift_scalars
from wasmflow.collections.wasm.lowering import KINDS, lower_flags, lower_scalars, lower_strings
from wasmflow.collections.wasm.marshal import compile_lift, compile_lower
from wasmflow.types import model as wit

#: More cells than fit into a buffer that is copied once more.
MANY = 5_000


def some(type_: wit.Scalar, count: int) -> Any:
    if type_ is wit.BOOL:
        return [i % 3 == 0 for i in range(count)]
    if type_ is wit.CHAR:
        return [chr(0x1F300 + i % 500) for i in range(count)]
    if type_ in (wit.F32, wit.F64):
        return [i / 2 for i in range(count)]
    low, high = wit.INTEGERS[type_]
    values = [low + i % (high - low + 1) for i in range(count)]
    return bytes(values) if type_ is wit.U8 else values


@pytest.mark.parametrize("count", [0, 1, 7, MANY])
@pytest.mark.parametrize("type_", [t for t in KINDS if t is not wit.STRING], ids=lambda t: t.value)
def test_lists_of_scalars_keep_their_values_and_their_place(type_: wit.Scalar, count: int) -> None:
    values, keep = some(type_, count), list[Any]()
    size, start = lower_scalars(type_)(values, keep)
    assert size == count
    assert lift_scalars(type_)(size, start) == values


def test_booleans_are_never_anything_but_zero_and_one() -> None:
    keep: list[Any] = []
    size, start = lower_scalars(wit.BOOL)([7, "", "x", 0], keep)
    assert lift_scalars(wit.U8)(size, start) == bytes([1, 0, 1, 0])


@pytest.mark.parametrize("texts", [[], [""], ["a", "", "bc"], ["ü", "a", "€"], ["x" * 9] * MANY])
def test_lists_of_strings_point_into_one_block(texts: list[str]) -> None:
    type_, keep = wit.List(wit.STRING), list[Any]()
    assert lower_strings(texts, keep)[0] == len(texts)
    cell = compile_lower(type_)(texts, keep)
    assert compile_lift(type_)(id(cell) + bytes.__basicsize__ - 1) == texts


def test_flags_are_names_in_any_order() -> None:
    keep: list[Any] = []
    name = b"first"
    lower = lower_flags({"first": (len(name), id(name) + bytes.__basicsize__ - 1)})
    assert lower(frozenset(), keep)[0] == 0
    assert lower(frozenset({"first"}), keep)[0] == 1


def test_threads_that_lower_at_the_same_time_do_not_meet() -> None:
    lower, lift = lower_scalars(wit.U8), lift_scalars(wit.U8)
    wrong: list[int] = []

    def work(number: int) -> None:
        values = bytes([number]) * (MANY + number)
        for _ in range(200):
            keep: list[Any] = []
            if lift(*lower(values, keep)) != values:
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
