"""How errors are told: readable lines on standard error, or a line of JSON where a machine reads.

Called where a command ends, never in its middle. The wording of an error belongs to whoever raised
it; here is only its shape.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import click

from wasmflow.cli.output import Terminal, err, note, one_line, printable
from wasmflow.codec.failures import Where
from wasmflow.component import TransactionFailed
from wasmflow.errors import ProblemsError, UsageError, WasmflowError
from wasmflow.packet import EMPTY, Failure
from wasmflow.problem import NOWHERE, Problem
from wasmflow.types.model import Json


def tell(
    error: WasmflowError,
    *,
    component: str = "",
    as_json: bool = False,
    where: Where | None = None,
) -> None:
    """Write an error to standard error; `where` is what of standard input it is about."""
    if as_json:
        place = {} if where is None else {where.unit: where.number}
        note(_dumped({**place, **error_json(error, component)}))
        return
    start = "" if where is None else f"{where}: "
    for text in error_lines(error, component, err()):
        note(start + text)


def error_lines(error: WasmflowError, component: str, terminal: Terminal) -> list[str]:
    """An error in lines for people."""
    if isinstance(error, ProblemsError):
        return [problem_line(problem, terminal) for problem in error.problems]
    if isinstance(error, TransactionFailed):
        return [_failure_line(f, component, terminal) for f in (error.failure, *error.also)]
    return [f"{terminal.bad('error:')} {printable(line)}" for line in str(error).splitlines()]


def _failure_line(failure: Failure, component: str, terminal: Terminal) -> str:
    where = f" at {printable(failure.origin)}" if failure.origin else ""
    who = f"{terminal.bold(printable(component))}: " if component else ""
    kind = terminal.bad(failure.kind.value)
    return f"{who}{kind}{where}: {_shortened(failure.whole)}"


#: Characters of a message that people are shown. A component may fail with a text of megabytes.
_LONGEST: Final = 10_000


def _shortened(message: str) -> str:
    """A message from a component as one line, which a terminal is done with in no time."""
    if len(message) <= _LONGEST:
        return one_line(message)
    return f"{one_line(message[:_LONGEST])} … ({len(message):,} characters; --json has all of them)"


def problem_line(problem: Problem, terminal: Terminal) -> str:
    """A problem in one line, as compilers write them."""
    where = f"{terminal.bold(printable(str(problem.place)))}: " if problem.place != NOWHERE else ""
    level = f"{terminal.warning('warning:')} " if problem.warning else ""
    hint = f". {terminal.hint('Hint:')} {printable(problem.hint)}" if problem.hint else ""
    return f"{where}{level}{printable(problem.message)}{hint}"


def error_json(error: WasmflowError, component: str = "") -> dict[str, Json]:
    """An error for machines. `kind` tells the families apart."""
    if isinstance(error, ProblemsError):
        return {"kind": "problems", "problems": [problem_json(p) for p in error.problems]}
    if isinstance(error, TransactionFailed):
        also = {"also": [failure_json(f) for f in error.also]} if error.also else {}
        return {"component": component, **failure_json(error.failure), **also}
    return {"kind": "usage" if isinstance(error, UsageError) else "world", "message": str(error)}


def failure_json(failure: Failure) -> dict[str, Json]:
    """A failure for machines."""
    payload = {} if failure.payload is EMPTY else {"payload": failure.payload}
    diagnosis = {"diagnosis": failure.diagnosis} if failure.diagnosis else {}
    return {
        "kind": failure.kind.value,
        "message": failure.message,
        "origin": failure.origin,
        **payload,
        **diagnosis,
    }


def problem_json(problem: Problem) -> dict[str, Json]:
    """A problem for machines; line 0 is the whole file, column 0 the whole line."""
    return {
        "file": problem.place.file,
        "line": problem.place.line,
        "column": problem.place.column,
        "level": "warning" if problem.warning else "error",
        "message": problem.message,
        "hint": problem.hint,
    }


def _dumped(value: Json) -> str:
    import json

    return json.dumps(value, separators=(",", ":"))  # in ASCII, for every terminal


def tell_misuse(error: click.ClickException) -> None:
    """Write what is wrong with the options and arguments themselves, and where to read about them."""
    terminal = err()
    note(f"{terminal.bad('error:')} {printable(_reworded(error))}")
    context = getattr(error, "ctx", None)
    if context is not None:
        note(f"see: {context.command_path} --help")


def _reworded(error: click.ClickException) -> str:
    """Click's message in our form: a clause, then what to do."""
    possible: Iterable[str] = getattr(error, "possibilities", None) or ()
    if isinstance(error, click.NoSuchOption):
        message = f"no such option '{error.option_name}'"
    else:
        message = error.format_message().rstrip(".")
        message = message[:1].lower() + message[1:]
    meant = " or ".join(f"'{each}'" for each in possible)
    return f"{message}. Hint: did you mean {meant}?" if meant else message
