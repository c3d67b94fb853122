"""How what manifests say of limits holds for what they use: see `wasmflow.limits`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from wasmflow.collections.opening import Opening
from wasmflow.limits import CEILING, FIXED, Limits, beyond, format_limit
from wasmflow.manifest.model import External, Limit, Manifest
from wasmflow.problem import Problem


def limited(entry: External, opening: Opening) -> tuple[Opening, list[Problem]]:
    """How an entry of a manifest is opened: with what is said of its limits, where that can be.

    What holds for it is the most that it can say in turn.
    """
    limits, problems = _said(entry.limits, opening)
    return replace(opening, limits=limits, ceiling=limits), problems


def limits_within(manifest: Manifest, opening: Opening) -> tuple[Limits, list[Problem]]:
    """The limits of the transactions that begin in a manifest; and what it cannot say of them."""
    return _said(manifest.limits, opening)


def _said(said: Mapping[str, Limit], opening: Opening) -> tuple[Limits, list[Problem]]:
    values = {name: limit.value for name, limit in said.items()}
    too_high = dict(beyond(values, opening.ceiling))
    allowed: dict[str, Any] = {n: value for n, value in values.items() if n not in too_high}
    hint = _in_use if len(opening.within) > 1 else _at_the_host
    problems = [
        Problem(
            f"'{name}' is {format_limit(name, values[name])} here, and {format_limit(name, most)} "
            "is the most that can be",
            hint(name, values[name]),
            said[name].place,
        )
        for name, most in too_high.items()
    ]
    return replace(opening.limits, **allowed), problems


def _in_use(name: str, value: float) -> str:
    text = format_limit(name, value).removesuffix(" s").replace(" ", "")
    return (
        "this manifest can have what who uses it lets it have: write limits: "
        f"{{{name}: {text}}} in the entry of 'external' there"
    )


def _at_the_host(name: str, value: float) -> str:
    if name in FIXED and value > getattr(CEILING, name):
        return "write less: more cannot be had here"
    return f"write less, or let it have that: --limit {name}={format_limit(name, value).replace(' ', '')}"
