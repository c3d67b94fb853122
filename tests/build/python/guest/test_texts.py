from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any

import pytest

from wasmflow.build.python.guest import texts
from wasmflow.build.python.guest.codecs import Codec, Mismatch


@dataclass
class BoundAny:
    json: str


ANY = texts.json_value(BoundAny)


@pytest.mark.parametrize(
    ("codec", "value", "text"),
    [
        (texts.DATETIME, datetime(2024, 2, 3, 4, tzinfo=UTC), "2024-02-03T04:00:00+00:00"),
        (texts.DECIMAL, Decimal("1.50"), "1.50"),
        (texts.PATH, PurePosixPath("/a/b"), "/a/b"),
    ],
)
def test_values_are_written_and_read(codec: Codec, value: Any, text: str) -> None:
    assert codec.outgoing(value) == text
    assert codec.incoming is not None
    assert codec.incoming(text) == value


def test_what_is_of_another_class_is_not_written() -> None:
    with pytest.raises(Mismatch, match="expected Decimal, got float"):
        texts.DECIMAL.outgoing(1.5)


@pytest.mark.parametrize("codec", [texts.DATE, texts.DECIMAL, texts.TIME, texts.UUID_TEXT])
def test_what_cannot_be_read_is_told_with_the_class(codec: Codec) -> None:
    assert codec.incoming is not None
    with pytest.raises(ValueError, match=r"^'nonsense' is not a (date|Decimal|time|UUID)$"):
        codec.incoming("nonsense")


def test_json_values_travel_as_their_text() -> None:
    assert ANY.outgoing({"ä": [1, None]}) == BoundAny('{"ä":[1,null]}')
    assert ANY.incoming is not None
    assert ANY.incoming(BoundAny('{"ä":[1,null]}')) == {"ä": [1, None]}


@pytest.mark.parametrize("value", [{1, 2}, float("nan"), {"a": float("inf")}, ["\ud800"], object()])
def test_what_is_no_json_value_is_refused(value: Any) -> None:
    with pytest.raises(Mismatch):
        ANY.outgoing(value)


def test_a_value_that_holds_itself_is_no_json_value() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(Mismatch, match="not a JSON value: Circular"):
        ANY.outgoing(value)
