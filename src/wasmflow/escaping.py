"""Text from others, made safe to show on a terminal."""

from __future__ import annotations

import re

#: Characters that command a terminal, reorder what is read, or cannot be encoded.
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def printable(text: str) -> str:
    """The same with control characters written as escapes; lines and tabs stay."""
    return _CONTROLS.sub(lambda match: ascii(match[0])[1:-1], text)
