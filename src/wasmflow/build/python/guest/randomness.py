"""Random numbers that belong to a call: each call begins a sequence of its own, drawn from its host."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

_used = False


def prepare() -> None:
    """Take over, once all modules are loaded and before the bindings look at `random`.

    The bindings would call ``random.seed()`` before an instance's first call. That takes 2,500
    bytes of the host's randomness, so that a call's sequence would depend on whether it is the
    first; and it would cost more than a short call.
    """
    global _used
    _used = "random" in sys.modules
    import random

    seed = random.seed

    def begin_instance(*_arguments: Any) -> None:
        random.seed = seed

    random.seed = begin_instance  # type: ignore[assignment]


def beginning() -> Callable[[], None]:
    """What begins the sequence of a call: nothing, if nothing that was loaded uses `random`."""
    return _begin if _used else _nothing


def _begin() -> None:
    sys.modules["random"].seed(int.from_bytes(os.urandom(8)))


def _nothing() -> None:
    return None
