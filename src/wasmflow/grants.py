"""What code may use of the world: nothing, until a manifest grants it.

Grants are given to one collection at a time and go down by intersection: whoever uses a manifest says
what that may have, and whatever it grants in turn is of that. Nothing here gives anything.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Grants:
    """What one collection may use. Without any, it has its CPU and its own memory only."""

    #: Environment variables that it may read.
    env: frozenset[str] = frozenset()
    #: Whether its random numbers are real ones, so that runs are not repeatable.
    random: bool = False

    def __bool__(self) -> bool:
        return bool(self.env) or self.random

    def within(self, allowed: Grants) -> Grants:
        """What of these is allowed."""
        return Grants(self.env & allowed.env, self.random and allowed.random)

    def beyond(self, allowed: Grants) -> Grants:
        """What of these is not allowed."""
        return Grants(self.env - allowed.env, self.random and not allowed.random)

    def __str__(self) -> str:
        """As a manifest writes it, or ``nothing``."""
        parts = []
        if self.env:
            parts.append(f"env: [{', '.join(sorted(self.env))}]")
        if self.random:
            parts.append("random: real")
        return f"{{{', '.join(parts)}}}" if parts else "nothing"


NOTHING = Grants()
