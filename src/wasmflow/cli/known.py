"""What can be known of an artifact's components without compiling anything: for completion.

A manifest is read but not resolved, of a binary only the notes that `wasmflow build` left. Where
that fails or says nothing, nothing is known; nothing here raises.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wasmflow.types import model as wit

if TYPE_CHECKING:
    from wasmflow.manifest.model import Component

#: Bytes of a binary that are read in the time that a person waits for a key.
LARGEST: Final = 256 << 20


@dataclass(frozen=True, slots=True)
class KnownPort:
    description: str = ""
    type: wit.Type | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one component; the inputs may not be all."""

    description: str = ""
    inputs: Mapping[str, KnownPort] = field(default_factory=dict)


def known_components(artifact: str) -> dict[str, Known]:
    """What is known of each component of an artifact, by name."""
    path = Path(artifact)
    with suppress(Exception):  # a person who presses a key wants no errors
        path = path.expanduser()
        if not path.is_file() or path.stat().st_size > LARGEST:
            return {}
        return dict(_of_binary(path) if path.suffix == ".wasm" else _of_manifest(path))
    return {}


def _of_binary(path: Path) -> Iterator[tuple[str, Known]]:
    from wasmflow.collections.wasm.section import read_metadata

    notes, _warnings = read_metadata(path.read_bytes())
    for name, component in notes.components.items():
        inputs = {port: KnownPort(n.description) for port, n in component.inputs.items()}
        yield name, Known(component.description, inputs)


def _of_manifest(path: Path) -> Iterator[tuple[str, Known]]:
    from wasmflow.manifest.load import load_manifest

    manifest = load_manifest(path, os.environ)
    for name, component in manifest.components.items():
        yield name, Known(component.description, dict(_inputs(component)))


def _inputs(component: Component) -> Iterator[tuple[str, KnownPort]]:
    """The declared inputs, else those that connections ask for by name."""
    from wasmflow.manifest.model import Role

    if component.inputs is not None:
        for port in component.inputs:
            yield port.name, KnownPort(port.description, port.type)
        return
    for connection in component.connections:
        if connection.source.role is Role.FLOW:
            port_name = connection.source.port or connection.target.port
            if port_name is not None:
                yield port_name, KnownPort()
