"""What is known of components without compiling anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.manifests import SHOP
from wasmflow.cli.known import known_components
from wasmflow.collections.wasm.section import (
    ComponentNotes,
    Metadata,
    PortNotes,
    append_section,
)
from wasmflow.types import model as wit


def test_a_manifest_tells_its_components_and_their_inputs(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP)
    known = known_components(str(tmp_path / "shop.yaml"))
    assert list(known) == ["card", "echo", "same", "pair", "refuse"]
    assert known["card"].description == "Makes a card."
    assert known["card"].inputs["first_name"].description == "Whose it is."
    assert known["card"].inputs["mood"].type == wit.Enum(("glad", "sad"))
    assert list(known["same"].inputs) == ["value"]


def test_an_input_may_have_the_name_of_what_it_feeds(tmp_path: Path) -> None:
    flow = "version: 1\ncomponents:\n  a:\n    flow:\n      - <> -> core::merge[m].left\n"
    (tmp_path / "a.yaml").write_text(flow)
    assert list(known_components(str(tmp_path / "a.yaml"))["a"].inputs) == ["left"]


def test_what_a_manifest_refers_to_is_not_looked_at(tmp_path: Path) -> None:
    manifest = SHOP + "external:\n  text: ./none.wasm\n"
    (tmp_path / "shop.yaml").write_text(manifest)
    assert "card" in known_components(str(tmp_path / "shop.yaml"))


def test_a_binary_tells_what_its_builder_noted(tmp_path: Path) -> None:
    notes = ComponentNotes("Greets.", {"name": PortNotes("Whom.")})
    binary = append_section(b"\0asm\x0d\0\1\0", Metadata(components={"greet": notes}))
    (tmp_path / "text.wasm").write_bytes(binary)
    (known,) = known_components(str(tmp_path / "text.wasm")).values()
    assert known.description == "Greets."
    assert known.inputs["name"].description == "Whom."


@pytest.mark.parametrize(
    "name", ["none.yaml", "", ".", "bad.yaml", "bad.wasm", "a\0b", "~nobody-of-this-name/x", "bin"]
)
def test_of_what_cannot_be_read_nothing_is_known(tmp_path: Path, name: str) -> None:
    (tmp_path / "bad.yaml").write_text("components: [")
    (tmp_path / "bad.wasm").write_bytes(b"\0asm\xff\xff\xff\xff\xff\xff\xff")
    (tmp_path / "bin").write_bytes(bytes(range(256)))
    path = name if name.startswith("~") or not name else f"{tmp_path}/{name}"
    assert known_components(path) == {}
