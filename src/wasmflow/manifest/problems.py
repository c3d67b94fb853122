"""The problems of one manifest, as far as somebody reads them.

`yaml` and `shape` begin such a list, and all who read the tree add to it.
"""

from __future__ import annotations

from wasmflow.errors import ProblemsError
from wasmflow.problem import MOST_TOLD, Problem, first_of


class Problems(list[Problem]):
    """Adding one too many raises `ProblemsError` with the others, so that reading ends there."""

    def append(self, problem: Problem) -> None:
        super().append(problem)
        if len(self) > MOST_TOLD:
            raise ProblemsError(first_of(self))
