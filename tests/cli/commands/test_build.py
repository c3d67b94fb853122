"""From source code to a component, with a language whose compiler only writes what it is given."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.assembled import assemble
from wasmflow.build.building import Draft, Options
from wasmflow.build.kinds import BUILDERS
from wasmflow.cli.main import run
from wasmflow.collections.wasm.section import ComponentNotes, Metadata, read_metadata
from wasmflow.component import Port, Signature
from wasmflow.errors import ProblemsError
from wasmflow.problem import Place, Problem
from wasmflow.types import model as wit


class LineBuilder:
    """Builds from a language in which every line declares a component; ``!`` is a mistake."""

    def draft(self, source: Path, options: Options) -> Draft:
        lines = source.read_text().splitlines()
        problems = [
            Problem("not a name", place=Place(str(source), number, 1))
            for number, line in enumerate(lines, 1)
            if line == "!"
        ]
        if problems:
            raise ProblemsError(problems)
        warning = Problem("no description", place=Place(str(source), 1, 1), warning=True)
        site = ", ".join(folder.name for folder in options.site)
        return Draft(
            source,
            wit=f"interface lines {{ /* {site} */ }}\n",
            interfaces=(),
            files={"generated.txt": source.read_bytes()},
            metadata=Metadata(components={line: ComponentNotes() for line in lines}),
            components=tuple(Signature(line, (Port("name", wit.STRING),)) for line in lines),
            warnings=(warning,),
        )

    def tool(self) -> str:
        return "lines 1.0"

    async def compile(self, draft: Draft, folder: Path, options: Options) -> bytes:
        assert (folder / "generated.txt").is_file()
        return assemble()


@pytest.fixture(autouse=True)
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``greet.lines`` in the working folder."""
    monkeypatch.setitem(BUILDERS, ".lines", LineBuilder)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "greet.lines").write_text("hello\nbye\n")
    return tmp_path / "greet.lines"


def test_a_component_is_written_beside_its_source(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["build", "greet.lines"]) == 0
    captured = capsys.readouterr()
    assert captured.out == "greet.wasm\n"
    assert captured.err.splitlines() == [
        "greet.lines:1:1: warning: no description",
        "  hello(name: string)",
        "  bye(name: string)",
    ]
    metadata, _ = read_metadata(source.with_suffix(".wasm").read_bytes())
    assert set(metadata.components) == {"hello", "bye"}


def test_a_component_is_written_where_it_is_wanted(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["build", "greet.lines", "-o", "other.wasm", "--quiet"]) == 0
    assert capsys.readouterr() == ("other.wasm\n", "")
    assert source.with_name("other.wasm").exists()
    assert not source.with_suffix(".wasm").exists()


def test_a_person_is_told_what_was_built(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert run(["build", "greet.lines"]) == 0
    assert capsys.readouterr().err.endswith("  bye(name: string)\n  0.0 MiB\n")


def test_a_machine_reads_what_was_built(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["build", "greet.lines", "--json"]) == 0
    captured = capsys.readouterr()
    told = json.loads(captured.out)
    assert captured.err == ""
    assert told["path"] == "greet.wasm"
    assert told["size"] == source.with_suffix(".wasm").stat().st_size
    assert told["components"] == ["hello", "bye"]
    assert [problem["level"] for problem in told["problems"]] == ["warning"]


def test_a_machine_reads_the_wit(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["build", "greet.lines", "--json", "-q", "--print-wit"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"wit": "interface lines { /*  */ }\n", "problems": []}


def test_a_machine_reads_what_is_wrong_with_a_source(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source.write_text("hello\n!\n")
    assert run(["build", "greet.lines", "--json"]) == 4
    captured = capsys.readouterr()
    assert captured.out == ""
    assert json.loads(captured.err)["problems"][0]["line"] == 2


def test_only_the_wit_is_printed_on_request(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (source.parent / "a").mkdir()
    (source.parent / "b").mkdir()
    assert run(["build", "greet.lines", "--print-wit", "--site", "a", "--site=b"]) == 0
    assert capsys.readouterr().out == "interface lines { /* a, b */ }\n"
    assert not source.with_suffix(".wasm").exists()


def test_what_was_generated_is_kept_on_request(source: Path) -> None:
    assert run(["build", "greet.lines", "--keep", "kept", "-q"]) == 0
    assert (source.parent / "kept" / "generated.txt").read_text() == "hello\nbye\n"


def test_all_problems_of_a_source_are_told_with_their_places(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source.write_text("hello\n!\n!\n")
    for arguments in (["build", "greet.lines"], ["build", "--print-wit", "greet.lines"]):
        assert run(arguments) == 4
        assert capsys.readouterr() == (
            "",
            "greet.lines:2:1: not a name\ngreet.lines:3:1: not a name\n",
        )


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["none.py"], 5, "none.py"),
        (["notes.txt"], 2, "nothing knows how to build 'notes.txt'"),
        (["."], 2, "is a folder"),
        (
            ["greet.lines", "-o", "none/x.wasm"],
            5,
            "cannot write into 'none': there is no such folder",
        ),
        (["greet.lines", "-o", "greet.lines"], 2, "is not WebAssembly and is not replaced"),
        (["greet.lines", "--site", "none"], 2, "there is no folder 'none'"),
    ],
)
def test_what_cannot_be_built_is_told(
    arguments: list[str], code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["build", *arguments]) == code
    captured = capsys.readouterr()
    assert told in captured.err
    assert captured.out == ""
