"""What every core component is made of: a pure function for its signature, and one for its work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from wasmflow.component import Call, Outcome, Signature, Use
from wasmflow.packet import Slot
from wasmflow.problem import Problem

#: The work of a core component. It never waits.
Act: TypeAlias = Callable[[tuple[Slot, ...], Call], Outcome]


@dataclass(frozen=True)
class CoreTemplate:
    """A core component as long as nobody uses it. Is a `wasmflow.component.Template`.

    `signature` is also asked before types are known: then a type that is undetermined on the way in
    is so on the way out, and no problem.
    """

    outline: Signature
    signature: Callable[[Use], Signature | list[Problem]]
    #: Makes what works, for a use and the signature that it has in it.
    act: Callable[[Signature, Use], Act]
    constants: Mapping[str, str] = field(default_factory=dict)
    any_input: bool = False


@dataclass(frozen=True)
class CoreComponent:
    """A core component in one use of it."""

    signature: Signature
    start: Act


def missing_constant(component: str, name: str, example: str) -> Problem:
    """The problem of a use without a constant that it cannot be without."""
    return Problem(f"'{component}' needs the constant '{name}'", f"with: {{{example}}}", port=name)
