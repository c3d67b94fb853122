"""The values that options are read as."""

from __future__ import annotations

import click
import pytest

from wasmflow.cli.options import Duration, Seed, Size, Timestamp


@pytest.mark.parametrize(("text", "seed"), [("0", 0), ("0x10", 16), (str(2**64 - 1), 2**64 - 1)])
def test_a_seed_is_a_whole_number(text: str, seed: int) -> None:
    assert Seed().convert(text, None, None) == seed


@pytest.mark.parametrize("text", ["", "-1", str(2**64), "1.5", "one", "9" * 5000])
def test_no_other_number_is_a_seed(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is not a whole number"):
        Seed().convert(text, None, None)


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("0", 0),
        ("1700000000000", 1_700_000_000_000),
        ("1970-01-02", 86_400_000),
        ("1970-01-01T00:00:01", 1000),
        ("1970-01-01T01:00:00.5+01:00", 500),
        ("2026-01-31T12:00:00Z", 1_769_860_800_000),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
    ],
)
def test_a_timestamp_is_milliseconds_or_a_time_in_utc(text: str, milliseconds: int) -> None:
    assert Timestamp().convert(text, None, None) == milliseconds


@pytest.mark.parametrize(
    "text", ["", "-1", "now", "1969-12-31", "1e3", "9" * 30, "2026-13-01", "0001-01-01T00:00+23:59"]
)
def test_no_other_time_is_a_timestamp(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is no time from 1970 on"):
        Timestamp().convert(text, None, None)


@pytest.mark.parametrize(
    ("text", "size"),
    [("1", 1), ("64 KiB", 1 << 16), ("256MiB", 256 << 20), ("4gib", 4 << 30), ("9B", 9)],
)
def test_a_size_is_bytes_unless_it_has_a_unit(text: str, size: int) -> None:
    assert Size().convert(text, None, None) == size


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5GiB", "1MB", "5GiB", "9" * 30, "1 M", "١MiB"])
def test_nothing_else_is_a_size(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is no size"):
        Size().convert(text, None, None)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("2", 2.0), ("0.5", 0.5), ("250ms", 0.25), ("3 s", 3.0), ("1.5m", 90.0), ("2h", 7200.0)],
)
def test_a_duration_is_seconds_unless_it_has_a_unit(text: str, seconds: float) -> None:
    assert Duration().convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "0", "0ms", "-1", "1d", "inf", "nan", "1e3", "99999h", "5 5"])
def test_nothing_else_is_a_duration(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is no duration"):
        Duration().convert(text, None, None)
