"""Exit codes, and which error leads to which.

Scripts rely on these numbers. A class of errors that is not listed is a bug of ours.
"""

from __future__ import annotations

from enum import IntEnum
from functools import cache

import click

from wasmflow.cli.output import ClosedOutput
from wasmflow.errors import BusyError, ProblemsError, UsageError, WorldError


class Exit(IntEnum):
    """How a command ended."""

    FINE = 0
    #: A flow or a test failed.
    FAILED = 1
    #: The command line asks for something that cannot be.
    USAGE = 2
    #: Our bug.
    BUG = 3
    #: A manifest, a source or an artifact has problems.
    PROBLEMS = 4
    #: A file, the network, a tool failed.
    WORLD = 5
    #: By Ctrl-C: 128 and the number of SIGINT, as shells have it.
    INTERRUPTED = 130
    #: Nobody reads the output any more: 128 and the number of SIGPIPE.
    CLOSED_OUTPUT = 141


@cache
def codes() -> dict[type[BaseException], Exit]:
    """Every class of errors that is no bug, with its code."""
    from wasmflow.component import TransactionFailed

    return {
        TransactionFailed: Exit.FAILED,
        UsageError: Exit.USAGE,
        click.ClickException: Exit.USAGE,
        ProblemsError: Exit.PROBLEMS,
        WorldError: Exit.WORLD,
        BusyError: Exit.WORLD,
        KeyboardInterrupt: Exit.INTERRUPTED,
        click.Abort: Exit.INTERRUPTED,
        ClosedOutput: Exit.CLOSED_OUTPUT,
    }


def exit_code(error: BaseException) -> Exit:
    """The exit code for an error that nobody handled."""
    return next((code for kind, code in codes().items() if isinstance(error, kind)), Exit.BUG)
