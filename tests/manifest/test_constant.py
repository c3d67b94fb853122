from __future__ import annotations

import pytest

from wasmflow.manifest.constant import read_default
from wasmflow.manifest.tree import Node, Scalar, Sequence
from wasmflow.packet import EMPTY
from wasmflow.problem import Problem


@pytest.mark.parametrize(
    ("node", "value"),
    [
        (Scalar('"a"'), "a"),
        (Scalar("5"), 5),
        (Scalar("null"), None),
        (Scalar(None), None),
        (Scalar(True), True),
        (Sequence((Scalar("5"),)), ["5"]),
    ],
)
def test_text_is_json_text_and_all_else_is_itself(node: Node, value: object) -> None:
    problems: list[Problem] = []
    assert read_default(node, problems) == value
    assert problems == []


@pytest.mark.parametrize("text", ["Hello", "", "{", "NaN", "[" * 10_000, "{'a': 1}"])
def test_text_that_is_no_json_is_a_problem(text: str) -> None:
    problems: list[Problem] = []
    assert read_default(Scalar(text), problems) is EMPTY
    assert len(problems) == 1
