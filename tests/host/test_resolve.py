from pathlib import Path

import pytest

from wasmflow.errors import UsageError, WorldError
from wasmflow.host.resolve import artifact_kind


def test_an_artifact_is_known_by_what_it_begins_with(tmp_path: Path) -> None:
    odd = tmp_path / "odd.bin"
    odd.write_bytes(b"\0asm\x0d\0\1\0")
    assert artifact_kind(odd) == "wasm"


@pytest.mark.parametrize("name", ["flow.yaml", "flow.yml", "flow.wafl"])
def test_a_manifest_is_known_by_its_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.touch()
    assert artifact_kind(path) == "manifest"


def test_a_missing_component_says_how_to_build_it(tmp_path: Path) -> None:
    (tmp_path / "text.py").touch()
    with pytest.raises(WorldError, match=r"no file '.*text\.wasm'; build it: wasmflow build .*py"):
        artifact_kind(tmp_path / "text.wasm")


def test_a_missing_artifact_gets_the_nearest_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").touch()
    with pytest.raises(WorldError, match=r"no file '.*shpo\.yaml'; did you mean 'shop\.yaml'\?"):
        artifact_kind(tmp_path / "shpo.yaml")


def test_a_folder_names_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").touch()
    with pytest.raises(UsageError, match=r"is a folder; name one of: 'shop\.yaml'"):
        artifact_kind(tmp_path)


def test_a_source_is_to_be_built_first(tmp_path: Path) -> None:
    source = tmp_path / "text.py"
    source.touch()
    with pytest.raises(UsageError, match="build it first: wasmflow build"):
        artifact_kind(source)
