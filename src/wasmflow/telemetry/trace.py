"""The context of a trace as it travels between programs. Source: https://www.w3.org/TR/trace-context/"""

from __future__ import annotations

import os
import re
from typing import Final, NamedTuple

_PARENT: Final = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?P<trace>(?!0{32})[0-9a-f]{32})-(?P<span>(?!0{16})[0-9a-f]{16})"
    r"-(?P<flags>[0-9a-f]{2})(-.*)?"
)
_SAMPLED: Final = 1


class TraceContext(NamedTuple):
    """One span of a trace."""

    #: 32 hexadecimal digits.
    trace: str
    #: 16 hexadecimal digits.
    span: str
    sampled: bool = False

    def child(self) -> TraceContext:
        """A span below it."""
        return self._replace(span=os.urandom(8).hex())

    def __str__(self) -> str:
        """As a ``traceparent``."""
        return f"00-{self.trace}-{self.span}-{'01' if self.sampled else '00'}"


def new_trace() -> TraceContext:
    """The first span of a trace of its own."""
    chance = os.urandom(24).hex()
    return TraceContext(chance[:32], chance[32:])


def parse_traceparent(text: str) -> TraceContext | None:
    """The span that a caller names; ``None`` for what is none, with which no request fails.

    What follows the flags is read in versions to come only: in version 00 nothing does.
    """
    found = _PARENT.fullmatch(text.strip())
    if found is None or (text.startswith("00") and found[4]):
        return None
    return TraceContext(found["trace"], found["span"], bool(int(found["flags"], 16) & _SAMPLED))
