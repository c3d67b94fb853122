from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.collections.wasm.guests import Guest, opened, transaction
from tests.hostile.guests import worldly
from wasmflow.collections.wasm.clocks import CLOCK_STEP
from wasmflow.limits import Limits
from wasmflow.packet import Failure, Kind


async def refused(guest: Guest, name: str, *inputs: Any) -> str:
    outcome = await guest.call(name, *inputs)
    assert isinstance(outcome, Failure), outcome
    assert outcome.kind is Kind.ERROR
    return outcome.whole


async def test_both_clocks_are_the_transactions() -> None:
    with opened("sandbox") as guest:
        at = transaction(timestamp=1_234_567)
        assert await guest.call("wall", transaction=at) == ((1234, 567_000_000),)
        assert await guest.call("monotonic", transaction=at) == (1_234_567_000_000,)
        assert await guest.call("wall-resolution") == ((0, CLOCK_STEP),)
        assert await guest.call("resolution") == (CLOCK_STEP,)
        guest.collection.release(at)


async def test_each_call_has_a_clock_of_its_own() -> None:
    with opened("sandbox") as guest:
        assert len({await guest.call("monotonic") for _ in range(3)}) == 1


@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("random", ()),
        ("insecure", ()),
        ("seed", ()),
        ("random-bytes", (9,)),
        ("insecure-bytes", (9,)),
    ],
)
async def test_randomness_is_made_from_seed_and_path(name: str, inputs: tuple[Any, ...]) -> None:
    with opened("sandbox") as guest:
        first = await guest.call(name, *inputs, path=("a",))
        assert first == await guest.call(name, *inputs, path=("a",))
        assert first != await guest.call(name, *inputs, path=("b",))
        other = transaction(seed=2)
        assert first != await guest.call(name, *inputs, path=("a",), transaction=other)
        guest.collection.release(other)


async def test_random_bytes_are_as_many_as_asked_for() -> None:
    with opened("sandbox") as guest:
        for size in (0, 1, 1000, 1 << 16):
            outcome = await guest.call("random-bytes", size)
            assert isinstance(outcome, tuple)
            assert len(outcome[0]) == size
        assert "random bytes at once" in await refused(guest, "random-bytes", 1 << 40)


async def test_results_do_not_depend_on_what_runs_beside_them() -> None:
    names = ("random", "wall", "monotonic", "seed")
    with opened("sandbox") as guest:
        alone = [await guest.call(name, path=(name,)) for name in names]
        together = await asyncio.gather(
            *(guest.call(name, path=(name,), group=(name, i)) for i in range(20) for name in names)
        )
    assert together == alone * 20


async def test_a_fresh_store_sees_the_same_world() -> None:
    with opened("sandbox") as guest:
        fresh = transaction(fresh=True)
        for name in ("random", "wall", "seed"):
            assert await guest.call(name) == await guest.call(name, transaction=fresh)


@pytest.mark.parametrize("time", [0, 1, 3_600 * 10**9])
async def test_sleeping_moves_the_clock_and_takes_no_time(time: int) -> None:
    with opened("sandbox") as guest:
        assert await guest.call("sleep", time) == (time + 1000,)
        now = guest.transaction.timestamp * 1_000_000
        assert await guest.call("sleep-until", now + time) == (max(time, 1000),)
        assert await guest.call("sleep-until", 0) == (1000,)


async def test_the_clock_stops_before_it_is_at_its_end() -> None:
    with opened("sandbox") as guest:
        left = 2**63 - 1 - guest.transaction.timestamp * 1_000_000
        assert await guest.call("sleep", 2**64 - 1) == (left,)
        assert await guest.call("sleep-until", 2**64 - 1) == (left,)


async def test_who_sleeps_is_not_ready_before_that_ends() -> None:
    with opened("sandbox") as guest:
        assert await guest.call("is-ready-in", 1) == (False,)
        assert await guest.call("is-ready-in", 0) == (True,)


async def test_sleeping_in_one_call_is_not_seen_by_the_next() -> None:
    with opened("sandbox") as guest:
        before = await guest.call("monotonic")
        await guest.call("sleep", 10**9)
        assert await guest.call("monotonic") == before


async def test_exit_is_an_error_that_names_the_status() -> None:
    with opened("sandbox") as guest:
        assert "exit (status 0)" in await refused(guest, "exit", False)
        assert "exit (status 1)" in await refused(guest, "exit", True)


async def test_there_is_no_environment_and_there_are_no_arguments() -> None:
    with opened("sandbox") as guest:
        assert await guest.call("environment") == (0,)


async def test_standard_input_is_at_its_end() -> None:
    with opened("sandbox") as guest:
        assert await guest.call("read") == (11,)


async def test_what_is_printed_goes_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "wasmflow.guest")
    with opened("sandbox") as guest:
        assert await guest.call("print", "one\ntwo", path=("shop", "till")) == ()
        assert await guest.call("write", "three") == (1 << 16,)
    assert caplog.messages == ["one", "two", "three"]
    assert vars(caplog.records[0])["path"] == "shop/till"


async def test_printing_for_ever_is_an_error_in_its_own_transaction() -> None:
    with opened("sandbox", Limits(log_bytes=20_000)) as guest:
        assert "printed more" in await refused(guest, "print-forever")
        assert "printed more" in await refused(guest, "print-zeroes-forever")
        assert await guest.call("print", "x" * 20_000) == ()


async def test_opening_streams_for_ever_is_an_error() -> None:
    with opened("sandbox") as guest:
        assert "10000 streams" in await refused(guest, "open-forever")


async def test_an_error_tells_its_developers_alone_what_was_printed_last() -> None:
    with opened("sandbox") as guest:
        failure = await guest.call("print-and-panic", "first\nout of tea\n")
        assert isinstance(failure, Failure)
        assert failure.whole.endswith("it printed last: out of tea")
        assert "tea" not in failure.message


async def test_polling_nothing_is_an_error() -> None:
    with opened("sandbox") as guest:
        assert "polled nothing" in await refused(guest, "poll-nothing")


async def test_several_streams_are_used_at_once() -> None:
    with opened("sandbox") as guest:
        assert await guest.call("poll-two") == (2,)
        assert await guest.call("splice") == (1,)


async def test_a_guest_that_spins_beside_the_world_is_stopped() -> None:
    with opened("sandbox", Limits(call_seconds=0.1)) as guest:
        assert "limit for one call" in await refused(guest, "spin")


_LOOK_UP = "(call $resolve (call $network) (i32.const 256) (i32.const 9) (i32.const 16))"
_UNLESS_UNKNOWN = "(if (i32.ne (i32.load8_u (i32.const 20)) (i32.const 20)) (then unreachable))"
_NAME = '(data (i32.const 256) "localhost")'


async def test_the_network_is_refused_and_nothing_is_started_for_it() -> None:
    with opened("socket") as guest:
        assert await guest.call("create") == ((1, 1),)
    with opened(worldly(_LOOK_UP + _UNLESS_UNKNOWN, core=_NAME)) as guest:
        assert await guest.call("attack") == ()
    assert not [name for name in threads() if "tokio" in name]


def threads() -> list[str]:
    """The names of all threads of this process, where they can be had."""
    return [path.read_text() for path in Path("/proc/self/task").glob("*/comm")]
