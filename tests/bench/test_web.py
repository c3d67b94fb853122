"""That the measurement over HTTP tells what wrk told. What it runs is not here: wrk, Node.js, FastAPI."""

from __future__ import annotations

from bench.web import Result, Round, table_lines

FAST = Round(rate=10_000, p50=1_000, p99=2_000, cpu=80)
SLOW = Round(rate=4_000, p50=3_000, p99=9_000, cpu=200)
HALF = Round(rate=5_000, p50=2_000, p99=5_000, cpu=160)


def test_the_first_is_what_others_are_compared_with() -> None:
    first, other = Result("first", [FAST], 1 << 20), Result("other", [HALF], 2 << 20)
    assert table_lines("a call", [first, other]) == [
        "| a call | first | 10,000 |  | 1 ms | 2 ms | 80 µs |  | 1 MiB |",
        "|  | other | 5,000 | 50% | 2 ms | 5 ms | 160 µs | 2 × | 2 MiB |",
    ]


def test_rounds_are_compared_with_those_of_the_same_time() -> None:
    first = Result("first", [FAST, SLOW, FAST], 0)
    other = Result("other", [HALF, HALF, HALF], 0)
    line = table_lines("a call", [first, other])[1]
    assert "| 5,000 | 50% |" in line
