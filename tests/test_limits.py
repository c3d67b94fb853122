"""Limits: what can be said of them, and how they are written."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasmflow.limits import (
    CEILING,
    COLLECTION,
    MIB,
    TRANSACTION,
    Limits,
    beyond,
    ceiling_of,
    format_limit,
    parse_limit,
)
from wasmflow.manifest.specs.limits import LimitsBlock, TransactionBlock

NAMES = [field.name for field in fields(Limits)]


def test_every_limit_belongs_to_a_collection_a_transaction_or_the_host() -> None:
    assert [*COLLECTION, *TRANSACTION, "stores"] == sorted(
        NAMES, key=[*COLLECTION, *TRANSACTION, "stores"].index
    )
    assert LimitsBlock.__struct_fields__ == COLLECTION
    assert TransactionBlock.__struct_fields__ == TRANSACTION


def test_the_usual_limits_are_allowed() -> None:
    usual = {name: value for name in NAMES if (value := getattr(Limits(), name)) is not None}
    assert not list(beyond(usual, CEILING))
    assert ceiling_of(Limits()) == CEILING


def test_what_a_host_sets_is_the_most_that_can_be() -> None:
    ceiling = ceiling_of(Limits(memory=MIB, transaction_output_packets=5))
    assert dict(beyond({"memory": MIB + 1, "memories": 4}, ceiling)) == {"memory": MIB}
    assert dict(beyond({"transaction_output_packets": 6}, ceiling)) == {
        "transaction_output_packets": 5
    }
    assert not list(beyond({"memory": MIB, "transaction_output_packets": 1}, ceiling))


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("memory", "64MiB", 64 * MIB),
        ("memory", "65536", 65536),
        ("log_bytes", "5 KiB", 5120),
        ("call_seconds", "500ms", 0.5),
        ("call_seconds", "2m", 120.0),
        ("call_seconds", "1.5", 1.5),
        ("stores", "7", 7),
        ("stores", "7.5", None),
        ("stores", "0", None),
        ("stores", "-1", None),
        ("memory", "2m", None),
        ("memory", "lots", None),
        ("memory", "\u0664MiB", None),
        ("call_seconds", "1e3", None),
        ("call_seconds", "inf", None),
        ("call_seconds", "0", None),
    ],
)
def test_limits_are_read_as_people_write_them(name: str, text: str, value: float | None) -> None:
    assert parse_limit(name, text) == value


@given(st.sampled_from(NAMES), st.integers(1, 1 << 50))
def test_what_is_written_is_read_again(name: str, value: int) -> None:
    if not name.endswith("_seconds"):
        assert parse_limit(name, format_limit(name, value)) == value


def test_no_limit_is_called_none() -> None:
    assert format_limit("transaction_output_bytes", None) == "none"
    assert format_limit("call_seconds", 0.25) == "0.25 s"
