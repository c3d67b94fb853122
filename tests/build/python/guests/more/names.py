"""What things are called."""

from __future__ import annotations

from enum import Enum


class Name(Enum):
    METRE = 1
    SECOND = 2
