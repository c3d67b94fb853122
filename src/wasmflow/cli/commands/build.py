"""`wasmflow build`: from source code to a WebAssembly component."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wasmflow.cli import options
from wasmflow.cli.command import command
from wasmflow.cli.exits import Exit
from wasmflow.cli.output import err, note, printable, put, put_json
from wasmflow.cli.progress import progress
from wasmflow.cli.report import problem_json, problem_line
from wasmflow.problem import Problem
from wasmflow.types.model import Json

if TYPE_CHECKING:
    from wasmflow.build.building import Built

_FOLDER = click.Path(file_okay=False, path_type=Path)


@command(
    "wasmflow build examples/01-hello/text.py",
    "wasmflow build examples/03-describe/document.py -o document.wasm",
    "wasmflow build examples/01-hello/text.py --print-wit",
)
@click.argument(
    "source",
    type=click.Path(path_type=Path),
    help="A file with functions: every public one becomes a component.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The file to write; otherwise beside the source, with the suffix .wasm.",
)
@click.option("--print-wit", is_flag=True, help="Only print the WIT of what would be built.")
@click.option(
    "--keep", type=_FOLDER, metavar="DIR", help="A folder to leave in what was generated."
)
@click.option(
    "--site",
    type=_FOLDER,
    metavar="DIR",
    multiple=True,
    help="A folder with packages that the source imports; may be given several times.",
)
@options.as_json("Print an object with what was built and all warnings.")
@options.quiet
def build(
    source: Path,
    output: Path | None,
    print_wit: bool,
    keep: Path | None,
    site: tuple[Path, ...],
    **telling: bool,
) -> Exit:
    """Make a WebAssembly component from source code.

    Components, ports, types, descriptions and defaults are taken from the functions themselves.
    Everything that is wrong with the source is told at once, with its line.

    The path of the component is printed, and on standard error what it holds.
    """
    from wasmflow.build.kinds import Options, draft

    teller = _Teller(**telling)
    if print_wit:
        drafted = draft(source, Options(site, keep))
        teller.tell(drafted.wit, {"wit": drafted.wit}, drafted.warnings)
        return Exit.FINE
    built = _build(source, output, site, keep, teller.quiet)
    names: list[Json] = [each.name for each in built.components]
    facts: dict[str, Json] = {"path": str(built.path), "size": built.size, "components": names}
    teller.tell(f"{built.path}\n", facts, built.warnings)
    if not (teller.quiet or teller.as_json):
        _tell_components(built)
    return Exit.FINE


def _build(
    source: Path, output: Path | None, site: tuple[Path, ...], keep: Path | None, quiet: bool
) -> Built:
    import asyncio

    from wasmflow.build.kinds import Options, build

    with progress(quiet=quiet) as report:
        return asyncio.run(build(source, output, Options(site, keep, report)))


def _tell_components(built: Built) -> None:
    """A line for each component, so that one that is missing is missed."""
    from wasmflow.graph.texts import signature_text

    for each in built.components:
        note(printable(f"  {signature_text(each.name, each)}"))
    if err().interactive:
        note(f"  {built.size / (1 << 20):.1f} MiB")


@dataclass(frozen=True, slots=True)
class _Teller:
    """How the result is told."""

    as_json: bool
    quiet: bool

    def tell(self, text: str, facts: dict[str, Json], warnings: Sequence[Problem]) -> None:
        warnings = () if self.quiet else warnings
        if self.as_json:
            put_json({**facts, "problems": [problem_json(warning) for warning in warnings]})
            return
        for warning in warnings:
            note(problem_line(warning, err()))
        put(text)
