"""`wasmflow completion`: the script that lets a shell complete commands, components and ports."""

from __future__ import annotations

import click

from wasmflow.cli.command import command
from wasmflow.cli.exits import Exit
from wasmflow.cli.output import put


@command(
    'eval "$(wasmflow completion bash)"',
    'eval "$(wasmflow completion zsh)"',
    "wasmflow completion fish | source",
)
@click.argument(
    "shell", type=click.Choice(["bash", "zsh", "fish"]), help="The shell that is to complete."
)
def completion(shell: str) -> Exit:
    """Print the script that completes commands in a shell.

    Commands, options and files are completed, and the components and ports of the artifact on the
    line. How to keep the script for every new shell is said at its end.
    """
    from wasmflow.cli.completion import script

    put(script(shell))
    return Exit.FINE
