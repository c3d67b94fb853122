"""Names as people write them: when two are the same, and which known one somebody probably meant.

Components, ports, fields and cases are printed as declared and compared with ``_`` equal to ``-``,
since one language's ``first_name`` is another's ``first-name``.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from typing import Final, TypeVar

T = TypeVar("T")

#: Pairs of characters that are compared to find the nearest name: a thousand names of ten letters. That
#: takes some milliseconds, and thirty for names that were made to be slow.
_MOST_COMPARED: Final = 100_000
#: Characters of a name in a list; keys of data are names, too.
_LONGEST_SHOWN: Final = 80


def canonical(name: str) -> str:
    """The form in which names are compared."""
    return name.replace("_", "-")


def same(left: str, right: str) -> bool:
    """Whether two spellings name the same thing."""
    return left == right or canonical(left) == canonical(right)


def lookup(name: str, known: Mapping[str, T]) -> T | None:
    """The entry of `known` under this name in any spelling; ``None`` if there is none."""
    if name in known:
        return known[name]
    wanted = canonical(name)
    return next((value for key, value in known.items() if canonical(key) == wanted), None)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` is probably a slip of; ``None`` if none is near.

    Of very many known names only the first are looked at.
    """
    candidates: dict[str, str] = {}
    left = _MOST_COMPARED
    for each in known:
        left -= len(name) * len(each)
        if left < 0:
            break
        candidates[canonical(each).lower()] = each
    matches = difflib.get_close_matches(canonical(name).lower(), candidates, n=1)
    return candidates[matches[0]] if matches else None


def suggestion(name: str, known: Iterable[str], *, noun: str = "it") -> str:
    """A hint for an unknown name: the nearest known one, else all there are."""
    names = list(known)
    if near := nearest(name, names):
        return f"did you mean '{near}'?"
    return f"{noun} has: {listing(names)}" if names else f"{noun} has none"


def listing(names: Iterable[str], *, limit: int = 12) -> str:
    """Names in quotes, in their order, cut off where a reader would stop reading."""
    every = list(names)
    shown = [f"'{_cut(name)}'" for name in every[:limit]]
    if len(every) > limit:
        shown.append(f"… ({len(every)} in all)")
    return ", ".join(shown)


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST_SHOWN else f"{name[: _LONGEST_SHOWN - 1]}…"


#: Pairs of characters that are compared for the hints of one manifest: about half a second, and three
#: for names that were made to be slow.
BUDGET: Final = 10_000_000


class Hints:
    """Hints at the nearest names until a budget is spent, then none.

    A hostile manifest can make a million mistakes among thousands of names.
    """

    def __init__(self, budget: int = BUDGET) -> None:
        self._budget = budget

    def nearest(self, name: str, known: Collection[str]) -> str | None:
        """The known name that `name` is probably a slip of."""
        return nearest(name, known) if self._afford(name, known) else None

    def suggest(self, name: str, known: Collection[str], *, noun: str) -> str:
        """The nearest known name, else all there are."""
        return suggestion(name, known, noun=noun) if self._afford(name, known) else ""

    def _afford(self, name: str, known: Collection[str]) -> bool:
        self._budget -= len(known) * len(name) ** 2
        return self._budget >= 0
