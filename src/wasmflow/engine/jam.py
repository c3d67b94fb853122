"""Finds the channels that hold up a flow with streams by being full (the diamond of DESIGN 4.8).

What works through channels waits for others: for who writes what it would read, and for who reads what
it has no room in. Some of these go on by themselves, since they await something; so do all that wait
for what goes on. Whatever is left waits in circles, and goes on no more, whatever its caller or a call
may bring; unless the full channels in the circles get more room.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from wasmflow.engine.channel import Channel
from wasmflow.engine.crew import Part


class _Lane(NamedTuple):
    """A way through a part, or out to the caller: it waits for all of its channels that hold it up."""

    reading: Sequence[Channel]
    writing: Sequence[Channel]
    #: Whether it goes on by itself.
    moving: bool = False


def jammed(parts: Iterable[Part], taken: Iterable[Sequence[Channel]]) -> list[Channel]:
    """The full channels that will never have room as they are.

    `taken` are the channels that the caller waits for: together, those of each group.
    """
    lanes = list(_lanes(parts))
    full = [channel for lane in lanes for channel in lane.writing if channel.full]
    if not full:
        return []
    lanes += [_Lane([each for each in group if not each.ended], []) for group in taken]
    search = _Search(lanes)
    search.run()
    return [channel for channel in dict.fromkeys(full) if search.is_stuck(channel)]


def _lanes(parts: Iterable[Part]) -> Iterator[_Lane]:
    for part in parts:
        if part.pending is not None:
            yield _Lane(*part.channels(), moving=True)
        else:
            yield from (_Lane(*lane) for lane in part.lanes())


class _Search:
    """Goes from the lanes that move to those that wait for them."""

    def __init__(self, lanes: Sequence[_Lane]) -> None:
        self._lanes = lanes
        self._readers: defaultdict[Channel, list[int]] = defaultdict(list)
        self._writers: defaultdict[Channel, list[int]] = defaultdict(list)
        for index, lane in enumerate(lanes):
            for channel in lane.reading:
                self._readers[channel].append(index)
            for channel in lane.writing:
                self._writers[channel].append(index)
        #: How many channels hold each lane up.
        self._waits = [self._count(lane) for lane in lanes]
        self._moving = {index for index, waits in enumerate(self._waits) if not waits}

    def _count(self, lane: _Lane) -> int:
        if lane.moving:
            return 0
        wanted = [each for each in lane.reading if each.wanted and each in self._writers]
        full = [each for each in lane.writing if each.full and each in self._readers]
        return len(wanted) + len(full)

    def run(self) -> None:
        open_, seen = list(self._moving), set[tuple[Channel, bool]]()
        while open_:
            lane = self._lanes[open_.pop()]
            for channel in lane.writing:
                if channel.wanted and (channel, True) not in seen:
                    seen.add((channel, True))
                    open_ += self._free(self._readers[channel])
            for channel in lane.reading:
                if channel.full and (channel, False) not in seen:
                    seen.add((channel, False))
                    open_ += self._free(self._writers[channel])

    def _free(self, lanes: Iterable[int]) -> Iterator[int]:
        """Those that wait for one channel less, and for no other."""
        for index in lanes:
            self._waits[index] -= 1
            if not self._waits[index] and index not in self._moving:
                self._moving.add(index)
                yield index

    def is_stuck(self, channel: Channel) -> bool:
        readers = self._readers[channel]
        return bool(readers) and self._moving.isdisjoint(readers)
