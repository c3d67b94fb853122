"""An error of a worker is told by whoever started the service as if it were his own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasmflow.component import TransactionFailed
from wasmflow.errors import ProblemsError, UsageError, WorldError
from wasmflow.packet import Failure, Kind
from wasmflow.problem import Place, Problem
from wasmflow.service.channel import line_of
from wasmflow.service.failing import WorkerBug, error_of, failed


@pytest.mark.parametrize("error", [UsageError("no"), WorldError("gone")])
def test_an_error_stays_what_it_is(error: Exception) -> None:
    told = error_of(failed(error))
    assert type(told) is type(error)
    assert str(told) == str(error)


def test_problems_keep_their_places_and_hints() -> None:
    problems = (
        Problem("one", "do", Place("a", 1, 2)),
        Problem("two", place=Place("b"), warning=True),
    )
    told = error_of(failed(ProblemsError(problems)))
    assert isinstance(told, ProblemsError)
    assert told.problems == problems


def test_failures_keep_their_kind_and_origin() -> None:
    first = Failure(Kind.ERROR, "broke", "a/b")
    also = Failure(Kind.EXCEPTION, "no", payload=5, diagnosis="E: no (a.py:1 in f)")
    told = error_of(failed(TransactionFailed(first, (also,))))
    assert isinstance(told, TransactionFailed)
    assert told.failure == first
    assert told.also[0].whole == "E: no (a.py:1 in f)"


def test_a_bug_keeps_its_traceback() -> None:
    try:
        raise KeyError("x")
    except KeyError as error:
        told = error_of(failed(error))
    assert isinstance(told, WorkerBug)
    assert "test_failing.py" in str(told)


@given(st.integers(1, 2000), st.text(min_size=1, max_size=3), st.integers(1, 10_000))
def test_whatever_is_wrong_can_be_told(count: int, text: str, times: int) -> None:
    problem = Problem(text * times, text * times)
    many = ProblemsError(
        Problem(problem.message, problem.hint, Place("f", line)) for line in range(count)
    )
    for error in (many, WorldError(text * 1_000_000), RuntimeError(text * 1_000_000)):
        assert line_of(failed(error))
