"""The process `wasmflow`: runs the command line and leaves with its exit code.

It exists apart from `cli` for what concerns the process and not the commands: an interrupt before
anything is loaded, and a standard output that nobody reads any more.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import NoReturn

_INTERRUPTED, _CLOSED_OUTPUT = 130, 141


def main() -> NoReturn:
    """Run the command line of this process."""
    try:
        from wasmflow.cli.main import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = _INTERRUPTED
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # what is left is tidying up
    if code == _CLOSED_OUTPUT:
        _discard_output()
    sys.exit(code)


def _discard_output() -> None:
    """Give the interpreter somewhere to flush what is still buffered, or it would complain."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
