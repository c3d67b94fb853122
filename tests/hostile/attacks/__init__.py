"""The attacks, by what they are aimed at. To add one is to add an entry to a table."""

from __future__ import annotations

from typing import Final

from tests.hostile.attack import Attack
from tests.hostile.attacks import computing, memory, phases, results, streams, world

#: By their class, which `bench.hostile` reports on.
CLASSES: Final[dict[str, tuple[Attack, ...]]] = {
    "computing without end": computing.ENDLESS,
    "recursing without end": computing.RECURSING,
    "taking memory": memory.ATTACKS,
    "returning what is none": results.MALFORMED,
    "returning too much": results.TOO_MUCH,
    "breaking in every phase": phases.ATTACKS,
    "streams without end": streams.ATTACKS,
    "asking its host for too much": world.FLOODS,
    "forging handles": world.FORGERIES,
    "reaching for the world": world.REACHING,
}

ATTACKS: Final = tuple(attack for attacks in CLASSES.values() for attack in attacks)
