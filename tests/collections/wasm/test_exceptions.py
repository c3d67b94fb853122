"""What the `err` of a result becomes."""

from __future__ import annotations

from typing import Any

import pytest

from wasmflow.collections.wasm.exceptions import RAISED, exception_of
from wasmflow.packet import EMPTY, Failure, Kind
from wasmflow.types import model as wit
from wasmflow.types.grammar import parse_type


def _failure(type_: str, value: Any) -> Failure:
    return exception_of(parse_type(type_))(value)


def test_what_was_raised_has_its_place_for_developers_only() -> None:
    at = "parcels.py:52 in quote"
    failure = exception_of(RAISED)({"name": "TooHeavy", "message": "50 kg", "at": at})
    assert (failure.kind, failure.message) == (Kind.EXCEPTION, "50 kg")
    assert failure.payload == {"name": "TooHeavy", "message": "50 kg"}
    assert failure.whole == "TooHeavy: 50 kg (parcels.py:52 in quote)"
    assert str(failure) == "exception: TooHeavy: 50 kg (parcels.py:52 in quote)"


@pytest.mark.parametrize(
    ("name", "message", "told", "whole"),
    [
        ("TooHeavy", "", "TooHeavy", "TooHeavy"),
        ("", "50 kg", "50 kg", "50 kg"),
        ("", "", "it failed without saying why", "it failed without saying why"),
    ],
)
def test_what_was_raised_without_words_is_told_by_its_class(
    name: str, message: str, told: str, whole: str
) -> None:
    failure = exception_of(RAISED)({"name": name, "message": message, "at": None})
    assert (failure.message, failure.whole) == (told, whole)


def test_a_place_is_never_long() -> None:
    failure = exception_of(RAISED)({"name": "x", "message": "y", "at": "a" * 1_000_000})
    assert len(failure.whole) < 300


@pytest.mark.parametrize(
    ("type_", "value", "message", "payload"),
    [
        ("string", "no", "no", "no"),
        ("string", "ValueError: no (a.py:1 in f)", "ValueError: no (a.py:1 in f)", None),
        ("record { code: u8, message: string }", {"code": 7, "message": "no"}, "no", None),
        ("record { message: u8 }", {"message": 7}, '{"message":7}', None),
        ("variant { gone, bad(u8) }", wit.Case("bad", 7), '{"bad":7}', {"bad": 7}),
        ("enum { gone }", "gone", "gone", "gone"),
        (
            "record { at: option<string>, name: string, message: string }",
            {"at": "3 pm", "name": "noon", "message": "no"},
            "no",
            {"at": "3 pm", "name": "noon", "message": "no"},
        ),
    ],
)
def test_a_payload_of_another_type_is_carried_as_it_is(
    type_: str, value: Any, message: str, payload: Any
) -> None:
    failure = _failure(type_, value)
    assert (failure.message, failure.diagnosis) == (message, "")
    assert failure.payload == (value if payload is None else payload)


def test_nothing_is_told_in_words_and_carried_as_nothing() -> None:
    failure = exception_of(None)(None)
    assert (failure.message, failure.payload) == ("it failed without saying why", EMPTY)


def test_what_is_no_json_is_told() -> None:
    assert "no JSON" in _failure("f64", float("nan")).message
