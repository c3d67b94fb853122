"""The ways to end the whole process from inside wasmtime, each tried where only a child can die."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.collections.wasm.guests import ROOT

_BEGINNING = """
import asyncio, gc, threading
from tests.collections.wasm.guests import *

async def outcomes(text, *calls):
    with opened(text, Limits(call_seconds=0.3)) as guest:
        return [str(await guest.call(*call)) for call in calls]

def run(text, *calls):
    return asyncio.run(outcomes(text, *calls))
"""


def child(code: str) -> str:
    """What a process prints that runs the code and must end well, without a word on its way out."""
    ended = subprocess.run(
        [sys.executable, "-c", _BEGINNING + code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        timeout=100,
        env=os.environ | {"RUST_BACKTRACE": "0"},
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout.strip()


def test_a_guest_calls_wasi_and_its_store_has_a_context() -> None:
    assert child("print(run('sandbox', ('environment',), ('read',)))") == "['(0,)', '(11,)']"


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("wit.STRING", r"'\ud800'"),
        ("wit.CHAR", r"'\udfff'"),
        ("wit.List(wit.CHAR)", r"['a', '\ud800']"),
        ("wit.List(wit.STRING)", r"['a', '\ud800']"),
    ],
)
def test_half_a_surrogate_pair_does_not_reach_wasmtime(type_: str, value: str) -> None:
    said = child(f"print(run(echo({type_}), ('echo', {value}, PADDING)))")
    assert "surrogate pair" in said


def test_a_function_is_never_called_in_the_store_of_another() -> None:
    code = """
async def main():
    with opened("counter") as first, opened("counter") as second:
        for guest in (first, second, first, second):
            print(await guest.call("next"), await guest.call("next", transaction=transaction()))
asyncio.run(main())
"""
    assert child(code).split() == ["(1,)", "(1,)", "(1,)", "(1,)", "(2,)", "(1,)", "(2,)", "(1,)"]


def test_a_store_is_not_closed_under_a_guest_that_runs_in_it() -> None:
    code = """
async def main():
    guest = Guest(collection("broken", Limits(call_seconds=0.3)))
    spinning = [guest.start("spin", group=(i,)) for i in range(6)]
    await asyncio.sleep(0.05)
    guest.collection.release(guest.transaction)
    await guest.collection.aclose()
    print(await asyncio.gather(*spinning))
asyncio.run(main())
"""
    assert child(code).count("limit for one call") == 6


def test_sleeping_needs_no_timer_of_tokio() -> None:
    said = child("print(run('sandbox', ('sleep', 10**9), ('sleep-until', 0), ('wall',)))")
    assert "(1000001000,)" in said
    assert "error" not in said


def test_a_pool_that_does_not_fit_is_not_asked_for() -> None:
    code = """
import resource
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, resource.RLIM_INFINITY))
print(run("broken", ("divide", 1)))
"""
    assert child(code) == "['(1,)']"


def test_arguments_are_kept_until_wasmtime_has_read_them() -> None:
    code = """
gc.set_threshold(1)
type_ = wit.List(wit.Tuple((wit.STRING, wit.BYTES, wit.Option(wit.List(wit.STRING)))))
value = [(f"text {i}", bytes(i), [f"inner {i}"] * i) for i in range(200)]
async def main():
    with opened(echo(type_)) as guest:
        for _ in range(5):
            assert (await guest.call("echo", value, PADDING))[0][0] == value
asyncio.run(main())
print("fine")
"""
    assert child(code) == "fine"


def test_two_threads_never_get_into_one_store() -> None:
    code = """
guest = Guest(collection("broken"))
def work():
    async def main():
        for _ in range(300):
            assert await guest.call("divide", 1) == (1,)
            assert await guest.call("count", 100_000) == (100_000,)
    asyncio.run(main())
threads = [threading.Thread(target=work) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
guest.close()
print("fine")
"""
    assert child(code) == "fine"


def test_functions_of_the_host_outlive_all_that_calls_them() -> None:
    code = """
compiled("sandbox")
gc.collect()
print(run("sandbox", ("print", "x"), ("random-bytes", 3)))
"""
    assert child(code).startswith("['()',")


def test_a_future_is_never_polled_after_its_end() -> None:
    code = "print(run('broken', *[('spin',), ('panic',), ('divide', 1)] * 2))"
    said = child(code)
    assert (said.count("limit for one call"), said.count("panicked")) == (2, 2)


def test_the_interpreter_ends_while_a_guest_runs() -> None:
    code = """
guest = Guest(collection("sandbox"))
async def main():
    await guest.call("print", "something")
    guest.start("spin", group=(1,))
asyncio.run(main())
print("bye")
"""
    assert child(code) == "bye"


def test_the_interpreter_ends_at_once_after_a_guest_has_printed() -> None:
    assert child("print(run('sandbox', ('print', 'x'), ('write', 'y')))") == "['()', '(65536,)']"


@pytest.mark.parametrize(("before", "after"), [("disable", "enable"), ("enable", "disable")])
def test_who_takes_the_signals_away_is_told_before_a_guest_needs_them(
    before: str, after: str
) -> None:
    code = f"""
import faulthandler
faulthandler.{before}()
print(run("broken", ("load",)))
faulthandler.{after}()
print(run("broken", ("load",)))
"""
    first, second = child(code).splitlines()
    assert "outside of its memory" in first
    assert "faulthandler" in second
