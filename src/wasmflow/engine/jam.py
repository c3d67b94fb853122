"""Finds the channels that hold up a flow with streams by being full (the diamond of DESIGN 4.8).

A part waits for others: for those that write what it would read, and for those that read what it has
no room in. Where parts wait for one another in a circle none of them will ever go on, whatever the
caller or a call may bring; unless the full channels in the circle get more room. A part that awaits
something waits for no part.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wasmflow.engine.channel import Channel
from wasmflow.engine.crew import Part


def full_channels(parts: Iterable[Part]) -> list[Channel]:
    """Those into which their writers should put nothing now."""
    return [channel for part in parts for channel in part.channels()[1] if _full(channel)]


def jammed(parts: Iterable[Part]) -> list[Channel]:
    """The full channels whose readers wait for what waits for room in them."""
    full = full_channels(parts)
    return _Waiting(parts, full).circles() if full else []


class _Waiting:
    def __init__(self, parts: Iterable[Part], full: list[Channel]) -> None:
        self._full = full
        self._reader: dict[Channel, Part] = {}
        self._writer: dict[Channel, Part] = {}
        for part in parts:
            reading, writing = part.channels()
            self._reader.update(dict.fromkeys(reading, part))
            self._writer.update(dict.fromkeys(writing, part))

    def circles(self) -> list[Channel]:
        return [each for each in self._full if each in self._reader and self._circle(each)]

    def _circle(self, channel: Channel) -> bool:
        """Whether the reader of a full channel waits, over any others, for its writer."""
        wanted, seen, open_ = self._writer[channel], set[Part](), [self._reader[channel]]
        while open_:
            part = open_.pop()
            if part is wanted:
                return True
            if part not in seen:
                seen.add(part)
                open_ += self._awaited(part)
        return False

    def _awaited(self, part: Part) -> Iterator[Part]:
        if part.pending is not None:
            return
        reading, writing = part.channels()
        yield from (self._writer[each] for each in reading if each.hungry and each in self._writer)
        yield from (self._reader[each] for each in writing if each in self._reader and _full(each))


def _full(channel: Channel) -> bool:
    return not (channel.room or channel.ended)
