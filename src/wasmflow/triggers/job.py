"""A component that a trigger runs by itself, without anybody who asks for its results.

`schedule` and `startup` check what their blocks say of one, and run it, with what stands here; `cli`
shares the checks. Outputs are read to their end and dropped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from msgspec import UNSET, UnsetType

from wasmflow.component import Port, Signature, TransactionFailed
from wasmflow.errors import BusyError, UsageError, WasmflowError
from wasmflow.host.host import Host, edge_signature
from wasmflow.manifest.triggers import Trigger
from wasmflow.naming import canonical, lookup, suggestion
from wasmflow.packet import EMPTY, Kind
from wasmflow.problem import Problem
from wasmflow.telemetry.telemetry import Observation, Outcome
from wasmflow.triggers.server import Surroundings
from wasmflow.types import model as wit
from wasmflow.types.json import input_decoder
from wasmflow.types.wit import format_type


class JobBlock(Protocol):
    """What the blocks of these triggers have in common."""

    @property
    def component(self) -> str: ...

    @property
    def with_(self) -> Mapping[str, Any]: ...

    @property
    def timeout(self) -> float | UnsetType: ...


# --- checks -----------------------------------------------------------------------------------


def check_job(
    trigger: Trigger, block: JobBlock, host: Host, given: Collection[str] = ()
) -> list[Problem]:
    """What is wrong with its component, constants and timeout.

    `given` are the inputs that the trigger gives itself, as they are declared.
    """
    signature = find_component(trigger, block.component, host)
    if isinstance(signature, Problem):
        return [signature]
    return [
        *_constant_problems(trigger, signature, block.with_),
        *_missing(trigger, signature, {*block.with_, *given}),
        *_timeout_problems(trigger, signature, block.timeout, host),
    ]


def find_component(trigger: Trigger, name: str, host: Host) -> Signature | Problem:
    """The component of that name as the edge sees it; or what is wrong with the name."""
    place = trigger.at("component")
    definition = lookup(name, host.collection.definitions)
    if definition is None:
        if reason := lookup(name, host.collection.refused):
            return Problem(f"component '{name}' cannot run: {reason}", place=place)
        hint = suggestion(name, host.collection.definitions, noun="the artifact")
        return Problem(f"there is no component '{name}'", hint, place)
    try:
        return edge_signature(definition)
    except UsageError as error:
        return Problem(str(error), place=place)


def find_port(name: str, ports: Collection[Port]) -> Port | None:
    """The port of that name in any spelling."""
    return next((port for port in ports if canonical(port.name) == canonical(name)), None)


def _constant_problems(
    trigger: Trigger, signature: Signature, constants: Mapping[str, Any]
) -> Iterator[Problem]:
    seen: set[str] = set()
    for name, value in constants.items():
        place = trigger.at("with", name)
        port = find_port(name, signature.inputs)
        if port is None:
            yield no_input(name, signature).at(place)
        elif port.name in seen:
            yield Problem(f"input '{port.name}' is given twice", place=place)
        else:
            seen.add(port.name)
            try:
                _decoded(port, value)
            except wit.Misfit as misfit:
                yield Problem(f"input '{port.name}': {misfit}", place=place)


def no_input(name: str, signature: Signature) -> Problem:
    """That a component has no input of that name."""
    hint = suggestion(name, [port.name for port in signature.inputs])
    return Problem(f"'{signature.name}' has no input '{name}'", hint)


def _missing(trigger: Trigger, signature: Signature, given: Collection[str]) -> Iterator[Problem]:
    names = {canonical(name) for name in given}
    for port in signature.inputs:
        if not port.optional and canonical(port.name) not in names:
            wanted = f"'{port.name}' ({format_type(port.type or wit.ANY)})"
            message = f"'{signature.name}' needs {wanted}, and nothing gives it"
            yield Problem(message, f"write with: {{{port.name}: …}}", trigger.at("component"))


def _timeout_problems(
    trigger: Trigger, signature: Signature, timeout: float | UnsetType, host: Host
) -> Iterator[Problem]:
    limit = host.limits.transaction_seconds
    if timeout is not UNSET and timeout > limit and not signature.streaming:
        yield Problem(
            f"a timeout of {timeout:g} s is beyond the limit of transactions, {limit:g} s",
            f"raise that for the manifest: limits: {{transaction_seconds: {timeout:g}}}",
            trigger.at("timeout"),
        )


def _decoded(port: Port, value: wit.Json) -> Any:
    return input_decoder(port.type, optional=port.optional)(value)


def constants(signature: Signature, written: Mapping[str, wit.Json]) -> dict[str, Any]:
    """Input port to value, of the constants of a trigger in which nothing is wrong."""
    ports = {name: find_port(name, signature.inputs) for name in written}
    values = {port.name: _decoded(port, written[name]) for name, port in ports.items() if port}
    return {name: value for name, value in values.items() if value is not EMPTY}


# --- running ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Job:
    """A component with all that it is given each time."""

    trigger: str
    signature: Signature
    surroundings: Surroundings
    inputs: Mapping[str, Any] = field(default_factory=dict)
    #: Seconds; ``None`` for the limit of transactions.
    timeout: float | None = None

    async def run(self, more: Mapping[str, Any] | None = None, **about: Any) -> None:
        """Run it to its end, with these inputs besides; `about` is told to those who watch.

        Raises `TransactionFailed` and `BusyError`.
        """
        observation = self._begin(about)
        try:
            observation.about["packets"] = await self._drained(
                observation, {**self.inputs, **(more or {})}
            )
        except BaseException as error:
            observation.end(*outcome_of(error))
            raise
        observation.end(Outcome.OK)

    def leave_out(self, reason: str, **about: Any) -> None:
        """Tell those who watch that it was to run and did not."""
        self._begin(about).end(Outcome.BUSY, reason)

    def _begin(self, about: Mapping[str, Any]) -> Observation:
        observation = self.surroundings.telemetry.begin(self.trigger, self.signature.name)
        observation.about.update(about)
        return observation

    async def _drained(self, observation: Observation, inputs: Mapping[str, Any]) -> int:
        """How many packets it sent, of which none is kept."""
        host, name = self.surroundings.host, self.signature.name
        circumstances = observation.circumstances(self.timeout)
        if not self.signature.streaming:
            return len(await host.invoke(name, inputs, circumstances))
        count = 0
        async with host.stream(name, inputs, circumstances=circumstances) as lines:
            async for line in lines:
                count += len(line)
        return count


def job(trigger: Trigger, block: JobBlock, surroundings: Surroundings) -> Job:
    """The job of a trigger in which nothing is wrong. Opens its component."""
    signature = surroundings.host.signature(block.component)
    timeout = None if block.timeout is UNSET else block.timeout
    return Job(trigger.name, signature, surroundings, constants(signature, block.with_), timeout)


async def ended_within(task: asyncio.Task[None], seconds: float) -> None:
    """Give a task so many seconds, then cancel it. Returns when it has ended, however that was."""
    _, late = await asyncio.wait((task,), timeout=seconds)
    if late:
        task.cancel()
        await asyncio.wait((task,))


async def for_ever() -> int:
    """What `finished` of a server waits for that does not end by itself."""
    end: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    return await end


def outcome_of(error: BaseException) -> tuple[Outcome, str]:
    """How a transaction ended that raised this."""
    match error:
        case TransactionFailed():
            no = error.failure.kind is Kind.EXCEPTION
            return Outcome.EXCEPTION if no else Outcome.ERROR, str(error)
        case BusyError():
            return Outcome.BUSY, str(error)
        case UsageError():
            return Outcome.REFUSED, str(error)
        case WasmflowError():
            return Outcome.ERROR, str(error)
        case asyncio.CancelledError():
            return Outcome.CANCELLED, ""
    return Outcome.ERROR, repr(error)
