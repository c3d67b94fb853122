"""`wasmflow schema`: the published JSON Schema of manifests, for editors and other tools."""

from __future__ import annotations

from pathlib import Path

import click

from wasmflow.cli.command import command
from wasmflow.cli.exits import Exit
from wasmflow.cli.output import put
from wasmflow.errors import WorldError


@command(
    "wasmflow schema",
    "wasmflow schema --output wasmflow.schema.json",
    "echo '# yaml-language-server: $schema=wasmflow.schema.json'   # first line of a manifest",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="A file to write instead of printing."
)
def schema(output: Path | None) -> Exit:
    """Print the JSON Schema of manifests, for editors.

    Editors that speak the YAML language server's protocol complete and check manifests with it.
    """
    from importlib.resources import files

    text = files("wasmflow.manifest").joinpath("schema.json").read_text(encoding="utf-8")
    if output is None:
        put(text)
        return Exit.FINE
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise WorldError(f"cannot write '{output}': {error.strerror}") from error
    return Exit.FINE
