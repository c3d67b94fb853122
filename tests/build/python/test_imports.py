from __future__ import annotations

import ast

import pytest

from wasmflow.build.python.imports import imports_of


@pytest.mark.parametrize(
    ("text", "guarded", "late"),
    [
        ("import a", False, False),
        ("def f():\n    import a", False, True),
        ("class C:\n    def f(self):\n        import a", False, True),
        ("try:\n    import a\nexcept ImportError:\n    pass", True, False),
        ("try:\n    import a\nexcept (OSError, ModuleNotFoundError):\n    pass", True, False),
        ("try:\n    import a\nexcept:\n    pass", True, False),
        ("try:\n    import a\nexcept OSError:\n    pass", False, False),
        ("try:\n    pass\nexcept ImportError:\n    import a", False, False),
        ("with suppress(ImportError):\n    import a", True, False),
        ("if TYPE_CHECKING:\n    import a", True, False),
        ("if sys.version_info < (3, 12):\n    import a", True, False),
        ("if DEBUG:\n    import a", False, False),
    ],
)
def test_an_import_is_guarded_where_the_source_provides_for_its_absence(
    text: str, guarded: bool, late: bool
) -> None:
    (found,) = imports_of(ast.parse(text), "")
    assert (found.module, found.guarded, found.late) == ("a", guarded, late)


@pytest.mark.parametrize(
    ("statement", "module"),
    [
        ("from . import x", "pkg.sub"),
        ("from .near import x", "pkg.sub.near"),
        ("from ..far import x", "pkg.far"),
        ("from .. import far", "pkg"),
        ("from ... import x", ""),
        ("from far import x", "far"),
    ],
)
def test_relative_imports_are_made_absolute(statement: str, module: str) -> None:
    (found,) = imports_of(ast.parse(statement), "pkg.sub")
    assert found.module == module
