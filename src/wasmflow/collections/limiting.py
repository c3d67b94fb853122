"""How what manifests say of limits holds for what they use: see `wasmflow.limits`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from wasmflow.collections.opening import Opening
from wasmflow.limits import Limits, beyond, format_limit
from wasmflow.manifest.model import External, Limit, Manifest
from wasmflow.problem import Problem


def limited(entry: External, opening: Opening) -> tuple[Opening, list[Problem]]:
    """How an entry of a manifest is opened: with what is said of its limits, where that can be.

    What holds for it is the most that it can say in turn.
    """
    limits, problems = _said(opening.limits, entry.limits, opening.ceiling)
    return replace(opening, limits=limits, ceiling=limits), problems


def limits_within(manifest: Manifest, opening: Opening) -> tuple[Limits, list[Problem]]:
    """The limits of the transactions that begin in a manifest; and what it cannot say of them."""
    return _said(opening.limits, manifest.limits, opening.ceiling)


def _said(
    limits: Limits, said: Mapping[str, Limit], ceiling: Limits
) -> tuple[Limits, list[Problem]]:
    too_high = dict(beyond({name: limit.value for name, limit in said.items()}, ceiling))
    allowed: dict[str, Any] = {n: each.value for n, each in said.items() if n not in too_high}
    problems = [_too_high(name, said[name], most) for name, most in too_high.items()]
    return replace(limits, **allowed), problems


def _too_high(name: str, limit: Limit, most: float) -> Problem:
    wanted, allowed = format_limit(name, limit.value), format_limit(name, most)
    return Problem(
        f"'{name}' is {wanted} here, and {allowed} is the most that can be",
        "a manifest can be given no more than who uses it allows: its host, or the 'limits' of the "
        "entry that refers to it",
        limit.place,
    )
