"""What every core component is made of: a pure function for its signature, and one for its work."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from wasmflow.component import Call, Callee, Emission, Outcome, Session, Signature, Use
from wasmflow.packet import Slot
from wasmflow.problem import Problem

#: The work of a core component on values. It never waits.
Act: TypeAlias = Callable[[tuple[Slot, ...], Call], Outcome]
#: Begins the work of one on a stream, from its values.
Open: TypeAlias = Callable[[tuple[Slot, ...]], "CoreSession"]
#: Makes what works, for a use and the signature that it has in it.
Bind: TypeAlias = Callable[[Signature, Use], Callee]


@dataclass(frozen=True)
class CoreTemplate:
    """A core component as long as nobody uses it. Is a `wasmflow.component.Template`.

    `signature` is also asked before types are known: then a type that is undetermined on the way in
    is so on the way out, and no problem.
    """

    outline: Signature
    signature: Callable[[Use], Signature | list[Problem]]
    bind: Bind
    constants: Mapping[str, str] = field(default_factory=dict)
    any_input: bool = False


@dataclass(frozen=True)
class CoreComponent:
    """A core component on values, in one use of it."""

    signature: Signature
    start: Act


def calling(act: Callable[[Signature, Use], Act]) -> Bind:
    """Makes a component that calls what `act` makes."""
    return lambda signature, use: CoreComponent(signature, act(signature, use))


class CoreSession:
    """The work of a core component on one stream. Is a `wasmflow.component.Session` that never waits."""

    def push(self, elements: Sequence[tuple[Slot, ...]]) -> Emission:
        return ()

    def finish(self) -> Emission:
        return ()

    def pull(self) -> Emission:
        return ()

    def close(self) -> None:
        pass


@dataclass(frozen=True)
class CoreStreamer:
    """A core component on a stream, in one use of it."""

    signature: Signature
    begin: Open
    batches: bool = False

    def open(self, inputs: tuple[Slot, ...], _call: Call) -> Session:
        return self.begin(inputs)


def opening(open_: Callable[[Signature, Use], Open]) -> Bind:
    """Makes a component that begins with what `open_` makes."""
    return lambda signature, use: CoreStreamer(signature, open_(signature, use))


def missing_constant(component: str, name: str, example: str) -> Problem:
    """The problem of a use without a constant that it cannot be without."""
    return Problem(f"'{component}' needs the constant '{name}'", f"with: {{{example}}}", port=name)
