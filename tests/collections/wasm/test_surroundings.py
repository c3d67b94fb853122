from __future__ import annotations

import pytest

from tests.collections.wasm.guests import transaction
from wasmflow.collections.wasm.clocks import CLOCK_STEP
from wasmflow.collections.wasm.surroundings import Refused, Surroundings
from wasmflow.collections.wasm.waiting import Interrupted, Waiters, Watch
from wasmflow.component import Call


def surroundings(call: Call | None = None, log_bytes: int = 2000) -> Surroundings:
    return Surroundings(call or Call(transaction(), ("shop", "till")), log_bytes)


def test_a_clock_starts_at_the_timestamp_and_moves_by_being_read() -> None:
    seen = surroundings(Call(transaction(timestamp=5)))
    start = 5_000_000
    assert [seen.clock.wall() for _ in range(3)] == [
        start,
        start + CLOCK_STEP,
        start + 2 * CLOCK_STEP,
    ]


def test_time_before_1970_reads_as_1970() -> None:
    assert surroundings(Call(transaction(timestamp=-5))).clock.wall() == 0


def test_the_same_call_draws_the_same_numbers() -> None:
    first, second = surroundings(), surroundings()
    sizes = (1, 8, 0, 100, 5000)
    assert [first.draw(size) for size in sizes] == [second.draw(size) for size in sizes]
    assert len(first.draw(5000)) == 5000


def test_every_other_call_draws_other_numbers() -> None:
    own = transaction()
    calls = [
        Call(own),
        Call(own, ("a",)),
        Call(own, ("b",)),
        Call(own, ("a", "b")),
        Call(own, ("a/b",)),
        Call(own, ("a",), attempt=1),
        Call(own, ("a",), elements=(0,)),
        Call(own, ("a",), elements=(1,)),
        Call(own, ("a",), elements=(0, 1)),
        Call(transaction(seed=2), ("a",)),
    ]
    assert len({surroundings(call).draw(16) for call in calls}) == len(calls)


def test_what_is_no_matter_of_the_call_does_not_change_its_numbers() -> None:
    own = Call(transaction(), ("a",))
    other = Call(transaction(id="x", timestamp=9, fresh=True, trace="t"), ("a",), group=(3,))
    assert surroundings(own).draw(16) == surroundings(other).draw(16)


def test_every_store_of_a_transaction_starts_with_the_same_numbers() -> None:
    own = transaction()
    first, second = (
        Surroundings(Call(own, (name,)), 0, instantiating=True).draw(16) for name in "ab"
    )
    assert first == second != surroundings(Call(own, ("a",))).draw(16)


def test_the_sequence_is_the_same_for_ever() -> None:
    """Who has noted a seed wants the same results from the next version."""
    drawn = surroundings(Call(transaction(seed=42), ("a", "b"), 1, (), (3,)))
    assert (drawn.draw(4).hex(), drawn.draw(4).hex()) == ("78681eff", "5e7ef87b")


def test_no_more_is_drawn_at_once_than_is_good() -> None:
    seen = surroundings()
    assert len(seen.draw(1 << 16)) == 1 << 16
    with pytest.raises(Refused, match="65537 random bytes"):
        seen.draw((1 << 16) + 1)


def test_lines_go_to_the_log_with_the_path(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "wasmflow.guest")
    seen = surroundings()
    for text in (b"one\ntw", b"o\n", b"\n  \nthr", "ee ü".encode()[:-1]):
        seen.print(text)
        seen.flush(ending=False)
    assert caplog.messages == ["one", "two"]
    seen.print("ü".encode()[-1:])
    assert seen.flush(ending=True) == "three ü"
    assert caplog.messages == ["one", "two", "three ü"]
    assert {vars(record)["path"] for record in caplog.records} == {"shop/till"}
    assert seen.flush(ending=True) == ""


def test_what_commands_a_terminal_does_not_reach_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "wasmflow.guest")
    seen = surroundings()
    seen.print(b"\x1b[2Jboo \xff\n" + b"x" * 900)
    seen.flush(ending=True)
    assert caplog.messages[0] == "\ufffd[2Jboo \ufffd"


def test_what_was_printed_in_an_earlier_slice_is_told_too() -> None:
    seen = surroundings()
    seen.print(b"why\n")
    seen.flush(ending=False)
    assert seen.flush(ending=True) == "why"
    assert seen.flush(ending=True) == ""


def test_a_call_prints_as_much_as_it_may() -> None:
    seen = surroundings(log_bytes=10)
    seen.print(b"12345")
    seen.count_printed(5)
    with pytest.raises(Refused, match="printed more"):
        seen.print(b"x")


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_lines_count_for_more_than_their_text(end: bytes) -> None:
    """A thousand empty ones would be a thousand entries in the log."""
    seen = surroundings(log_bytes=10_000)
    with pytest.raises(Refused, match="printed more"):
        seen.print(end * 100)


def test_the_last_line_that_tells_something_is_found_before_the_noise() -> None:
    seen = surroundings()
    seen.print(
        b"Traceback (most recent call last):\nValueError: boom\n"
        b"thread '<unnamed>' (1) panicked at runtime/src/lib.rs:1293:29:\n"
        b"Python function threw an unexpected exception\n"
        b"note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n"
    )
    assert seen.flush(ending=True) == "ValueError: boom"


def test_a_call_opens_no_more_streams_than_is_good() -> None:
    seen = surroundings()
    for _ in range(10_000):
        seen.open_handle()
    with pytest.raises(Refused, match="more than 10000 streams"):
        seen.open_handle()


def test_the_next_call_of_a_session_goes_on_with_clock_and_numbers() -> None:
    whole, parted = surroundings(log_bytes=3), surroundings(log_bytes=3)
    seen = [(whole.clock.wall(), whole.draw(8)) for _ in range(2)]
    parted.print(b"abc")
    first = parted.clock.wall(), parted.draw(8)
    parted.begin_call()
    parted.print(b"abc")
    assert [first, (parted.clock.wall(), parted.draw(8))] == seen


def test_a_call_that_is_to_end_does_not_get_far_without_a_loop() -> None:
    seen = surroundings()
    seen.watch = Watch(lambda: "it was given up", Waiters())
    with pytest.raises(Interrupted, match="given up"):
        seen.count_call()


def test_a_stream_that_is_closed_counts_no_more() -> None:
    seen = surroundings()
    for _ in range(20_000):
        seen.open_handle()
        seen.close_handle(0)
