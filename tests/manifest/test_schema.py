from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from wasmflow.manifest import schema, tree
from wasmflow.manifest.schema import schema_text
from wasmflow.manifest.yaml import read_yaml

EXAMPLES = Path(__file__).parents[2] / "examples"
SCHEMA: dict[str, Any] = msgspec.json.decode(schema_text())


def test_the_published_schema_is_that_of_the_models() -> None:
    published = Path(schema.__file__).with_name(schema.FILE)
    assert published.read_text(encoding="utf-8") == schema_text()


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*/*.yaml")), ids=lambda path: path.name)
def test_every_example_passes(path: Path) -> None:
    root, problems = read_yaml(path.read_bytes(), str(path))
    assert root is not None
    assert problems == []
    Draft202012Validator(SCHEMA).validate(tree.plain(root))


def test_examples_in_the_schema_pass_the_schema_they_stand_in() -> None:
    for part in _parts(SCHEMA):
        validator = Draft202012Validator({"$defs": SCHEMA["$defs"], **part})
        for example in part.get("examples", ()):
            validator.validate(example)


def test_every_key_is_described() -> None:
    for name, definition in SCHEMA["$defs"].items():
        assert definition["description"], name
        for key, value in definition["properties"].items():
            described = [value, *value.get("anyOf", ())]
            assert any("description" in each for each in described), (name, key)


def test_every_spelling_of_a_kind_is_known() -> None:
    kinds = {
        name: SCHEMA["$defs"][name]["properties"]["kind"]["enum"]
        for name in ("WasmBlock", "ManifestBlock")
    }
    assert kinds == {"WasmBlock": ["wasm", "Wasm"], "ManifestBlock": ["manifest", "Manifest"]}


def _parts(part: Any) -> list[dict[str, Any]]:
    inside = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    found = [each for value in inside for each in _parts(value)]
    return [part, *found] if isinstance(part, dict) else found
