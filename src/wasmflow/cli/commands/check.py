"""`wasmflow check`: everything that is wrong with artifacts, all at once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wasmflow.cli import options
from wasmflow.cli.command import command
from wasmflow.cli.exits import Exit, exit_code
from wasmflow.cli.output import err, note, out, printable, put, put_json
from wasmflow.cli.report import problem_json, problem_line
from wasmflow.cli.session import with_host
from wasmflow.errors import ProblemsError, UsageError, WorldError
from wasmflow.policy import SUFFIX
from wasmflow.problem import Place, Problem, in_order

if TYPE_CHECKING:
    from wasmflow.component import Signature
    from wasmflow.grants import Grants
    from wasmflow.host.host import Host
    from wasmflow.host.settings import Settings


@dataclass(frozen=True, slots=True)
class _Finding:
    problems: tuple[Problem, ...]
    code: Exit
    #: What its flows take and give, line by line.
    flows: tuple[str, ...] = ()


@command(
    "wasmflow check examples/*/*.yaml",
    "wasmflow check -v examples/03-describe/describe.yaml",
    "wasmflow check --json examples/01-hello/salutations.yaml",
)
@options.artifacts
@options.as_json("Print an object with all problems.")
@click.option("-v", "--verbose", is_flag=True, help="Show what was found of each flow, too.")
@options.grants
@options.limits
@options.policy
@options.quiet
def check(
    artifacts: tuple[str, ...],
    as_json: bool,
    verbose: bool,
    grant: Grants,
    limits: dict[str, float],
    policy: str | None,
    quiet: bool,
) -> Exit:
    """Report everything that is wrong with artifacts, all at once.

    Each problem is a line: file:line:column, what is wrong, and a hint what to do. A manifest is
    checked with all that it refers to, a policy (NAME.policy.yaml) by itself. The exit code is 0
    without problems (warnings are none), and 4 with problems.

    With --verbose, each flow without problems follows with the ports and types that it was found to
    have, the streams that must be fed in step, the instances that are called for each element, and
    why it is not repeatable, if it is not.
    """
    from wasmflow.host.settings import Settings

    settings = Settings(grant=grant, policy=policy).limited(limits)
    findings = [_examine(artifact, settings, quiet) for artifact in artifacts]
    told = (problem for finding in findings for problem in finding.problems)
    problems = in_order(problem for problem in told if not (quiet and problem.warning))
    if as_json:
        put_json({"problems": [problem_json(problem) for problem in problems]})
    else:
        terminal = out()
        put("".join(f"{problem_line(problem, terminal)}\n" for problem in problems))
        if verbose:
            put("".join(f"{line}\n" for finding in findings for line in finding.flows))
        if not quiet:
            _summarise(len(artifacts), problems)
    codes = {finding.code for finding in findings}
    return next(code for code in _GRAVITY if code in codes)


#: Of several artifacts the gravest decides: what is certainly wrong, then what could not be seen.
_GRAVITY = (Exit.PROBLEMS, Exit.WORLD, Exit.USAGE, Exit.FINE)


def _examine(artifact: str, settings: Settings, quiet: bool) -> _Finding:
    from wasmflow.policy.read import read_policy

    try:
        if artifact.endswith(SUFFIX):
            read_policy(Path(artifact))
            return _Finding((), Exit.FINE)
        return with_host(artifact, partial(_found, Place(artifact)), settings, quiet=quiet)
    except ProblemsError as error:
        return _Finding(error.problems, Exit.PROBLEMS)
    except (UsageError, WorldError) as error:
        problem = Problem(str(error), place=Place(artifact))
        return _Finding((problem,), exit_code(error))


async def _found(place: Place, host: Host) -> _Finding:
    problems = (*_warnings(place, host), *_trigger_problems(host))
    if any(not problem.warning for problem in problems):
        return _Finding(problems, Exit.PROBLEMS)
    return _Finding(problems, Exit.FINE, tuple(_flow_lines(host)))


def _trigger_problems(host: Host) -> list[Problem]:
    """What is wrong with the ways in that a manifest says, on the components that it has."""
    from wasmflow.collections.flow import FlowCollection
    from wasmflow.manifest.triggers import read_triggers
    from wasmflow.triggers.kinds import check_triggers

    if not isinstance(host.collection, FlowCollection):
        return []
    problems: list[Problem] = []
    triggers = read_triggers(host.collection.manifest, os.environ, problems)
    return [*problems, *check_triggers(tuple(triggers.values()), host)]


def _warnings(place: Place, host: Host) -> tuple[Problem, ...]:
    """What fails nothing: the collection's own warnings, and components that cannot run."""
    warnings = getattr(host.collection, "warnings", ())
    refused = [
        Problem(f"component '{name}' cannot run: {reason}", warning=True)
        for name, reason in host.collection.refused.items()
    ]
    return tuple(problem.at(place) for problem in (*warnings, *refused))


def _flow_lines(host: Host) -> Iterator[str]:
    """The components of an artifact, each with what is to know of its streams beneath it."""
    from wasmflow.cli.describe import outline, stream_lines
    from wasmflow.cli.lifting import lifted_instances
    from wasmflow.graph.texts import signature_text

    for name, definition in host.collection.definitions.items():
        signature = _at_the_edge(host, name) or outline(definition)
        yield printable(signature_text(name, signature))
        lifted = lifted_instances(host.collection, name)
        yield from (f"  {line}" for line in stream_lines(signature, lifted))


def _at_the_edge(host: Host, name: str) -> Signature | None:
    """What callers see; ``None`` of what only flows can use."""
    try:
        return host.signature(name)
    except UsageError:
        return None


def _summarise(artifacts: int, problems: Sequence[Problem]) -> None:
    """How it went, for a person: a script has the exit code."""
    if err().interactive:
        errors = sum(not problem.warning for problem in problems)
        warnings = len(problems) - errors
        counts = [_count(errors, "problem")] if errors or not warnings else []
        counts += [_count(warnings, "warning")] if warnings else []
        note(f"{_count(artifacts, 'artifact')}: {', '.join(counts)}")


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
