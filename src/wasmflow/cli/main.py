"""The table of commands, and the one place where a command line becomes an exit code."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

import click

from wasmflow.cli.command import CONTEXT, LazyGroup
from wasmflow.cli.exits import Exit, exit_code
from wasmflow.cli.output import err, note, put
from wasmflow.version import __version__

#: Every command with its help in one line; `wasmflow.cli.commands.NAME.NAME` is the command.
COMMANDS: Final = {
    "build": "Make a WebAssembly component from source code.",
    "inspect": "Show what an artifact holds: components, ports, types, imports.",
    "audit": "Show all the code that an artifact consists of, and what that may use.",
    "check": "Report everything that is wrong with artifacts, all at once.",
    "graph": "Draw a flow.",
    "invoke": "Run a component and print what it sends.",
    "run": "Run an artifact as a command.",
    "install": "Make a command of an artifact.",
    "serve": "Serve an artifact behind its triggers: HTTP, schedules.",
    "hash": "Print a hash of a password, for 'auth' of a server.",
    "schema": "Print the JSON Schema of manifests, for editors.",
    "completion": "Print the script that completes commands in a shell.",
}

EXAMPLES: Final = (
    "wasmflow build examples/01-hello/text.py",
    "wasmflow check examples/01-hello/salutations.yaml",
    "wasmflow invoke examples/01-hello/salutations.yaml hello -- --first-name=Jane --last-name=Doe",
)


def _show_version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        put(f"wasmflow {__version__}\n")
        ctx.exit()


PROGRAM: Final = LazyGroup(
    "wasmflow.cli.commands",
    COMMANDS,
    EXAMPLES,
    name="wasmflow",
    help="Sandboxed WebAssembly components, connected into typed flows, run anywhere.",
    context_settings=dict(CONTEXT),
    no_args_is_help=True,
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_show_version,
            help="Show the version and exit.",
        )
    ],
)


def run(arguments: Sequence[str]) -> int:
    """Run a command line to its exit code. Never raises: what went wrong is told on standard error."""
    arguments = list(arguments)
    if instruction := os.environ.get("_WASMFLOW_COMPLETE"):
        from wasmflow.cli.completion import answer

        return answer(instruction)
    try:
        with PROGRAM.make_context("wasmflow", list(arguments)) as context:
            code: int = PROGRAM.invoke(context)
            return code
    except click.exceptions.Exit as end:
        return end.exit_code
    except BaseException as error:
        return _told(error, arguments)


def _told(error: BaseException, arguments: list[str]) -> int:
    code = exit_code(error)
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        note(error.format_message())
    elif isinstance(error, click.ClickException):
        from wasmflow.cli.report import tell_misuse

        tell_misuse(error)
    elif code is Exit.INTERRUPTED:
        after_what_was_typed = "\n" if err().interactive else ""  # the terminal shows ^C
        note(f"{after_what_was_typed}interrupted")
    elif code is Exit.BUG:
        from wasmflow.cli.crash import tell_bug

        tell_bug(error, arguments)
    return code
