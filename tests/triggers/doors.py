"""What triggers work with, in small: components made of functions, clocks that can be set, and somebody
who watches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tests.fakes import fake
from tests.manifest.documents import read
from wasmflow.component import About, Callee, Definition, Port, Signature, Transaction, Use
from wasmflow.host.host import Host
from wasmflow.host.settings import Settings
from wasmflow.manifest.triggers import Trigger, read_triggers
from wasmflow.problem import Problem
from wasmflow.telemetry.telemetry import Observation, Telemetry
from wasmflow.triggers.server import Surroundings
from wasmflow.types.grammar import parse_type


@dataclass
class FakeCollection:
    """Components by their names."""

    components: Mapping[str, Any]
    about: About = field(default_factory=lambda: About("test"))
    refused: Mapping[str, str] = field(default_factory=dict)
    #: What letting go of a transaction raises, as only a bug of ours does.
    bug: Exception | None = None

    def __post_init__(self) -> None:
        for name, each in self.components.items():
            each.signature = replace(each.signature, name=name)

    @property
    def definitions(self) -> Mapping[str, Definition]:
        return {name: each.signature for name, each in self.components.items()}

    def component(self, name: str, use: Use) -> Callee:
        found: Callee = self.components[name]
        return found

    def release(self, transaction: Transaction) -> None:
        if self.bug is not None:
            raise self.bug

    async def aclose(self) -> None:
        pass


def host(**components: Callee) -> Host:
    return Host(FakeCollection(components), Settings())


def signature(name: str, inputs: str = "", outputs: str = "") -> Signature:
    """One with ports such as ``name: string, when?: u64``; "?" makes one optional, "*" a stream."""
    return Signature(name, _ports(inputs), _ports(outputs))


def _ports(text: str) -> tuple[Port, ...]:
    written = [each.partition(":") for each in text.split(";") if each.strip()]
    return tuple(
        _port(name.strip(), type_.strip(), at) for at, (name, _, type_) in enumerate(written)
    )


def _port(name: str, type_: str, at: int) -> Port:
    return Port(name.rstrip("?*"), parse_type(type_), "?" in name, at if "*" in name else None)


def typed(signature: Signature, act: Callable[..., Any] = lambda *_: (), **more: Any) -> Any:
    """A component with this signature that is made of a function, as `fake` makes them."""
    made = fake(act, **more)
    made.signature = signature
    return made


def noting(into: list[Any]) -> Callable[..., Any]:
    """A function for `typed` that remembers what it is given."""

    def act(*inputs: Any) -> tuple[()]:
        into.append(inputs)
        return ()

    return act


def trigger(block: str, **variables: str) -> Trigger:
    """The trigger ``it`` of a manifest, of which this is the block, at line 4."""
    problems: list[Problem] = []
    found = read_triggers(read(f"version: 1\ntriggers:\n  it:\n    {block}\n"), variables, problems)
    assert problems == []
    return found["it"]


@dataclass
class Watcher:
    """A sink of telemetry that remembers."""

    seen: list[Observation] = field(default_factory=list)

    def began(self, observation: Observation) -> None:
        return None

    def ended(self, observation: Observation) -> None:
        self.seen.append(observation)

    @property
    def outcomes(self) -> list[str]:
        return [each.outcome.value for each in self.seen]

    @property
    def due(self) -> list[str]:
        """What runs were due at: the time of the day."""
        return [each.about["due"][11:19] for each in self.seen]


def surroundings(host: Host, watcher: Watcher | None = None) -> Surroundings:
    return Surroundings(host, Telemetry([watcher] if watcher else []))


class FakeClock:
    """Follows the event loop, whose time is virtual, from a moment on; can be set."""

    def __init__(self, start: str = "2026-01-31T12:00:00+00:00") -> None:
        self._start = datetime.fromisoformat(start).timestamp()

    def time(self) -> float:
        return self._start + self.monotonic()

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def set(self, seconds: float) -> None:
        """Put it forward, or back; or the machine sleeps for so long."""
        self._start += seconds
