"""Annotations to WIT, row by row; what cannot cross is in `problems`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.build.python.authors import functions_wit, write
from wasmflow.build.python import annotations as annotations_module
from wasmflow.errors import ProblemsError

IMPORTS = """
import collections.abc, datetime, enum, typing
import typing as t
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import *
from uuid import UUID

class Color(enum.Enum):
    RED = 1

@dataclass
class Left:
    x: int

@dataclass
class Right:
    x: str

Alias = list[int]
Old: TypeAlias = 'dict[str, Alias]'
Nested = Optional[Alias]
Either = Left | Right
UserId = NewType("UserId", int)
u8 = Annotated[int, "u8"]
"""

ROWS = [
    ("bool", "bool"),
    ("int", "s64"),
    ("float", "f64"),
    ("str", "string"),
    ("'str'", "string"),
    ("Text", "string"),
    ("bytes", "list<u8>"),
    ("bytearray", "list<u8>"),
    ("memoryview", "list<u8>"),
    ("Any", "any"),
    ("object", "any"),
    ("list[int]", "list<s64>"),
    ("List[int]", "list<s64>"),
    ("t.List[int]", "list<s64>"),
    ("typing.Sequence[int]", "list<s64>"),
    ("collections.abc.Iterable[int]", "list<s64>"),
    ("tuple[int, ...]", "list<s64>"),
    ("set[str]", "list<string>"),
    ("FrozenSet[str]", "list<string>"),
    ("tuple[int, str]", "tuple<s64, string>"),
    ("tuple[int]", "tuple<s64>"),
    ("dict[str, float]", "list<tuple<string, f64>>"),
    ("Mapping[int, list[str]]", "list<tuple<s64, list<string>>>"),
    ("int | None", "option<s64>"),
    ("None | int", "option<s64>"),
    ("Optional[int]", "option<s64>"),
    ("Union[int, None]", "option<s64>"),
    ("Optional[Optional[int]]", "option<s64>"),
    ("list[int | None] | None", "option<list<option<s64>>>"),
    ("int | float", "f64"),
    ("int | float | None", "option<f64>"),
    ("Any | str", "any"),
    ("int | int", "s64"),
    ("Annotated[int, 'u32']", "u32"),
    ("Annotated[float, 'f32']", "f32"),
    ("Annotated[str, 'char']", "char"),
    ("Annotated[str, 'a note', 5]", "string"),
    ("Annotated[list[u8], 'bytes']", "list<u8>"),
    ("u8", "u8"),
    ("UserId", "s64"),
    ("Final[int]", "s64"),
    ("Alias", "list<s64>"),
    ("Old", "list<tuple<string, list<s64>>>"),
    ("Nested", "option<list<s64>>"),
    ("datetime.datetime", "string"),
    ("datetime.date | None", "option<string>"),
    ("Decimal", "string"),
    ("Path", "string"),
    ("UUID", "string"),
]


@pytest.mark.parametrize(("annotation", "type_"), ROWS, ids=[row[0] for row in ROWS])
def test_an_annotation_has_one_type(tmp_path: Path, annotation: str, type_: str) -> None:
    wit = functions_wit(tmp_path, f"{IMPORTS}\ndef f(v: {annotation}) -> {annotation}: ...")
    assert wit.splitlines()[-1] == f"f: func(v: {type_}) -> result<{type_}, exception>;"


DECLARED = [
    ("Color", "enum color { red, }"),
    ("Literal['a', 'b c']", "enum f-v { a, b-c, }"),
    ("Literal['a', None]", "enum f-v { a, }"),
    ("Left", "record left { x: s64, }"),
    ("Either", "variant either { left(left), right(right), }"),
    ("Left | Right", "variant left-or-right { left(left), right(right), }"),
    ("Left | (Right | None)", "variant left-or-right { left(left), right(right), }"),
    ("Optional[Either]", "variant either { left(left), right(right), }"),
    ("Either | int", "variant left-or-right-or-int { left(left), right(right), int(s64), }"),
    ("str | list[int]", "variant str-or-list { str(string), %list(list<s64>), }"),
    ("float | str", "variant float-or-str { float(f64), str(string), }"),
    ("int | float | str", "variant float-or-str { float(f64), str(string), }"),
    ("bool | int", "variant bool-or-int { %bool(bool), int(s64), }"),
    ("Literal['a'] | int", "variant str-or-int { str(f-v), int(s64), }"),
    ("u8 | str", "variant int-or-str { int(u8), str(string), }"),
]


@pytest.mark.parametrize(("annotation", "declared"), DECLARED, ids=[row[0] for row in DECLARED])
def test_a_type_without_a_name_in_wit_is_declared(
    tmp_path: Path, annotation: str, declared: str
) -> None:
    wit = functions_wit(tmp_path, f"{IMPORTS}\ndef f(v: {annotation}) -> None: ...")
    assert declared in wit.splitlines()


def test_a_type_is_declared_once_before_those_that_use_it(tmp_path: Path) -> None:
    text = f"""{IMPORTS}
@dataclass
class Line:
    start: Left
    end: Left

def f(line: Line, left: Left) -> Line: ...
def g(either: Right | Left) -> Left | Right: ...
"""
    words = [line.split()[1] for line in functions_wit(tmp_path, text).splitlines()[:-2]]
    assert words == ["left", "line", "right", "right-or-left", "left-or-right"]


def test_types_make_way_for_functions_and_for_what_the_bindings_need(tmp_path: Path) -> None:
    text = """
from dataclasses import dataclass

@dataclass
class Stats:
    x: int

@dataclass
class Result:
    x: int

@dataclass
class List:
    x: int

def stats(a: Stats, b: Result, c: List) -> None: ...
"""
    last = functions_wit(tmp_path, text).splitlines()[-1]
    assert (
        last == "stats: func(a: stats-type, b: result-type, c: list-type) -> result<_, exception>;"
    )


def test_classes_of_one_name_are_told_apart(tmp_path: Path) -> None:
    for module in ("one", "two"):
        write(tmp_path, {f"{module}.py": IMPORTS})
    text = "import one, two\ndef f(v: one.Left | two.Left) -> None: ..."
    assert functions_wit(tmp_path, text).splitlines() == [
        "record left { x: s64, }",
        "record left-type { x: s64, }",
        "variant left-or-left-type { left(left), left-type(left-type), }",
        "f: func(v: left-or-left-type) -> result<_, exception>;",
    ]


def test_a_class_inside_a_class_can_be_named(tmp_path: Path) -> None:
    text = """
import enum
from dataclasses import dataclass

class Outer:
    class Inner(enum.Enum):
        A = 1

def f(v: Outer.Inner) -> None: ...
"""
    assert "enum inner { a, }" in functions_wit(tmp_path, text)


def test_fields_of_bases_come_first_and_keep_their_place(tmp_path: Path) -> None:
    text = """
import typing
from dataclasses import KW_ONLY, dataclass

@dataclass
class Base:
    a: int
    b: str
    LIMIT: typing.ClassVar[int] = 5
    plain = 5

@dataclass(frozen=True)
class Derived(Base):
    _: KW_ONLY
    c: bool = True
    a: float = 1.0

    def method(self) -> int: ...

class Undecorated(Derived):
    d: int

def f(v: Undecorated) -> None: ...
"""
    wit = functions_wit(tmp_path, text)
    assert "record undecorated { a: f64, b: string, c: bool, }" in wit


def test_keys_that_may_be_missing_are_options(tmp_path: Path) -> None:
    text = """
from typing import NotRequired, Required, TypedDict

class Base(TypedDict):
    a: int
    b: NotRequired[int]

class Derived(Base, total=False):
    c: int
    d: Required[int]
    e: int | None

def f(v: Derived) -> None: ...
"""
    wit = functions_wit(tmp_path, text)
    fields = "a: s64, b: option<s64>, c: option<s64>, d: s64, e: option<s64>,"
    assert f"record derived {{ {fields} }}" in wit


def test_flags_are_the_members_that_stand_alone(tmp_path: Path) -> None:
    text = """
from enum import Flag, auto

class Permission(Flag):
    READ = auto()
    WRITE = 2
    EXECUTE = 1 << 2
    NONE = 0
    BOTH = READ | WRITE
    SAME = READ
    ALL = 7

def f(v: Permission) -> None: ...
"""
    assert "flags permission { read, write, execute, }" in functions_wit(tmp_path, text)


def test_types_are_found_through_other_modules(tmp_path: Path) -> None:
    write(tmp_path, {"shapes.py": IMPORTS, "middle.py": "from shapes import *"})
    write(tmp_path, {"pkg/__init__.py": "from .inner import Left as Port", "pkg/inner.py": IMPORTS})
    text = """
from typing import TYPE_CHECKING
import pkg
if TYPE_CHECKING:
    from middle import Either
def f(v: "Either", w: pkg.Port, x: pkg.inner.Color) -> None: ...
"""
    last = functions_wit(tmp_path, text).splitlines()[-1]
    assert last == "f: func(v: either, w: left-type, x: color) -> result<_, exception>;"


def test_modules_that_import_each_other_are_no_circle_of_types(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "from b import *\nfrom b import X", "b.py": "from a import *"})
    write(tmp_path, {"b.py": "from a import *\nfrom a import X"})
    with pytest.raises(ProblemsError, match="'X' is not defined"):
        functions_wit(tmp_path, "from a import X\ndef f(v: X) -> None: ...")


def test_an_annotation_beyond_any_depth_is_a_problem(tmp_path: Path) -> None:
    deep = " | ".join(["int"] * 1500)
    with pytest.raises(ProblemsError, match="the annotation is nested too deeply"):
        functions_wit(tmp_path, f"def f(v: {deep}) -> None: ...")


@pytest.mark.parametrize(
    ("holder", "message"),
    [
        ("tuple[{0}, {0}]", "the type has more than 2000 parts, unfolded"),
        ("dict[{0}, {0}]", "the type has more than 2000 parts, unfolded"),
        ("Union[{0}, {0}, int]", "the types unfold into more than 1000 parts"),
    ],
)
def test_aliases_that_unfold_without_end_are_one_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, holder: str, message: str
) -> None:
    monkeypatch.setattr(annotations_module, "MOST_READ", 1000)
    aliases = "\n".join(f"T{each + 1} = {holder.format(f'T{each}')}" for each in range(40))
    text = f"from typing import Union\nT0 = str | bytes\n{aliases}\n"
    text += "def f(v: T40) -> T40: ...\ndef g(v: T39) -> None: ..."
    with pytest.raises(ProblemsError) as caught:
        functions_wit(tmp_path, text)
    (problem,) = caught.value.problems
    assert problem.message == message


def chain(fields: int, levels: int) -> str:
    """A dataclass for each level, whose fields all hold the one before."""
    text = "from dataclasses import dataclass\n@dataclass\nclass C0:\n    f0: int\n"
    for level in range(1, levels):
        lines = [f"    f{each}: C{level - 1}\n" for each in range(fields)]
        text += f"@dataclass\nclass C{level}:\n{''.join(lines)}"
    return text


def test_classes_that_unfold_without_end_are_one_problem(tmp_path: Path) -> None:
    text = chain(fields=2, levels=25) + "def f(v: C24) -> C24: ...\ndef g(v: C20) -> None: ..."
    with pytest.raises(ProblemsError) as caught:
        functions_wit(tmp_path, text)
    (problem,) = caught.value.problems
    assert (problem.message, problem.place.line, problem.place.column) == (
        "the type has more than 2000 parts, unfolded",
        43,
        9,
    )


def test_classes_that_are_nested_deeper_than_can_cross_are_a_problem(tmp_path: Path) -> None:
    text = chain(fields=1, levels=60) + "def f(v: C59) -> None: ..."
    with pytest.raises(ProblemsError, match="the type has more than 50 levels"):
        functions_wit(tmp_path, text)


def test_a_class_of_more_parts_than_can_cross_is_a_problem(tmp_path: Path) -> None:
    members = "\n".join(f"    A{each} = {each}" for each in range(1001))
    text = f"import enum\nclass E(enum.Enum):\n{members}\ndef f(v: E) -> None: ..."
    with pytest.raises(ProblemsError, match="the type has 1001 parts, and at most 1000 can cross"):
        functions_wit(tmp_path, text)
