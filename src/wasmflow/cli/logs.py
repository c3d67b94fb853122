"""Where logs go when a command runs: lines on standard error. Nowhere else is logging configured."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Final

from wasmflow.cli.output import err, note, printable

#: What flows write with `core::log`, and what components print.
_GUESTS: Final = "wasmflow.guest"
THEIRS: Final = ("wasmflow.log", _GUESTS)


class Verbosity(Enum):
    """How much a person wants to know: the least severe of our own records, and of theirs."""

    QUIET = (logging.ERROR, logging.ERROR)
    USUAL = (logging.WARNING, logging.INFO)
    VERBOSE = (logging.INFO, logging.DEBUG)


@contextmanager
def logs(verbosity: Verbosity) -> Iterator[None]:
    """Logs are written until the block ends."""
    ours, theirs = verbosity.value
    wanted = {"wasmflow": ours, **dict.fromkeys(THEIRS, theirs)}
    loggers = {logging.getLogger(name): level for name, level in wanted.items()}
    before = {logger: logger.level for logger in loggers}
    handler = _Lines()
    logging.getLogger("wasmflow").addHandler(handler)
    for logger, level in loggers.items():
        logger.setLevel(level)
    try:
        yield
    finally:
        logging.getLogger("wasmflow").removeHandler(handler)
        for logger, level in before.items():
            logger.setLevel(level)


def _source(record: logging.LogRecord) -> str:
    """What shows that a line is a component's: it may look like one of ours."""
    path = getattr(record, "path", "")  # of the instance that printed it
    if path:
        return f"{path}: "
    return "> " if record.name == _GUESTS else ""


class _Lines(logging.Handler):
    """Writes a record as people read it. What flows and components say is shown as they say it."""

    def emit(self, record: logging.LogRecord) -> None:
        text = printable(_source(record) + self.format(record))
        if record.name not in THEIRS or record.levelno > logging.INFO:
            text = f"{err().warning(record.levelname.lower() + ':')} {text}"
        note(text)
