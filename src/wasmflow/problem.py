"""What is wrong with something an author wrote: a message, a hint and a place.

Checks return lists of problems instead of raising at the first, so that an author sees all at once.
A check that does not know the file leaves the place out; whoever does know adds it with `at`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands: a file as the user named it, line and column counted from 1.

    Line 0 means the file as a whole, column 0 the line as a whole.
    """

    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        parts = [self.file, *(str(part) for part in (self.line, self.column) if part)]
        return ":".join(parts)


NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake, in the reader's words. `hint` says what to do, without "Hint:" before it."""

    message: str
    hint: str = ""
    place: Place = NOWHERE
    #: The port that the problem concerns, where a pure check knows that but not the place.
    port: str | None = None
    #: A warning is shown and fails nothing.
    warning: bool = False

    def at(self, place: Place) -> Problem:
        """The same problem with a place, unless it already has one."""
        return self if self.place != NOWHERE else replace(self, place=place)

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place != NOWHERE else ""
        level = "warning: " if self.warning else ""
        hint = f". Hint: {self.hint}" if self.hint else ""
        return f"{where}{level}{self.message}{hint}"


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Problems sorted by place, each once."""
    return sorted(dict.fromkeys(problems), key=lambda problem: (problem.place, problem.message))


#: Problems of one source that are told. Nobody reads more, and a hostile file can have a million.
MOST_TOLD: Final = 1000


def first_of(problems: Iterable[Problem]) -> list[Problem]:
    """Problems sorted by place, each once; one that says so stands for those that are too many."""
    ordered = in_order(problems)
    if len(ordered) <= MOST_TOLD:
        return ordered
    more = Problem("there are more problems from here on", "mend the others first")
    return [*ordered[:MOST_TOLD], more.at(ordered[MOST_TOLD].place)]
