"""Where logs go when a command runs: lines on standard error. Nowhere else is logging configured."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Final

from wasmflow.cli.output import err, note, printable

#: What flows write themselves, with `core::log`.
FLOWS: Final = "wasmflow.log"


class Verbosity(Enum):
    """How much a person wants to know: the least severe of our own records, and of the flows'."""

    QUIET = (logging.ERROR, logging.ERROR)
    USUAL = (logging.WARNING, logging.INFO)
    VERBOSE = (logging.INFO, logging.DEBUG)


@contextmanager
def logs(verbosity: Verbosity) -> Iterator[None]:
    """Logs are written until the block ends."""
    ours, flows = logging.getLogger("wasmflow"), logging.getLogger(FLOWS)
    levels = ours.level, flows.level
    handler = _Lines()
    ours.addHandler(handler)
    for logger, level in zip((ours, flows), verbosity.value, strict=True):
        logger.setLevel(level)
    try:
        yield
    finally:
        ours.removeHandler(handler)
        for logger, level in zip((ours, flows), levels, strict=True):
            logger.setLevel(level)


class _Lines(logging.Handler):
    """Writes a record as people read it. What flows say for information is shown as they say it."""

    def emit(self, record: logging.LogRecord) -> None:
        text = printable(self.format(record))
        if record.name != FLOWS or record.levelno > logging.INFO:
            text = f"{err().warning(record.levelname.lower() + ':')} {text}"
        note(text)
