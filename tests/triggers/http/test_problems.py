"""What strangers are told of errors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from wasmflow.codec.failures import Unfit as UnfitPacket
from wasmflow.codec.failures import Where
from wasmflow.component import TransactionFailed
from wasmflow.engine.failures import interrupted, timed_out
from wasmflow.errors import UsageError
from wasmflow.packet import Failure, Kind
from wasmflow.triggers.http.problems import Placed, Refused, Unfit, problem_document, together

RAISED = Failure(
    Kind.EXCEPTION,
    "50 kg",
    "weigh",
    {"name": "TooHeavy", "message": "50 kg"},
    diagnosis="TooHeavy: 50 kg (parcels.py:52 in quote)",
)
BROKEN = Failure(Kind.ERROR, "it panicked", "weigh", diagnosis="it panicked at src/lib.rs:7")


def _told(error: Exception, component: str = "quote") -> dict[str, Any]:
    document: dict[str, Any] = json.loads(problem_document(error, component=component))
    return document


@pytest.mark.parametrize("failure", [RAISED, BROKEN])
def test_nothing_of_the_source_is_told_wherever_a_failure_is(failure: Failure) -> None:
    failed = TransactionFailed(failure, (failure,))
    placed = Placed(failed, Where("line", 2))
    for error in (failed, placed, together([placed, placed])):
        told = problem_document(error).decode()
        assert failure.message in told
        assert ".py" not in told
        assert ".rs" not in told
    assert placed.reason == f"line 2: {failure.message}"
    assert failure.diagnosis in str(placed), "whoever runs it reads all in the log"


def test_an_exception_is_told_with_its_message_alone_and_what_it_carries() -> None:
    told = _told(TransactionFailed(RAISED))
    assert (told["status"], told["detail"], told["kind"]) == (422, "50 kg", "exception")
    assert told["payload"] == {"name": "TooHeavy", "message": "50 kg"}
    assert (told["component"], told["origin"]) == ("quote", "weigh")


def test_inputs_that_do_not_fit_are_told_from_exceptions() -> None:
    unfit = UnfitPacket(Kind.EXCEPTION, "line 2: not a number", where=Where("line", 2))
    for error in (UsageError("no"), Unfit([("a", "no")]), TransactionFailed(unfit)):
        told = _told(error)
        assert told["status"] == 422
        assert "kind" not in told


def test_who_is_not_let_in_is_not_told_what_there_is() -> None:
    for refused in (Refused(401, "say who asks"), Refused(429, "too many")):
        assert "component" not in _told(refused)
    assert _told(Unfit([("a", "no")]))["component"] == "quote"


def test_a_limit_is_named_once() -> None:
    other = Failure(Kind.EXCEPTION, "no", "b")
    failed = TransactionFailed(timed_out("too late"), (interrupted("a"), other))
    told = _told(failed)
    assert (told["status"], told["limit"]) == (504, "transaction_seconds")
    assert [each["origin"] for each in told["also"]] == ["b"]
    assert "also" not in _told(TransactionFailed(timed_out("too late"), (interrupted("a"),)))
