"""What a YAML scalar without quotes means: the core schema of YAML 1.2, whose values are JSON's.

``no``, ``on``, ``1_000``, ``12:30`` and dates are text. Only what readers of YAML disagree on as a
number, or what JSON has no number for, is refused.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

from wasmflow.manifest.tree import excerpt

#: Digits of a number; Python refuses to convert more than 4300.
MAX_DIGITS: Final = 1000

_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]")


@dataclass(frozen=True, slots=True)
class Unclear:
    """A number that not every reader takes for the same."""

    reason: str


def resolve(text: str) -> str | int | float | bool | Unclear | None:
    """The value of a scalar without quotes."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return _unclear(text) or int(text, 0)
    if _FLOAT.fullmatch(text):
        value = float(text)
        return _unclear(text) or (value if math.isfinite(value) else _no_number(text))
    return _no_number(text) if _NOT_FINITE.fullmatch(text) else text


def _unclear(number: str) -> Unclear | None:
    if len(number) > MAX_DIGITS:
        return Unclear(f"this number has more than {MAX_DIGITS} digits")
    if _LEADING_ZERO.match(number):
        return Unclear(f"{excerpt(number)} is not the same number in YAML 1.1 and 1.2")
    return None


def _no_number(text: str) -> Unclear:
    return Unclear(f"JSON has no number {excerpt(text)}")
