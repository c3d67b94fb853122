"""What `invoke --stats` adds up and shows."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from tests.fakes import transaction
from wasmflow.cli.output import Terminal
from wasmflow.cli.stats import MOST_SHOWN, Stats
from wasmflow.component import Transaction
from wasmflow.engine.events import CallStarted, TransactionBegan, TransactionEnded


def ticking() -> Iterator[float]:
    yield from (10.0, 10.5, 12.0)


def told(*transactions: Transaction) -> Stats:
    times = ticking()
    stats = Stats(lambda: next(times))
    for each in transactions:
        stats(TransactionBegan(each, "f"))
    stats(CallStarted((), "f", 0, ()))
    for each in transactions:
        stats(TransactionEnded(each, ()))
    return stats


def worked(**milliseconds: float) -> Transaction:
    current = transaction()
    for name, spent in milliseconds.items():
        current.spend(tuple(name.split("_")), int(spent * 1e6))
    return current


def shown(stats: Stats) -> list[str]:
    return list(stats.lines("f", Terminal(io.StringIO())))


def test_times_are_added_up_by_instance_over_all_transactions() -> None:
    assert shown(told(worked(a_b=1, c=6), worked(a_b=2, c=1))) == [
        "2 transactions in 2.00 s; components worked 10 ms",
        "  c        7 ms  70%",
        "  a/b      3 ms  30%",
    ]


def test_what_was_invoked_itself_is_called_by_its_name() -> None:
    current = transaction()
    current.spend((), 2_500_000_000)
    assert shown(told(current))[1] == "  f    2.50 s 100%"


def test_nothing_has_worked_where_there_are_no_components() -> None:
    assert shown(told(transaction())) == ["1 transaction in 500 ms; components worked 0 ms"]


def test_the_many_small_ones_are_summed_up() -> None:
    lines = shown(told(worked(**{f"n{i}": 1 for i in range(MOST_SHOWN + 5)})))
    assert len(lines) == MOST_SHOWN + 2
    assert lines[-1].split()[:4] == ["5", "others", "5", "ms"]


def test_machines_are_told_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    told(worked(a_b=1)).tell("f", as_json=True)
    line = '{"stats":{"transactions":1,"seconds":0.5,"worked":{"a/b":0.001}}}'
    assert capsys.readouterr().err.replace(": ", ":").replace(", ", ",").strip() == line
