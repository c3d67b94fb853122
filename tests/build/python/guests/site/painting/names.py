"""A part that is imported only when it is needed."""

from __future__ import annotations


def mixture(first: str, second: str) -> str:
    """What a mixture is called."""
    return f"{first}-{second}"
