"""An error of a worker on its way to whoever started the service, who tells it as every command does."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator
from typing import Final

from wasmflow.component import TransactionFailed
from wasmflow.errors import ProblemsError, UsageError, WasmflowError, WorldError
from wasmflow.packet import Failure, Kind
from wasmflow.problem import Place, Problem, first_of
from wasmflow.service.messages import LONGEST, Failed, ToldFailure, ToldProblem

#: Characters of one text, and of all: JSON takes up to six bytes for each.
_LONGEST_TEXT: Final = 10_000
_LONGEST_ALL: Final = LONGEST // 12


class WorkerBug(Exception):
    """A bug of ours in a worker. The message is its traceback."""


def failed(error: BaseException) -> Failed:
    """What to tell of an error, however large it is."""
    if isinstance(error, ProblemsError):
        told = [_told_problem(problem) for problem in first_of(error.problems)]
        return Failed("problems", problems=list(_bounded(told)))
    if isinstance(error, TransactionFailed):
        failures = [_told_failure(each) for each in (error.failure, *error.also[:9])]
        return Failed("transaction", failures=failures)
    if isinstance(error, UsageError | WorldError):
        kind = "usage" if isinstance(error, UsageError) else "world"
        return Failed(kind, _cut(str(error)))
    return Failed("bug", "".join(traceback.format_exception(error))[-_LONGEST_ALL:])


def error_of(failed: Failed) -> Exception:
    """The error that was told."""
    match failed.kind:
        case "problems":
            return ProblemsError(_problem(each) for each in failed.problems)
        case "transaction":
            first, *also = [_failure(each) for each in failed.failures]
            return TransactionFailed(first, tuple(also))
        case "usage":
            return UsageError(failed.message)
        case "world":
            return WorldError(failed.message)
        case _:
            return WorkerBug(failed.message)


def text_of(error: BaseException) -> str:
    """An error in a line of a log."""
    if isinstance(error, WasmflowError):
        return str(error)
    return str(error).strip().rpartition("\n")[2]


def _told_problem(problem: Problem) -> ToldProblem:
    place = problem.place
    return ToldProblem(
        _cut(problem.message),
        _cut(problem.hint),
        place.file,
        place.line,
        place.column,
        problem.warning,
    )


def _problem(told: ToldProblem) -> Problem:
    place = Place(told.file, told.line, told.column)
    return Problem(told.message, told.hint, place, warning=told.warning)


def _told_failure(failure: Failure) -> ToldFailure:
    return ToldFailure(failure.kind.value, _cut(failure.whole), _cut(failure.origin))


def _failure(told: ToldFailure) -> Failure:
    return Failure(Kind(told.kind), told.message, told.origin)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]} …"


def _bounded(problems: Iterable[ToldProblem]) -> Iterator[ToldProblem]:
    room = _LONGEST_ALL
    for problem in problems:
        room -= len(problem.message) + len(problem.hint) + len(problem.file)
        if room < 0:
            return
        yield problem
