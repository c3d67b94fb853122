"""Manifests from text, and what is said of those that are none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from wasmflow.errors import ProblemsError
from wasmflow.manifest.load import parse_manifest
from wasmflow.manifest.model import Component, Manifest


def read(text: str | bytes, variables: Mapping[str, str] | None = None) -> Manifest:
    """A manifest that must have no problems."""
    source = dedent(text).encode() if isinstance(text, str) else text
    manifest = parse_manifest(source, Path("flow.yaml"), variables or {})
    if manifest.problems:
        raise ProblemsError(manifest.problems)
    return manifest


def problems_of(text: str | bytes, variables: Mapping[str, str] | None = None) -> list[str]:
    """The problems as they are printed, without the name of the file."""
    try:
        read(text, variables)
    except ProblemsError as error:
        return [str(problem).removeprefix("flow.yaml:").strip() for problem in error.problems]
    return []


def component(body: str) -> str:
    """A manifest with one component; line 4 is the first of `body`, its column 5 the first."""
    lines = dedent(body).strip("\n").splitlines()
    return "version: 1\ncomponents:\n  c:\n" + "".join(f"    {line}\n" for line in lines)


def flow(*lines: str) -> str:
    """A manifest with one flow; line 5 is the first of `lines`, its column 9 the first."""
    return "version: 1\ncomponents:\n  c:\n    flow:\n" + "".join(f"      - {x}\n" for x in lines)


def read_component(body: str) -> Component:
    return read(component(body)).components["c"]
