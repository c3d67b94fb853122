"""Shapes, which stand beside the source that uses them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Point:
    x: float
    y: float


@dataclass
class Circle:
    center: Point
    radius: float


@dataclass
class Square:
    """Stands upright."""

    corner: Point
    side: float


Shape = Circle | Square


def deep() -> int:
    """Fails in another file than it was called from."""
    raise LookupError("too deep")
