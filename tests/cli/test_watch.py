"""What can be seen of a long stream while it runs."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import pytest

from wasmflow.cli.progress import Report
from wasmflow.cli.watch import Counts, standing_text, watch
from wasmflow.engine.standing import Standing


def test_lines_are_counted_with_how_many_there_are_in_a_second() -> None:
    counts = Counts(2000, 100, began=time.monotonic() - 2)
    taken, sent, rate = str(counts).split(", ")
    assert (taken, sent) == ("2,000 in", "100 out")
    assert rate.endswith(" a second")
    assert str(Counts(sent=1)).startswith("1 out, ")


def test_a_part_is_told_with_what_it_waits_for() -> None:
    standing = Standing("flow/upper", "waits for room", ("upper.output -> <>",), 1234, 64)
    assert standing_text(standing) == (
        "flow/upper: waits for room (upper.output -> <>); 1,234 taken, 64 before it"
    )
    assert standing_text(Standing("", "ready", (), 0, 0)) == "<>: ready; 0 taken, 0 before it"


async def test_a_signal_has_every_part_told(capsys: pytest.CaptureFixture[str]) -> None:
    told = asyncio.Event()

    def statistics() -> list[Standing]:
        told.set()
        return [Standing("a", "in a call", (), 1, 0)]

    with watch(Counts(1, 1), None, statistics, quiet=False):
        os.kill(os.getpid(), signal.SIGUSR1)
        await told.wait()
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("1 in, 1 out, ")
    assert second == "  a: in a call; 1 taken, 0 before it"


@pytest.mark.parametrize("typed", [True, False])
async def test_nothing_is_shown_between_lines_that_somebody_types(
    typed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted: list[bool] = []

    @contextmanager
    def noted(*, quiet: bool) -> Iterator[Report]:
        wanted.append(not quiet)
        yield lambda _what, _part: None

    monkeypatch.setattr("wasmflow.cli.watch.progress", noted)
    monkeypatch.setattr("sys.stdout", StringIO())
    read, write = pty.openpty() if typed else os.pipe()
    with os.fdopen(read), os.fdopen(write), watch(Counts(), read, quiet=False):
        assert wanted == [not typed]
