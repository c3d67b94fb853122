from __future__ import annotations

import ast

from wasmflow.build.python.bindings import Binding, Defined, Imported, bindings_of
from wasmflow.build.python.imports import imports_of


def bindings(text: str) -> dict[str, Binding]:
    return bindings_of(ast.parse(text), "")


def test_of_two_branches_the_first_says_what_a_name_is() -> None:
    found = bindings(
        "try:\n    from typing import Self\nexcept ImportError:\n    Self = None\n"
        "if TYPE_CHECKING:\n    from shapes import Point\nelse:\n    Point = object\n"
        "with open(x):\n    value = 5\n",
    )
    assert found["Self"] == Imported("typing", "Self")
    assert found["Point"] == Imported("shapes", "Point")
    assert "value" in found


def test_a_later_definition_replaces_an_earlier_one() -> None:
    bound = bindings("def f(): ...\ndef f(x): ...\n")["f"]
    assert isinstance(bound, Defined)
    assert getattr(bound.node, "lineno", 0) == 2


def test_an_assignment_names_its_right_side() -> None:
    found = bindings("a = b = int\nc: TypeAlias = str\nd: int\n(e, f) = 1, 2\n")
    assert sorted(found) == ["a", "b", "c"]


def test_an_import_names_a_module_or_what_is_in_it() -> None:
    found = bindings("import a.b, c.d as e\nfrom f import g as h, i\nfrom j import *")
    assert found == {
        "a": Imported("a"),
        "e": Imported("c.d"),
        "h": Imported("f", "g"),
        "i": Imported("f", "i"),
        "*": Imported("j", "*"),
    }


def test_nothing_below_the_question_for_main_counts() -> None:
    tree = ast.parse("if __name__ == '__main__':\n    import torch\n    x = 1\n")
    assert (bindings_of(tree, ""), imports_of(tree, "")) == ({}, ())
