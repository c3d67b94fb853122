"""Hints that name the nearest right thing, within a budget.

Comparing names is slow, and a hostile manifest can make a million mistakes among thousands of names.
"""

from __future__ import annotations

from collections.abc import Collection

from wasmflow import naming

#: Comparisons of two names that one manifest may cost: about half a second.
BUDGET = 100_000


class Hints:
    """Gives hints until the budget is spent, then none."""

    def __init__(self, budget: int = BUDGET) -> None:
        self._budget = budget

    def nearest(self, name: str, known: Collection[str]) -> str | None:
        """The known name that `name` is probably a slip of."""
        return naming.nearest(name, known) if self._afford(known) else None

    def suggest(self, name: str, known: Collection[str], *, noun: str) -> str:
        """The nearest known name, else all there are."""
        return naming.suggestion(name, known, noun=noun) if self._afford(known) else ""

    def _afford(self, known: Collection[str]) -> bool:
        self._budget -= len(known)
        return self._budget >= 0
