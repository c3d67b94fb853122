"""What a line of a log says, for people and for machines."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasmflow.telemetry.logs import (
    Entry,
    Form,
    LogSink,
    line_of,
    logging_to,
    open_lines,
    rfc3339,
)
from wasmflow.telemetry.telemetry import Outcome, Telemetry

TEXT = Form()
JSON = Form(json=True, worker=3)
log = logging.getLogger("wasmflow.test")
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def entry(event: str = "it", level: int = logging.INFO, **fields: Any) -> Entry:
    return Entry(1_800_000_000.0625, level, "wasmflow.test", event, fields)


async def logged(path: Path, form: Form) -> list[str]:
    """What is written of a record, with and without fields, of a warning and of a traceback."""
    with path.open("wb") as file:
        lines = open_lines(file.fileno(), form)
        with logging_to(lines, form):
            log.info("hello %s", "Jane", extra={"count": 2, "worker": 9})
            log.debug("quiet")
            try:
                raise FileNotFoundError("nothing")
            except OSError:
                log.exception("bad")
            logging.getLogger("another").warning("other")
        lines.close()
    return path.read_text().splitlines()  # noqa: ASYNC240 - a few bytes


def test_a_machine_reads_an_object() -> None:
    assert json.loads(line_of(entry(count=1), JSON)) == {
        "time": "2027-01-15T08:00:00.062Z",
        "level": "info",
        "logger": "wasmflow.test",
        "event": "it",
        "worker": 3,
        "count": 1,
    }


def test_a_person_reads_a_line() -> None:
    line = line_of(entry(name="Jane Doe", count=1, empty=""), TEXT)
    assert line == b'2027-01-15T08:00:00.062Z info    it name="Jane Doe" count=1 empty=""\n'


def test_a_person_at_a_terminal_reads_a_clock_and_colours() -> None:
    line = line_of(entry(level=logging.ERROR), Form(terminal=True, colour=True)).decode()
    assert line.startswith("\x1b[2m")
    assert "\x1b[1;31merror" in line
    assert "T" not in line.partition(" ")[0]


@given(st.text(), st.dictionaries(st.text(), values, max_size=3))
def test_whatever_is_said_is_one_line(event: str, fields: dict[str, Any]) -> None:
    told = Entry(0.0, logging.INFO, "x", event, fields)
    as_json, as_text = line_of(told, JSON), line_of(told, TEXT)
    assert as_json.count(b"\n") == as_text.count(b"\n") == 1
    assert json.loads(as_json)["logger"] == "x"
    assert not any(control in as_text.decode() for control in ("\x1b", "\r", "\x00", "\u202e"))


def test_a_long_text_is_cut() -> None:
    for form in (TEXT, JSON):
        line = line_of(entry("x" * 100_000, message="y" * 100_000), form)
        assert len(line) < 10_000
        assert b"100,000 characters" in line


@given(st.floats(0, 4e9))
def test_times_are_to_the_millisecond_and_ordered(seconds: float) -> None:
    assert len(rfc3339(seconds)) == 24
    assert rfc3339(seconds) <= rfc3339(seconds + 0.001)


async def test_records_have_their_fields_and_traceback(tmp_path: Path) -> None:
    hello, bad, other = map(json.loads, await logged(tmp_path / "log", JSON))
    assert (hello["event"], hello["count"], hello["worker"]) == ("hello Jane", 2, 3)
    assert bad["error"].startswith("FileNotFoundError")
    assert "test_logs.py" in bad["traceback"]
    assert (other["event"], other["logger"]) == ("other", "another")


async def test_only_what_is_severe_enough_is_written(tmp_path: Path) -> None:
    told = await logged(tmp_path / "log", Form(level=logging.ERROR))
    assert len(told) == 1
    assert " error   bad " in told[0]


# --- transactions -----------------------------------------------------------------------------


async def transactions(path: Path, form: Form, outcome: Outcome, message: str = "") -> list[str]:
    """What is written of one transaction."""
    with path.open("wb") as file:
        lines = open_lines(file.fileno(), form)
        telemetry = Telemetry([LogSink(lines, form)])
        with telemetry.begin("web", "hello") as observation:
            observation.end(outcome, message, method="GET", path="/a b", status=200)
        lines.close()
    await asyncio.sleep(0)
    return path.read_text().splitlines()  # noqa: ASYNC240 - a few bytes


async def test_a_transaction_is_a_line_for_machines(tmp_path: Path) -> None:
    (line,) = await transactions(tmp_path / "log", JSON, Outcome.EXCEPTION, "no")
    told = json.loads(line)
    assert (told["event"], told["logger"]) == ("transaction", "wasmflow.transaction")
    assert (told["trigger"], told["component"], told["outcome"]) == ("web", "hello", "exception")
    assert (told["method"], told["path"], told["status"]) == ("GET", "/a b", 200)
    assert (told["message"], told["worker"]) == ("no", 3)
    assert len(told["trace"]) == 32
    assert 0 <= told["ms"] < 60_000


async def test_a_transaction_is_a_line_for_people(tmp_path: Path) -> None:
    (line,) = await transactions(tmp_path / "log", TEXT, Outcome.EXCEPTION, "no\nway")
    assert " info    GET /a b 200 " in line
    assert " ms exception: no\\nway trace=" in line
    assert line.endswith(" trigger=web component=hello")


@pytest.mark.parametrize(
    ("outcome", "level"),
    [(Outcome.ERROR, "error"), (Outcome.BUSY, "warning"), (Outcome.REFUSED, "info")],
)
async def test_what_broke_is_severe(tmp_path: Path, outcome: Outcome, level: str) -> None:
    (line,) = await transactions(tmp_path / "log", JSON, outcome)
    assert json.loads(line)["level"] == level


async def test_who_wants_errors_only_has_no_others(tmp_path: Path) -> None:
    quiet = Form(json=True, level=logging.ERROR)
    assert await transactions(tmp_path / "log", quiet, Outcome.OK) == []
    assert len(await transactions(tmp_path / "log", quiet, Outcome.ERROR)) == 1
