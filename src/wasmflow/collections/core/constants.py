"""What the constants of core components may be."""

from __future__ import annotations

from math import inf

from wasmflow.problem import Problem
from wasmflow.types import model as wit


def is_count(constant: wit.Json) -> bool:
    """Whether it says how many: a whole number from 1 on."""
    return isinstance(constant, int) and not isinstance(constant, bool) and constant > 0


def is_seconds(constant: wit.Json) -> bool:
    """Whether it says for how long: a finite number greater than 0."""
    return (
        isinstance(constant, int | float) and not isinstance(constant, bool) and 0 < constant < inf
    )


def wrong_constant(component: str, name: str, wanted: str) -> Problem:
    """The problem of a constant that is none of those wanted."""
    return Problem(f"'{name}' of '{component}' is {wanted}", port=name)
