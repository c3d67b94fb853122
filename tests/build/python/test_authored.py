"""What a class inherits, from whom."""

from __future__ import annotations

from pathlib import Path

from tests.build.python.authors import drafted, functions_wit

DIAMOND = """
class Top:
    def push(self, x: int) -> int: ...

class Left(Top): ...

class Right(Top):
    def push(self, x: str) -> int: ...

class Bottom(Left, Right): ...
"""


def test_the_nearest_of_several_bases_counts_as_in_python(tmp_path: Path) -> None:
    assert "push: func(x: string)" in drafted(tmp_path, DIAMOND).wit.partition("resource bottom")[2]


def test_classes_that_inherit_twice_at_every_level_are_read(tmp_path: Path) -> None:
    levels = "".join(
        f"class A{n}(A{n - 1}, B{n - 1}): ...\nclass B{n}(A{n - 1}, B{n - 1}): ...\n"
        for n in range(1, 45)
    )
    source = f"class A0: ...\nclass B0: ...\n{levels}def f(x: int) -> int: ...\n"
    assert "f: func(x: s64)" in functions_wit(tmp_path, source)
