"""Authors' folders, for the tests: files by name, and what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from wasmflow.build.building import Draft
from wasmflow.build.kinds import Options, draft
from wasmflow.component import Definition, Signature


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files; the first is the source."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / next(iter(files))


def drafted(folder: Path, text: str, site: tuple[Path, ...] = ()) -> Draft:
    """The draft of a source ``text.py`` with this text."""
    return draft(write(folder, {"text.py": text}), Options(site))


def functions_wit(folder: Path, text: str) -> str:
    """The WIT of a source's functions and types, each on a line, without what all have."""
    wit = drafted(folder, text).wit.partition("interface text {\n")[2].partition("\n}\n")[0]
    blocks = (block.split() for block in wit.split("\n\n") if "record exception " not in block)
    return "\n".join(" ".join(words) for words in blocks)


def without_descriptions(definition: Definition) -> Signature:
    """A component's signature as `draft` tells it."""
    assert isinstance(definition, Signature)
    inputs, outputs = (
        tuple(replace(port, description="") for port in ports)
        for ports in (definition.inputs, definition.outputs)
    )
    return replace(definition, inputs=inputs, outputs=outputs, description="")
