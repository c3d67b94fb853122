from __future__ import annotations

from pathlib import Path

import pytest

from tests.build.python.authors import drafted, functions_wit, write
from wasmflow.build.building import Draft
from wasmflow.build.kinds import Options, draft
from wasmflow.collections.wasm.section import ComponentNotes, PortNotes
from wasmflow.errors import ProblemsError

HELLO = Path(__file__).parents[3] / "examples" / "01-hello" / "text.py"


def notes(made: Draft) -> ComponentNotes:
    return made.metadata.components["f"]


def test_the_first_example_says_what_it_is() -> None:
    made = draft(HELLO)
    assert made.wit == Path(__file__).with_name("hello.wit").read_text()
    assert made.interfaces == ("local:text/text",)
    assert made.warnings == ()


def test_descriptions_and_defaults_are_kept_in_the_metadata() -> None:
    concat = draft(HELLO).metadata.components["concat"]
    assert concat.description == "Join two texts."
    assert concat.inputs == {
        "left": PortNotes("what comes first"),
        "right": PortNotes("what comes last"),
        "separator": PortNotes("what stands between them", " "),
    }


BIG = "import enum\nclass E(enum.Enum):\n" + "\n".join(f"    A{n} = {n}" for n in range(900)) + "\n"


def test_a_function_whose_types_are_too_much_together_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(ProblemsError) as caught:
        drafted(tmp_path, f"{BIG}def f(a: E, b: E) -> int: ...\ndef g(a: E, b: E) -> E: ...")
    (problem,) = caught.value.problems
    assert problem.message == "the types of 'g' have more than 2000 parts, unfolded"
    assert (problem.place.line, problem.place.column) == (904, 1)


def test_functions_whose_types_are_too_much_together_are_one_problem(tmp_path: Path) -> None:
    functions = "\n".join(f"def f{n}(a: E, b: E) -> int: ..." for n in range(20))
    with pytest.raises(ProblemsError) as caught:
        drafted(tmp_path, BIG + functions)
    (problem,) = caught.value.problems
    assert problem.message == "the types up to here have more than 20000 parts, unfolded"
    assert problem.place.line == 903 + 10


def test_a_method_whose_types_are_too_much_together_is_a_problem(tmp_path: Path) -> None:
    push = "    def push(self, a: E, b: E) -> E: ..."
    with pytest.raises(ProblemsError) as caught:
        drafted(tmp_path, f"{BIG}class F:\n    def __init__(self, c: E): ...\n{push}")
    (problem,) = caught.value.problems
    assert problem.message == "the types of 'F' have more than 2000 parts, unfolded"


def test_what_a_function_returns_is_said_of_its_output(tmp_path: Path) -> None:
    text = 'def f() -> int:\n    """Counts.\n\n    Returns:\n        how many\n    """\n'
    assert notes(drafted(tmp_path, text)).outputs == {"output": PortNotes("how many")}


def test_parameters_are_optional_in_two_ways(tmp_path: Path) -> None:
    text = """
from typing import Any
def f(a: int, b: int | None, c: int = 1, d: int | None = None, e: int | None = 1, *,
      g: Any = None, h: bool) -> None: ...
"""
    assert functions_wit(tmp_path, text).splitlines()[-1] == (
        "f: func(a: s64, b: option<s64>, c: option<s64>, d: option<s64>,"
        " e: option<option<s64>>, g: option<any>, h: bool) -> result<_, exception>;"
    )


def test_a_result_that_may_be_none_is_an_option(tmp_path: Path) -> None:
    wit = functions_wit(tmp_path, "def f() -> int | None: ...")
    assert wit == "f: func() -> result<option<s64>, exception>;"


@pytest.mark.parametrize("nothing", ["None", "'None'", "typing.NoReturn", "typing.Never"])
def test_a_function_may_return_nothing(tmp_path: Path, nothing: str) -> None:
    wit = functions_wit(tmp_path, f"import typing\ndef f() -> {nothing}: ...")
    assert wit == "f: func() -> result<_, exception>;"


@pytest.mark.parametrize(
    ("name", "interface"),
    [
        ("text", "local:text/text"),
        ("my_nodes", "local:my-nodes/my-nodes"),
        ("01-text", "local:text/text"),
        ("stream", "local:stream/stream"),
        ("42", "local:module/module"),
    ],
)
def test_the_interface_is_named_after_the_file(tmp_path: Path, name: str, interface: str) -> None:
    source = write(tmp_path, {f"{name}.py": "def f() -> None: ..."})
    assert draft(source).interfaces == (interface,)


def test_a_package_gives_its_name(tmp_path: Path) -> None:
    source = write(tmp_path, {"pkg/__init__.py": "def f() -> None: ..."})
    assert draft(source).interfaces == ("local:pkg/pkg",)


def test_keywords_of_wit_are_escaped(tmp_path: Path) -> None:
    source = write(tmp_path, {"interface.py": "def func(record: int, from_: int) -> int: ..."})
    made = draft(source)
    assert "package local:%interface;" in made.wit
    assert "%func: func(%record: s64, %from: s64) -> result<s64, exception>;" in made.wit


def test_the_digest_of_the_source_covers_all_modules(tmp_path: Path) -> None:
    text = "import other\ndef f() -> None: ..."
    write(tmp_path, {"other.py": "x = 1"})
    first = drafted(tmp_path, text).metadata.source
    assert first == drafted(tmp_path, text).metadata.source
    write(tmp_path, {"other.py": "x = 2"})
    assert first != drafted(tmp_path, text).metadata.source


def test_the_toolchain_gets_no_descriptions_since_it_would_not_escape_them(tmp_path: Path) -> None:
    text = 'def f() -> None:\n    r"""A \\" \'\'\' \\N."""\n'
    made = drafted(tmp_path, text)
    assert "///" in made.wit
    assert b"///" not in made.files["wit/world.wit"]


def test_packages_in_site_folders_lend_their_types(tmp_path: Path) -> None:
    shapes = "from dataclasses import dataclass\n@dataclass\nclass Point:\n    x: int\n"
    write(tmp_path / "site", {"shapes/__init__.py": shapes})
    source = write(tmp_path, {"text.py": "import shapes\ndef f(p: shapes.Point) -> None: ..."})
    made = draft(source, Options(site=(tmp_path / "site",)))
    assert "record point" in made.wit
    assert not any("shapes" in name for name in made.files)


def test_what_is_raised_makes_way_for_functions_of_that_name(tmp_path: Path) -> None:
    made = drafted(tmp_path, "def exception() -> None: ...")
    assert "    exception: func() -> result<_, exception-type>;" in made.wit
    assert "refuse_with(wit.ExceptionType)" in made.files["glue/wasmflow_glue.py"].decode()
