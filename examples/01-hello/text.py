"""Small things to do with text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal


@dataclass
class TextStats:
    """What there is in a text."""

    characters: int
    words: int
    lines: int
    longest_word: str | None


def concat(left: str, right: str, separator: str = " ") -> str:
    """Join two texts.

    Args:
        left: what comes first
        right: what comes last
        separator: what stands between them
    """
    return left + separator + right


def greet(salutation: str, name: str) -> str:
    """Greet somebody.

    Args:
        salutation: how to begin, such as "Hello"
        name: whom to greet
    """
    if not name.strip():
        raise ValueError("there is nobody to greet")
    return f"{salutation} {name}"


def change_case(text: str, to: Literal["upper", "lower", "title"]) -> str:
    """Write a text in other letters."""
    return {"upper": text.upper, "lower": text.lower, "title": text.title}[to]()


def stats(text: str) -> TextStats:
    """Count what is in a text."""
    words = re.findall(r"\w+", text)
    return TextStats(
        len(text), len(words), len(text.splitlines()), max(words, key=len, default=None)
    )


def find(text: str, pattern: str) -> str | None:
    """The first part of a text that matches a regular expression; nothing if none does.

    Args:
        text: where to look
        pattern: what to look for, in Python's syntax
    """
    found = re.search(pattern, text)
    return found[0] if found else None
