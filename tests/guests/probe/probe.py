"""Runs Python that it is given, to see what a component can do."""

import time
from collections.abc import Iterator
from typing import Any


def run(source: str) -> Any:
    """What `result` is after the code has run; or the error that it ended with."""
    space: dict[str, Any] = {"result": None}
    try:
        exec(source, space)  # noqa: S102 (that is what it is for)
    except Exception as error:
        return {"error": type(error).__name__, "errno": getattr(error, "errno", None)}
    return space["result"]


def naps(seconds: float) -> Iterator[int]:
    """Counts for ever, and sleeps after each number."""
    count = 0
    while True:
        yield count
        count += 1
        time.sleep(seconds)
