"""A module in a package, with a relative import."""

from __future__ import annotations

from dataclasses import dataclass

from .names import Name


@dataclass
class Unit:
    name: Name
    factor: float
