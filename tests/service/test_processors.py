"""How many workers there are if nobody says."""

from __future__ import annotations

import pytest

from wasmflow.service.processors import parse_share, processors


def test_there_is_one_at_least() -> None:
    assert processors() >= 1


@pytest.mark.parametrize(
    ("text", "share"), [("200000 100000\n", 2), ("150000 100000", 2), ("10000 100000", 1)]
)
def test_a_container_may_have_less(text: str, share: int) -> None:
    assert parse_share(text) == share


def test_without_a_quota_there_is_no_bound() -> None:
    assert parse_share("max 100000") > 1000
