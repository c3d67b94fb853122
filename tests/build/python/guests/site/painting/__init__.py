"""A package as others install it: it imports what is not there, and parts of itself late."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass


@dataclass
class Paint:
    name: str
    litres: float


def mixed(first: Paint, second: Paint) -> Paint:
    """Mix two paints."""
    from .names import mixture

    return Paint(mixture(first.name, second.name), first.litres + second.litres)


def size() -> int:
    """Needs what is not there."""
    return ctypes.sizeof(ctypes.c_int)
