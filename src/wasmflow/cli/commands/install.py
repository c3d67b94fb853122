"""`wasmflow install`: an artifact as a command with a name of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from wasmflow.cli import options
from wasmflow.cli.command import command
from wasmflow.cli.exits import Exit
from wasmflow.cli.output import note, printable, put
from wasmflow.cli.session import with_host
from wasmflow.reference import parse_reference

if TYPE_CHECKING:
    from wasmflow.cli.launcher import Launcher
    from wasmflow.host.host import Host


@command(
    "wasmflow install examples/01-hello/commands.yaml shout",
    "wasmflow install examples/01-hello/commands.yaml hello --component greet --to ~/bin",
    "wasmflow install --remove shout",
)
@options.artifact
@click.argument("name", required=False, help="What it is called; as the file if it is left out.")
@click.option(
    "-c",
    "--component",
    metavar="COMPONENT",
    help="Which of its commands, as in wasmflow run ARTIFACT COMPONENT; the one that is called NAME, or "
    "else the usual one, if it is left out.",
)
@click.option(
    "--to",
    "folder",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to put it; ~/.local/bin if left out.",
)
@click.option("--force", is_flag=True, help="Overwrite or take away also what is no launcher.")
@click.option("--remove", is_flag=True, help="Take the command away.")
@options.quiet
def install(
    artifact: str,
    name: str | None,
    component: str | None,
    folder: Path | None,
    force: bool,
    remove: bool,
    quiet: bool,
) -> Exit:
    """Make a command of an artifact.

    NAME then does what `wasmflow run ARTIFACT --` does. A launcher is written, a small script that runs
    the artifact where it is now: moved away, it is not found any more; changed, it does what it says by
    then. The artifact is opened and checked before. With --remove, ARTIFACT or NAME says which command
    is taken away.
    """
    from wasmflow.cli import launcher

    file = parse_reference(artifact).path
    to = folder or Path.home() / ".local" / "bin"
    target = launcher.launcher(to, name or file.name.partition(".")[0])
    if remove:
        launcher.remove(target, force=force)
        return Exit.FINE
    meant = with_host(artifact, lambda host: _checked(host, component, name), quiet=quiet)
    launcher.write(target, launcher.script(file.absolute(), meant), force=force)
    _tell(target, quiet)
    return Exit.FINE


async def _checked(host: Host, component: str | None, name: str | None) -> str | None:
    """The command that is meant, where it has a name. Raises what `wasmflow run` would."""
    from wasmflow.cli.program import commands, find_program
    from wasmflow.host.settings import Settings

    variables = Settings().variables
    if component is None and name in commands(host, variables):
        component = name
    find_program(host, component, variables)
    return component


def _tell(installed: Launcher, quiet: bool) -> None:
    from wasmflow.cli.launcher import reachable

    put(f"{printable(str(installed.path))}\n")
    if not quiet and (reason := reachable(installed)):
        note(f"warning: {printable(reason)}")
