"""The reference says of the product what is so: generated parts are fresh, tables by hand agree."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import TypeAlias

import pytest

import wasmflow
from wasmflow.cli.exits import Exit
from wasmflow.cli.main import COMMANDS
from wasmflow.collections.core.collection import CoreCollection
from wasmflow.limits import CEILING, Limits, format_limit
from wasmflow.manifest.load import parse_manifest
from wasmflow.policy.model import AllowedBlock, ArtifactBlock, PolicyDocument
from wasmflow.types import model as wit
from wasmflow.types.grammar import parse_type

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
PAGES = sorted(REFERENCE.glob("*.md"))


def _script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


docs = _script("docs")


Rows: TypeAlias = list[list[str]]


def tables(page: str) -> list[Rows]:
    """The tables of a page, without their heads."""
    text = (REFERENCE / page).read_text()
    found = re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE)
    return [[_cells(row) for row in table.splitlines()[2:]] for table in found]


def _cells(row: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row)[1:-1]]


def codes(text: str) -> list[str]:
    """What stands between backticks, outside of blocks."""
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_generated_parts_are_fresh(page: Path) -> None:
    text = page.read_text()
    assert docs.renewed(text) == text


@pytest.mark.parametrize(
    ("page", "kind", "names"),
    [
        ("manifest", "block", docs.BLOCKS),
        ("core", "core", CoreCollection().definitions),
        ("cli", "cli", COMMANDS),
    ],
)
def test_nothing_is_left_out(page: str, kind: str, names: dict[str, object]) -> None:
    text = (REFERENCE / f"{page}.md").read_text()
    assert [name for name in names if f"<!-- generated: {kind} {name} -->" not in text] == []


def test_core_components_that_are_to_come_are_named() -> None:
    page = (REFERENCE / "core.md").read_text()
    assert set(CoreCollection().refused) <= set(codes(page))


@pytest.mark.parametrize(("table", "problems"), [(0, False), (1, True)])
def test_lines_of_the_short_form_are_read_or_not_as_is_told(table: int, problems: bool) -> None:
    lines = [codes(row[0])[0] for row in tables("connections.md")[table]]
    assert [line for line in lines if _has_problems(line) != problems] == []


def _has_problems(line: str) -> bool:
    manifest = {"version": 1, "components": {"flow": {"flow": [line]}}}
    return bool(parse_manifest(json.dumps(manifest).encode(), Path("m.yaml"), {}).problems)


def test_exit_codes_are_those_of_the_command_line() -> None:
    (table,) = tables("exit-codes.md")
    listed = {codes(name)[0]: int(code) for code, name, _ in table}
    assert listed == {code.name: code.value for code in Exit}


def test_limits_have_these_defaults_and_these_are_the_most() -> None:
    listed = {codes(name)[0]: (default, most) for name, default, most, _ in tables("limits.md")[0]}
    names = [field.name for field in dataclasses.fields(Limits)]
    assert list(listed) == names
    for name, (default, most) in listed.items():
        assert default == format_limit(name, getattr(Limits(), name))
        assert most == ("" if name == "stores" else format_limit(name, getattr(CEILING, name)))


def test_keys_of_a_policy_are_those_that_are_read() -> None:
    document, entry = ([codes(row[0])[0] for row in table] for table in tables("policy.md"))
    assert set(document) == set(PolicyDocument.__struct_fields__)
    assert set(entry) == set(AllowedBlock.__struct_fields__) == set(ArtifactBlock.__struct_fields__)


def test_every_public_name_is_told() -> None:
    told = re.findall(r"\w+", " ".join(row[0] for row in tables("python.md")[0]))
    assert set(wasmflow.__all__) <= set(told)


def test_types_that_are_written_in_place_can_be_read() -> None:
    in_place = re.compile(r"(record|variant|enum|flags) \{.*")
    written = filter(in_place.fullmatch, codes((REFERENCE / "types.md").read_text()))
    kinds = {type(parse_type(code)) for code in written}
    assert kinds == {wit.Record, wit.Variant, wit.Enum, wit.Flags}
