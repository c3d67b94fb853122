"""What every part of a running flow does: for `statistics()`, and for people who wonder what it waits for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wasmflow.engine.channel import Channel
from wasmflow.engine.crew import Part


@dataclass(frozen=True, slots=True)
class Standing:
    """What a part of a running flow does."""

    path: str
    #: ``ready``, ``in a call``, ``waits for the caller``, ``waits for packets`` or ``waits for room``.
    state: str
    #: The channels that it waits for, as connections of the flow.
    on: tuple[str, ...]
    #: Packets that it has taken, or made if it takes none; and that stand before it.
    taken: int
    standing: int


def standings(parts: Iterable[Part]) -> list[Standing]:
    """What each does at the moment."""
    return [_standing(part) for part in parts]


def _standing(part: Part) -> Standing:
    reading, writing = part.channels()
    taken = sum(each.passed for each in reading)
    if not reading:
        taken = max((each.passed + len(each.packets) for each in writing), default=0)
    before = sum(len(each.packets) for each in reading)
    state, on = _state(part, reading, writing)
    return Standing("/".join(part.path), state, tuple(on), taken, before)


def _state(part: Part, reading: list[Channel], writing: list[Channel]) -> tuple[str, list[str]]:
    if part.pending is not None:
        return "waits for the caller" if part.for_caller else "in a call", []
    if full := [each.label for each in writing if each.full]:
        return "waits for room", full
    if empty := [each.label for each in reading if not (each.packets or each.ended)]:
        return "waits for packets", empty
    return "ready", []
