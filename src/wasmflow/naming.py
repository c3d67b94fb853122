"""Names as people write them: when two are the same, and which known one somebody probably meant.

Components, ports, fields and cases are printed as declared and compared with ``_`` equal to ``-``,
since one language's ``first_name`` is another's ``first-name``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import TypeVar

T = TypeVar("T")


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
    """The known name that `name` is probably a slip of; ``None`` if none is near."""
    candidates = {canonical(each).lower(): each for each in known}
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
    quoted = [f"'{name}'" for name in names]
    shown = quoted[:limit]
    if len(quoted) > limit:
        shown.append(f"… ({len(quoted)} in all)")
    return ", ".join(shown)
