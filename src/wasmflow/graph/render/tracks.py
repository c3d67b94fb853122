"""How lines cross a gap between two columns of text without running into each other.

A line enters the gap in a row at its left, runs along a track, which is a vertical of the gap, and
leaves in one or more rows at its right. Lines may cross, but never share a stretch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from wasmflow.graph.order import in_order, loops


@dataclass(frozen=True, slots=True)
class Crossing:
    """A line through a gap: the row where it enters, and the rows where it leaves."""

    enters: int
    leaves: tuple[int, ...]

    @property
    def straight(self) -> bool:
        return self.leaves == (self.enters,)

    @property
    def span(self) -> tuple[int, int]:
        return min(self.enters, *self.leaves), max(self.enters, *self.leaves)


@dataclass(frozen=True, slots=True)
class Bend:
    """A part of a line: along a row to its track, along that, and on in other rows."""

    #: Which of the crossings it is part of.
    line: int
    crossing: Crossing
    track: int = 0


def assign_tracks(crossings: Sequence[Crossing]) -> list[Bend]:
    """A track, counted from the left, for every crossing that is not straight.

    Where each of two lines would have to turn before the other, one takes two tracks, and a row
    between them in which nothing else enters or leaves. A line does so once at most: where that is
    not enough, since lines enter or leave in one row, they share a stretch.
    """
    bends = [Bend(i, each) for i, each in enumerate(crossings) if not each.straight]
    taken = {row for each in crossings for row in (each.enters, *each.leaves)}
    whole = set(range(len(crossings)))
    while (index := _whole_in_a_loop(bends, whole)) is not None:
        bend = bends.pop(index)
        whole.remove(bend.line)
        free = _free_row(bend.crossing, taken)
        taken.add(free)
        bends.append(replace(bend, crossing=Crossing(bend.crossing.enters, (free,))))
        bends.append(replace(bend, crossing=Crossing(free, bend.crossing.leaves)))
    return _packed(sorted(bends, key=_preference))


def _whole_in_a_loop(bends: Sequence[Bend], whole: set[int]) -> int | None:
    """The first bend of those that wait for one another that is not in two parts yet."""
    waiting = (index for loop in loops(_earlier(bends)) for index in loop)
    return next((index for index in waiting if bends[index].line in whole), None)


def _preference(bend: Bend) -> tuple[bool, int]:
    """From left to right: lines that do not follow this order cross more often."""
    enters, leaves = bend.crossing.enters, bend.crossing.leaves
    down = sum(leaves) >= enters * len(leaves)
    return (down, -enters if down else enters)


def _packed(bends: Sequence[Bend]) -> list[Bend]:
    """Each bend on the leftmost track that is free where it runs, and right of those it must be."""
    earlier = _earlier(bends)
    tracks: list[list[tuple[int, int]]] = []
    placed: dict[int, Bend] = {}
    for i in in_order(earlier):
        low, high = bends[i].crossing.span
        track = max((placed[each].track + 1 for each in earlier[i] if each in placed), default=0)
        while track < len(tracks) and any(low <= b and a <= high for a, b in tracks[track]):
            track += 1
        tracks += [[] for _ in range(track + 1 - len(tracks))]
        tracks[track].append((low, high))
        placed[i] = replace(bends[i], track=track)
    return list(placed.values())


def _free_row(crossing: Crossing, taken: set[int]) -> int:
    """The nearest row to the middle of a line in which nothing enters or leaves."""
    low, high = crossing.span
    middle, distance = (low + high) // 2, 0
    while True:
        for row in (middle + distance, middle - distance):
            if row >= 0 and row not in taken:
                return row
        distance += 1


def _earlier(bends: Sequence[Bend]) -> list[set[int]]:
    """For each bend, those whose track must be further left.

    A line that enters in the row in which another one leaves must have turned by then; so must the
    first part of a line that is in two.
    """
    entering = {bend.crossing.enters: i for i, bend in enumerate(bends)}
    earlier: list[set[int]] = [set() for _ in bends]
    for i, bend in enumerate(bends):
        for row in bend.crossing.leaves:
            other = entering.get(row)
            if other is None or other == i:
                continue
            if bends[other].line == bend.line:
                earlier[other].add(i)  # its second part begins where the first ends
            else:
                earlier[i].add(other)
    return earlier
