"""Core components, used without a flow around them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from tests.fakes import transaction
from wasmflow.collections.core import CoreCollection
from wasmflow.component import Call, Component, Outcome, Signature, Use
from wasmflow.packet import EMPTY, Failure
from wasmflow.problem import Problem
from wasmflow.types import model as wit

Inputs = Mapping[str, wit.Type | None]


def use(inputs: Inputs | None = None, /, **constants: wit.Json) -> Use:
    return Use(inputs or {}, constants)


def signed(name: str, use: Use) -> Signature:
    """The signature of a component in a use that is right."""
    signature = CoreCollection().definitions[name].signature(use)
    assert isinstance(signature, Signature), signature
    return signature


def problems(name: str, use: Use) -> list[Problem]:
    """What is wrong with a use."""
    found = CoreCollection().definitions[name].signature(use)
    assert isinstance(found, list), found
    return found


def types(signature: Signature) -> tuple[Inputs, Inputs]:
    """The types of the input and output ports."""
    return (
        {port.name: port.type for port in signature.inputs},
        {port.name: port.type for port in signature.outputs},
    )


def called(name: str, use: Use, /, **inputs: Any) -> Outcome:
    """What a component comes to; inputs left out have nothing."""
    component = cast(Component, CoreCollection().component(name, use))
    slots = tuple(inputs.get(port.name, EMPTY) for port in component.signature.inputs)
    outcome = component.start(slots, Call(transaction(), ("flow", "it")))
    assert isinstance(outcome, Failure | tuple)
    return outcome
