"""What every message must be, whatever it is about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from wasmflow.problem import Problem

#: Characters of a message. Longer ones would let a small input fill a screen or a log.
_LONGEST: Final = 4_000


def check_told(problems: Iterable[Problem]) -> None:
    """Problems say what is wrong, on one line that a reader would read."""
    for problem in problems:
        text = str(problem)
        assert problem.message, "a problem says nothing"
        assert len(text) <= _LONGEST, f"a message of {len(text)} characters"
        assert "\n" not in text, f"a message of several lines: {text!r}"
