"""What is said of an artifact that is not there."""

from pathlib import Path

import pytest

from wasmflow.collections.missing import advice


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("tools.wasm", "texts.wasm", "shop.yaml", "notes.txt", "made.py"):
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("tool.wasm", "wasm", "did you mean 'tools.wasm'?"),
        ("shop.wasm", None, "did you mean 'shop.yaml'?"),
        ("shop.wasm", "wasm", "its folder has: 'texts.wasm', 'tools.wasm'"),
        ("other.wasm", "wasm", "its folder has: 'texts.wasm', 'tools.wasm'"),
        ("other.wasm", None, "its folder has: 'shop.yaml', 'texts.wasm', 'tools.wasm'"),
    ],
)
def test_what_else_is_there_is_named(folder: Path, name: str, kind: str | None, said: str) -> None:
    assert advice(folder / name, kind=kind) == said


def test_a_component_whose_source_is_there_is_to_be_built(folder: Path) -> None:
    assert advice(folder / "made.wasm") == f"build it: wasmflow build {folder / 'made.py'}"


def test_of_two_that_differ_in_their_ending_the_one_with_the_same_is_meant(folder: Path) -> None:
    (folder / "tools.yaml").touch()
    assert advice(folder / "tool.yaml") == "did you mean 'tools.yaml'?"
    assert advice(folder / "tool.wasm") == "did you mean 'tools.wasm'?"


def test_a_manifest_is_not_referred_to_itself(folder: Path) -> None:
    assert advice(folder / "shp.yaml", kind="manifest", but=folder / "shop.yaml") == ""


def test_a_missing_folder_is_named(folder: Path) -> None:
    assert advice(folder / "lib" / "a.wasm") == f"there is no folder '{folder / 'lib'}'"
