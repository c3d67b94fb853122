"""The process `wasmflow`: runs the command line and leaves with its exit code.

It exists apart from `cli` for what concerns the process and not the commands: signals while nothing is
loaded yet, and leaving quickly.
"""

from __future__ import annotations

import os
import sys
from typing import NoReturn

_INTERRUPTED = 130


def main() -> NoReturn:
    """Run the command line of this process."""
    try:
        import signal

        if sys.argv[1:2] == ["serve"] and sys.platform != "win32":
            # A service answers these itself: they wait until it can (`wasmflow.service.signals`).
            signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGHUP))
        from wasmflow.cli.main import run

        code = run(sys.argv[1:])
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    except KeyboardInterrupt:
        code = _INTERRUPTED
    _leave(code)


def _leave(code: int) -> NoReturn:
    """End the process where it stands. A command has closed what it opened; what is left is memory,
    and taking that apart by hand, object by object, would take a fifth of the time of a short run.
    """
    from contextlib import suppress

    for stream in (sys.stdout, sys.stderr):
        with suppress(
            AttributeError, OSError, ValueError
        ):  # there is none, or it is broken or closed
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
