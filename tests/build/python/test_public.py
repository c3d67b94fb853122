from __future__ import annotations

from pathlib import Path

from tests.build.python.authors import drafted, write


def test_public_are_functions_without_an_underscore(tmp_path: Path) -> None:
    text = """
from json import dumps
def _private(x: int) -> int: ...
def f(x: int) -> int: ...
async def g(x: int) -> int: ...
def bare(x): ...
if x:
    def h() -> int: ...
"""
    made = drafted(tmp_path, text)
    assert list(made.metadata.components) == ["f", "g", "h"]
    assert [str(each).partition(": ")[2] for each in made.warnings] == [
        "warning: 'bare' has no type annotations and is no component"
    ]


def test_all_says_what_is_public_even_of_other_modules(tmp_path: Path) -> None:
    write(tmp_path, {"other.py": "def g(x: int) -> int: ...\ndef _h() -> int: ..."})
    text = """
from other import g, _h
__all__ = ["g", "_h", "Color", "LIMIT"]
LIMIT = 5
class Color: ...
def f(x: complex) -> int: ...
"""
    assert list(drafted(tmp_path, text).metadata.components) == ["g", "h"]
