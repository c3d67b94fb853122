"""The way of packets from one port to one reader, with bounded room: where backpressure comes from.

Every connection of a flow with streams is a channel. Its writer puts packets in and ends it once; its
reader takes them out and may leave before that. Each is told when it may have become able to go on.
Not safe between threads: all of a transaction's channels belong to its event loop.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from wasmflow.packet import EMPTY, Slot

#: Packets in a channel between two parts of a flow: enough that these take turns seldom, few enough
#: that large packets do not pile up.
CAPACITY: Final = 64
#: In what a source writes to: there is room only while the reader waits, so it never runs ahead.
UNBUFFERED: Final = 0


def _nobody() -> None:
    """Tell nobody."""


class Channel:
    """See the module. A packet is a slot: a value, a `Failure`, or `EMPTY` for a gap."""

    __slots__ = (
        "_hungry",
        "_marks",
        "broken",
        "capacity",
        "ended",
        "forsaken",
        "label",
        "left",
        "packets",
        "passed",
        "reader",
        "watchers",
        "writer",
    )

    def __init__(self, label: str = "", capacity: int = CAPACITY) -> None:
        #: How messages and statistics name it: ``a.output -> b.name``.
        self.label = label
        #: Called when there is something to take; and when there is room again, or nobody to take.
        self.reader: Callable[[], None] = _nobody
        self.writer: Callable[[], None] = _nobody
        self.grow(capacity)
        self.packets: deque[Slot] = deque()
        #: How many packets have been taken out.
        self.passed = 0
        #: Whether its writer has put in its last packet.
        self.ended = False
        #: Whether it ended before its time, so that what is in step with it ends there too.
        self.broken = False
        #: Whether its reader takes nothing any more: what is put in then is lost.
        self.left = False
        #: Whether that was before the reader saw the end, or what became of it turned out to be in vain.
        self.forsaken = False
        #: Called when it has ended, when its reader leaves, and when that turns out to be in vain.
        self.watchers: tuple[Callable[[], None], ...] = ()
        #: Whether the reader found it empty and would go on at once.
        self._hungry = False

    # --- for the writer ---

    @property
    def room(self) -> bool:
        """Whether the writer should put in a packet now. What comes in spite of that is kept."""
        return len(self.packets) < self.capacity or self.left or self.hungry

    @property
    def full(self) -> bool:
        """Whether it keeps its writer from going on."""
        return not (self.room or self.ended)

    def put(self, packet: Slot) -> None:
        if not self.left:
            packets = self.packets
            packets.append(packet)
            # Whoever reads from it has been told already if there is more than this one.
            if len(packets) == 1:
                self._hungry = False
                self.reader()

    def end(self, *, broken: bool = False) -> None:
        """Put in no more. Safe to call twice."""
        if not self.ended:
            self.ended, self.broken = True, broken
            self.reader()
            for watcher in self.watchers:
                watcher()

    # --- for the reader ---

    @property
    def hungry(self) -> bool:
        """Whether its reader waits for a packet."""
        return self._hungry and not self.packets

    @property
    def wanted(self) -> bool:
        """Whether it keeps its reader from going on."""
        return self.hungry and not self.ended

    @property
    def exhausted(self) -> bool:
        """Whether there is nothing in it and never will be."""
        return self.ended and not self.packets

    def take(self) -> Slot:
        """The next packet; there must be one."""
        packet = self.packets.popleft()
        self.passed += 1
        if len(self.packets) in self._marks:
            self.writer()
        return packet

    def want(self) -> None:
        """Say that its reader would take a packet at once if there were one."""
        if not self._hungry:
            self._hungry = True
            self.writer()

    def leave(self, *, forsaken: bool = True) -> None:
        """Take no more. Safe to call twice, the second time to say that it was in vain after all."""
        if self.forsaken or (self.left and not forsaken):
            return
        self.left, self.forsaken = True, forsaken
        self.packets.clear()
        self.writer()
        for watcher in self.watchers:
            watcher()

    def grow(self, capacity: int) -> None:
        """Have room for so many packets."""
        self.capacity = capacity
        #: How many there are when the writer is told of room. Not at every packet: who filled it goes on
        #: when there is room, and again when half is free.
        self._marks = (capacity - 1, capacity >> 1)
        self.writer()


def deserted(channels: Sequence[Channel]) -> bool:
    """Whether there were readers, and all have left."""
    return bool(channels) and all(channel.left for channel in channels)


def forsaken(channels: Sequence[Channel]) -> bool:
    """Whether there were readers, and none has seen the end."""
    return bool(channels) and all(channel.forsaken for channel in channels)


def end_with(packet: Slot, channels: Iterable[Channel], *, broken: bool = False) -> None:
    """Put in a last packet, if it is one."""
    for channel in channels:
        if packet is not EMPTY:
            channel.put(packet)
        channel.end(broken=broken)
