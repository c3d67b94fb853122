from __future__ import annotations

from typing import Any

import pytest

from tests.collections.wasm.guests import opened
from wasmflow.collections.wasm import abi
from wasmflow.collections.wasm.breakdown import breakdown, causes, explain
from wasmflow.limits import MIB, Limits
from wasmflow.packet import Failure, Kind

WAYS: list[tuple[str, tuple[Any, ...], str]] = [
    ("panic", (), "panicked"),
    ("recurse", (0,), "recursed too deeply"),
    ("load", (), "outside of its memory"),
    ("no-function", (), "a function that does not exist"),
    ("far-function", (), "a function that does not exist"),
    ("wrong-function", (), "a function of another type"),
    ("divide", (0,), "divided an integer by zero"),
    ("divide-signed", (), "did not fit into the integer"),
    ("convert", (1e99,), "did not fit into the integer"),
    ("convert", (float("nan"),), "converted NaN"),
    ("bad-text", (), "not valid UTF-8"),
    ("far-text", (), "does not lie in its memory"),
    ("far-list", (), "does not lie in its memory"),
    ("odd-list", (), "does not lie in its memory"),
    ("character", (0xD800,), "a character that does not exist"),
    ("character", (0x110000,), "a character that does not exist"),
    ("choose", (2,), "a case that does not exist"),
    ("no-room", ("text",), "its allocator"),
]


@pytest.mark.parametrize(("way", "inputs", "words"), WAYS)
async def test_every_way_to_break_has_words(way: str, inputs: tuple[Any, ...], words: str) -> None:
    with opened("broken") as guest:
        outcome = await guest.call(way, *inputs)
        assert isinstance(outcome, Failure)
        assert outcome.kind is Kind.ERROR
        assert words in outcome.message
        assert "it broke: " not in outcome.message
        assert await guest.call("divide", 1) == (1,)


RESOURCES = """
(component
  (type $apple (resource (rep i32)))
  (type $pear (resource (rep i32)))
  (core func $new (canon resource.new $apple))
  (core func $drop (canon resource.drop $apple))
  (core func $drop-pear (canon resource.drop $pear))
  (core module $m
    (import "" "new" (func $new (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (import "" "drop-pear" (func $drop-pear (param i32)))
    (tag $exception)
    (func (export "throw") (throw $exception))
    (func (export "many") (loop (drop (call $new (i32.const 1))) (br 0)))
    (func (export "unknown") (call $drop (i32.const 77)))
    (func (export "other") (call $drop-pear (call $new (i32.const 1)))))
  (core instance $i (instantiate $m (with "" (instance
    (export "new" (func $new))
    (export "drop" (func $drop))
    (export "drop-pear" (func $drop-pear))))))
  (func (export "throw") (canon lift (core func $i "throw")))
  (func (export "many") (canon lift (core func $i "many")))
  (func (export "unknown") (canon lift (core func $i "unknown")))
  (func (export "other") (canon lift (core func $i "other"))))
"""


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("throw", "threw an exception and did not catch it"),
        ("many", "holds too many streams or other handles"),
        ("unknown", "a handle that it does not have"),
        ("other", "a handle that it does not have, or one of another type"),
    ],
)
async def test_exceptions_and_handles_have_words(way: str, words: str) -> None:
    with opened(RESOURCES.strip()) as guest:
        outcome = await guest.call(way)
    assert isinstance(outcome, Failure)
    assert words in outcome.message


async def test_memory_and_tables_do_not_grow_beyond_their_limits() -> None:
    limits = Limits(memory=8 * MIB, table_elements=100)
    with opened("broken", limits) as guest:
        assert await guest.call("grow", 64) == (64,)
        assert await guest.call("grow", 1) == (-1,)
        assert await guest.call("grow-table", 90) == (10,)
        assert await guest.call("grow-table", 1) == (-1,)


async def test_a_component_that_starts_too_large_says_so() -> None:
    for limits, words in (
        (Limits(memory=MIB), "more memory to start than its limit"),
        (Limits(table_elements=5), "larger tables to start than its limit"),
        (Limits(memories=0), "more memories, tables or modules than its limit"),
    ):
        with opened("broken", limits) as guest:
            outcome = await guest.call("divide", 1)
            assert isinstance(outcome, Failure)
            assert words in outcome.message


def test_an_error_that_nobody_knows_is_told_by_its_causes_without_the_backtrace() -> None:
    text = (
        "error while executing at wasm backtrace:\n    0: 0xbc - m!f\n\n"
        "Caused by:\n    0: while reading\n    1: wasm trap: a new kind of trap\n\n"
        "Stack backtrace:\n   0: rust_begin_unwind\n"
    )
    assert explain(text) == "it broke: while reading; a new kind of trap"
    assert explain("something else\nin two lines") == "it broke: something else"
    assert causes("") == []


def test_a_function_named_like_an_error_is_none() -> None:
    text = (
        "error while executing at wasm backtrace:\n    0: 0xbc - m!integer overflow\n\n"
        "Caused by:\n    wasm trap: call stack exhausted\n\n"
        "Stack backtrace:\n   0: null reference\n"
    )
    assert explain(text) == "it recursed too deeply: its stack is used up"


def test_all_of_an_error_goes_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "wasmflow")
    failure = breakdown(abi.new_error("call stack exhausted, and 1,000 more lines"))
    assert failure == Failure(Kind.ERROR, "it recursed too deeply: its stack is used up")
    assert "1,000 more lines" in caplog.text
