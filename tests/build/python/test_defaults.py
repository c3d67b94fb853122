from __future__ import annotations

from pathlib import Path

import pytest

from tests.build.python.authors import drafted, write
from wasmflow.build.building import Draft
from wasmflow.collections.wasm.section import ComponentNotes, PortNotes


def notes(made: Draft) -> ComponentNotes:
    return made.metadata.components["f"]


DEFAULTS = [
    ("int", "5", 5),
    ("int", "-5", -5),
    ("int", "LIMIT", 3),
    ("int", "other.LIMIT", 4),
    ("float", "1", 1.0),
    ("str", "'a'", "a"),
    ("bytes", "b'a'", "YQ=="),
    ("bool", "True", True),
    ("list[int]", "[1, 2]", [1, 2]),
    ("Sequence[str]", "()", []),
    ("tuple[int, str]", "(1, 'a')", [1, "a"]),
    ("dict[str, int]", "{'a': 1}", [["a", 1]]),
    ("Color", "Color.DARK_BLUE", "dark-blue"),
    ("Literal['a b', 'c']", "'a b'", "a-b"),
    ("Any", "{'a': [None]}", {"a": [None]}),
    ("int | None", "5", 5),
    ("list[Color | None]", "[None]", [None]),
]


@pytest.mark.parametrize(("annotation", "default", "json"), DEFAULTS)
def test_a_default_is_told_as_json(
    tmp_path: Path, annotation: str, default: str, json: object
) -> None:
    write(tmp_path, {"other.py": "LIMIT = 4"})
    text = f"""
import enum, other
from collections.abc import Sequence
from typing import Any, Literal
LIMIT = 3
class Color(enum.Enum):
    DARK_BLUE = 1
def f(x: {annotation} = {default}) -> None: ...
"""
    assert notes(drafted(tmp_path, text)).inputs == {"x": PortNotes(default=json)}


@pytest.mark.parametrize(
    ("annotation", "default"),
    [
        *(("int", "max(1, 2)"), ("int", "'text'"), ("int", "2**3"), ("int", "Color.RED")),
        *(("float", "float('nan')"), ("str", "f'{1}'"), ("int | None", "None"), ("int", "None")),
        *(("int", "LOOP"), ("list[int]", "5"), ("bytes", "10**9"), ("str", "os.sep")),
    ],
)
def test_a_default_that_only_python_could_tell_is_left_out(
    tmp_path: Path, annotation: str, default: str
) -> None:
    text = f"import os\nLOOP = LOOP\ndef f(x: {annotation} = {default}) -> None: ..."
    made = drafted(tmp_path, text)
    assert notes(made).inputs == {"x": PortNotes()}
    assert "f: func(x: option<" in made.wit
