from __future__ import annotations

from pathlib import Path

import pytest

from tests.build.python.authors import write
from wasmflow.build.python.program import Program, read_program
from wasmflow.errors import ProblemsError, WorldError


def problems(program: Program) -> list[str]:
    return [str(problem) for problem in program.problems]


def test_only_what_is_imported_belongs_to_the_program(tmp_path: Path) -> None:
    source = write(
        tmp_path,
        {
            "text.py": "import shapes\nfrom parts.wheels import Wheel\nfrom parts import seats",
            "shapes.py": "import colors",
            "colors.py": "import text, shapes",
            "unused.py": "import numpy",
            "parts/__init__.py": "from .doors import Door",
            "parts/wheels.py": "",
            "parts/seats.py": "",
            "parts/doors.py": "",
            "parts/unused.py": "",
        },
    )
    program = read_program(source)
    assert problems(program) == []
    assert sorted(program.modules) == [
        *("colors", "parts", "parts.doors", "parts.seats", "parts.wheels", "shapes", "text")
    ]


def test_a_source_in_a_package_is_imported_from_outside_of_it(tmp_path: Path) -> None:
    files = {"pkg/sub/text.py": "from ..near import x\nimport pkg.far", "pkg/near.py": "x = 1"}
    write(tmp_path, {"pkg/__init__.py": "", "pkg/sub/__init__.py": "", "pkg/far.py": ""})
    program = read_program(write(tmp_path, files))
    assert (program.main.name, program.root, problems(program)) == ("pkg.sub.text", tmp_path, [])
    assert sorted(program.modules) == ["pkg", "pkg.far", "pkg.near", "pkg.sub.text"]


def test_a_package_can_be_the_source(tmp_path: Path) -> None:
    files = {"pkg/__init__.py": "from . import near", "pkg/near.py": ""}
    program = read_program(write(tmp_path, files))
    assert sorted(program.modules) == ["pkg", "pkg.near"]


def test_folders_without_a_file_of_their_own_are_packages(tmp_path: Path) -> None:
    files = {"text.py": "from parts import wheels\nimport parts.inner.deep"}
    write(tmp_path, {"parts/wheels.py": "", "parts/inner/deep.py": ""})
    program = read_program(write(tmp_path, files))
    assert problems(program) == []
    assert sorted(program.modules) == ["parts.inner.deep", "parts.wheels", "text"]


@pytest.mark.parametrize("name", ["json.py", "my-nodes.py", "01_text.py"])
def test_a_source_with_a_name_that_cannot_be_imported_gets_another(
    tmp_path: Path, name: str
) -> None:
    program = read_program(write(tmp_path, {name: "import json"}))
    assert not program.importable
    assert program.main.name.isidentifier()
    assert problems(program) == []


def test_files_are_named_as_seen_from_where_the_author_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"a/b/text.py": "import near", "a/b/near.py": "import numpy"})
    monkeypatch.chdir(tmp_path / "a")
    program = read_program(Path("b/text.py"))
    assert [problem.place.file for problem in program.problems] == ["b/near.py"]


def test_a_module_beside_the_source_does_not_replace_pythons_own(tmp_path: Path) -> None:
    program = read_program(write(tmp_path, {"text.py": "import json", "json.py": ""}))
    (problem,) = program.problems
    assert "not the one beside the source" in problem.message
    assert problem.hint == "give json.py another name"


def test_a_slip_in_the_name_of_a_module_gets_the_nearest_one(tmp_path: Path) -> None:
    program = read_program(write(tmp_path, {"text.py": "import shape", "shapes.py": ""}))
    assert [problem.hint for problem in program.problems] == ["did you mean 'shapes'?"]


def test_a_slip_inside_a_package_gets_the_nearest_module_of_it(tmp_path: Path) -> None:
    files = {"text.py": "import forms.circl", "forms/__init__.py": "", "forms/circle.py": ""}
    program = read_program(write(tmp_path, files))
    assert [problem.hint for problem in program.problems] == ["did you mean 'forms.circle'?"]


def test_a_module_that_is_nowhere_may_be_the_authors_or_a_package(tmp_path: Path) -> None:
    files = {"text.py": "import tables, forms.square", "forms/circle.py": ""}
    program = read_program(write(tmp_path, files))
    assert [problem.hint for problem in program.problems] == [
        f"if it is yours, put it at {tmp_path / 'tables.py'}; if it is a package: "
        "pip install --target packages tables, then build with --site packages",
        f"if it is yours, put it at {tmp_path / 'forms' / 'square.py'}",
    ]


def test_what_only_functions_import_is_noted(tmp_path: Path) -> None:
    text = "import csv\ndef f():\n    import colorsys\n    from xml.dom import minidom\n"
    program = read_program(write(tmp_path, {"text.py": text}))
    assert program.late == ("colorsys", "xml.dom", "xml.dom.minidom")


def test_packages_are_found_in_site_folders(tmp_path: Path) -> None:
    write(tmp_path / "site", {"markup/__init__.py": "import anything", "six.py": ""})
    source = write(tmp_path, {"text.py": "import markup, six, seven"})
    program = read_program(source, (tmp_path / "site",))
    assert problems(program) == [
        f"{source}:1:1: there is no module 'seven'. "
        "Hint: it is neither beside the source nor in a --site folder"
    ]
    assert sorted(program.modules) == ["text"]


def test_a_package_that_is_only_machine_code_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "site", {"fast.cpython-311-x86_64-linux-gnu.so": ""})
    program = read_program(write(tmp_path, {"text.py": "import fast"}), (tmp_path / "site",))
    assert [problem.message for problem in program.problems] == [
        "'fast' is compiled for another machine"
    ]


def test_a_mistake_in_another_module_has_its_place_there(tmp_path: Path) -> None:
    source = write(tmp_path, {"text.py": "import a, b", "a.py": "x = = 1", "b.py": "import nope"})
    program = read_program(source)
    places = [(Path(each.place.file).name, each.place.line) for each in program.problems]
    assert sorted(places) == [("a.py", 1), ("b.py", 1)]


def test_a_source_that_is_no_python_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(ProblemsError, match="syntax error"):
        read_program(write(tmp_path, {"text.py": "x = = 1"}))


def test_a_source_that_is_not_there_is_the_worlds_failure(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="cannot read"):
        read_program(tmp_path / "nope.py")
