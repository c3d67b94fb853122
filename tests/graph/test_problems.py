"""Pairs in `problems/`: a manifest, and every problem that reading it and building its graphs must find.

Adding a case is adding two files. The namespaces are those of `components`; ``broken`` is one that
could not be opened.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.graph.components import manifest, namespaces
from wasmflow.graph.build import build_graphs
from wasmflow.problem import in_order

CASES = sorted((Path(__file__).parent / "problems").glob("*.yaml"))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_every_problem_is_found_at_its_place_and_no_other(case: Path) -> None:
    read = manifest(case.read_text(), case.name)
    problems = in_order([*read.problems, *build_graphs(read, namespaces()).problems])
    found = "".join(f"{problem}\n" for problem in problems)
    assert found == case.with_suffix(".txt").read_text()
