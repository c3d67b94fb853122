"""Which command of an artifact is meant: a trigger of kind cli, or a component that can be one as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from msgspec import UNSET

from wasmflow.collections.flow import FlowCollection
from wasmflow.component import Signature
from wasmflow.errors import ProblemsError, UsageError
from wasmflow.host.host import Host
from wasmflow.manifest.specs.triggers.cli import CliBlock
from wasmflow.manifest.triggers import Trigger, read_triggers
from wasmflow.naming import listing, lookup, suggestion
from wasmflow.problem import NOWHERE, Problem
from wasmflow.triggers.cli import GIVEN, check
from wasmflow.triggers.job import constants

#: What is meant of several where none is named.
MAIN: Final = "main"


@dataclass(frozen=True)
class Program:
    """A command of an artifact, in which nothing is wrong."""

    host: Host
    signature: Signature
    #: What its trigger gives it each time.
    inputs: Mapping[str, Any] = field(default_factory=dict)
    #: Seconds; ``None`` for the limit of transactions.
    timeout: float | None = None


def find_program(host: Host, name: str | None, variables: Mapping[str, str]) -> Program:
    """The command of that name, else the only one, else the one called main.

    Raises `UsageError` if it is not clear which is meant or a component is none, and `ProblemsError` for
    what is wrong with a trigger.
    """
    trigger = _meant(host, name, variables)
    problems = check(trigger, host)
    if problems and trigger.place == NOWHERE:
        raise UsageError("\n".join(map(_of_component, problems)))
    if problems:
        raise ProblemsError(problems)
    block = cast(CliBlock, trigger.block)
    signature = host.signature(block.component)
    timeout = None if block.timeout is UNSET else block.timeout
    return Program(host, signature, constants(signature, block.with_), timeout)


def commands(host: Host, variables: Mapping[str, str]) -> list[str]:
    """The names that `find_program` knows. Raises `ProblemsError`."""
    return list(dict.fromkeys([*_triggers(host, variables), *host.collection.definitions]))


def _of_component(problem: Problem) -> str:
    return (
        f"{problem.message}. Hint: a command is given what it has inputs for of {listing(GIVEN)}; "
        "wasmflow invoke gives any input, and a trigger of kind cli constants"
    )


def _meant(host: Host, name: str | None, variables: Mapping[str, str]) -> Trigger:
    triggers = _triggers(host, variables)
    components = list(host.collection.definitions)
    if name is not None:
        return lookup(name, triggers) or _of_its_own(_component(name, components, triggers))
    if triggers:
        return triggers[_only(list(triggers), "trigger of kind cli")]
    return _of_its_own(_only(components, "component"))


def _triggers(host: Host, variables: Mapping[str, str]) -> dict[str, Trigger]:
    """The triggers of kind cli. Raises `ProblemsError`."""
    if not isinstance(host.collection, FlowCollection):
        return {}
    problems: list[Problem] = []
    found = read_triggers(host.collection.manifest, variables, problems, ("cli",))
    if problems:
        raise ProblemsError(problems)
    return found


def _of_its_own(component: str) -> Trigger:
    return Trigger(component, CliBlock(component=component))


def _component(name: str, components: list[str], triggers: Mapping[str, Trigger]) -> str:
    if lookup(name, dict.fromkeys(components, name)) is None:
        known = dict.fromkeys([*triggers, *components])
        hint = suggestion(name, known, noun="the artifact")
        raise UsageError(
            f"there is no command or component '{name}' (arguments stand after '--'); {hint}"
        )
    return name


def _only(names: list[str], noun: str) -> str:
    if len(names) == 1:
        return names[0]
    if not names:
        raise UsageError("the artifact has no component that can run")
    if MAIN in names:
        return MAIN
    raise UsageError(f"which {noun}? There are {listing(names)}, and none is called '{MAIN}'")
