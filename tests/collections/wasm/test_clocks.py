from __future__ import annotations

import time

from wasmflow.collections.wasm.clocks import CLOCK_STEP, LAST, CallClock, RealClock


def test_the_clock_of_a_call_moves_by_being_read_and_by_sleeping() -> None:
    clock = CallClock(5)
    assert (clock.wall(), clock.monotonic()) == (5, 5 + CLOCK_STEP)
    clock.pass_until(10**9, None)
    assert (clock.time, clock.wall()) == (10**9, 10**9)
    clock.pass_until(0, None)
    assert clock.time == 10**9 + CLOCK_STEP
    clock.pass_until(2**64, None)
    assert (clock.wall(), clock.wall()) == (LAST, LAST)


def test_the_real_clock_is_that_of_the_host() -> None:
    clock, before = RealClock(), (time.time_ns(), time.monotonic_ns())
    assert before[0] <= clock.wall() <= time.time_ns()
    assert before[1] <= clock.monotonic() <= time.monotonic_ns()
