"""How a part reads its inputs together, and writes its outputs: elements in step, values held."""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal, TypeAlias

from wasmflow.engine.channel import Channel, deserted
from wasmflow.engine.crew import Inlet
from wasmflow.packet import EMPTY, Slot


class End(Enum):
    """The type of `END`."""

    END = "end"


#: There are no more elements.
END: Final = End.END
#: One slot per inlet.
Element: TypeAlias = tuple[Slot, ...]


class Intake:
    """Reads several inlets together: of streams the next packet of each, of values always the same.

    If no inlet is a stream there is one element, of the values.
    """

    def __init__(
        self, inlets: tuple[Inlet, ...], streams: tuple[bool, ...], *, of_streams: bool = False
    ) -> None:
        """`of_streams` says that they feed stream ports: then values that are nothing are no element."""
        self._slots: list[Slot] = [
            EMPTY if isinstance(inlet, Channel) else inlet for inlet in inlets
        ]
        pairs = list(zip(inlets, streams, strict=True))
        self._streams = [
            (i, inlet) for i, (inlet, s) in enumerate(pairs) if s and isinstance(inlet, Channel)
        ]
        #: Values that have not been looked at yet.
        self._values = [
            (i, inlet) for i, (inlet, s) in enumerate(pairs) if not s and isinstance(inlet, Channel)
        ]
        self.channels = [inlet for inlet in inlets if isinstance(inlet, Channel)]
        self._given = False
        self._of_streams = of_streams
        #: The stream that is all there is to read, if it is.
        self._only = self._streams[0][1] if len(pairs) == len(self._streams) == 1 else None
        #: How many elements have been read.
        self.count = 0
        #: Whether it ended because a stream did so before its time.
        self.broken = False

    def held(self) -> bool:
        """Take the values that are there. Says whether all have come, or never will."""
        missing = []
        for index, channel in self._values:
            if channel.packets:
                self._slots[index] = channel.take()
            elif not channel.ended:
                channel.want()
                missing.append((index, channel))
        self._values = missing
        return not missing

    def next(self) -> Element | End | None:
        """The next element; ``None`` if it is not there yet. Only once all values are held.

        Streams in step have the same length, with two exceptions: where one ended before its time this
        is the end, and a failure at the end of one stands alone.
        """
        only = self._only
        if only is not None and only.packets:
            self.count += 1
            return (only.take(),)
        if not self._streams:
            return self._alone()
        missing = False
        for _, channel in self._streams:
            if not channel.packets:
                missing = True
                break
        if missing and (outcome := self._without()) is not False:
            return outcome
        slots = self._slots
        for index, channel in self._streams:
            slots[index] = channel.take() if channel.packets else EMPTY
        self.count += 1
        return tuple(slots)

    def _without(self) -> End | Literal[False] | None:
        """What follows from a stream that has nothing; ``False`` if that is an element all the same."""
        empty = [channel for _, channel in self._streams if not channel.packets]
        if any(channel.broken for channel in empty):
            self._break()
            return END
        short = [channel for channel in empty if not channel.ended]
        for channel in short:
            channel.want()
        if short:
            return None
        return END if len(empty) == len(self._streams) else False

    def _break(self) -> None:
        """Leave the streams in step with one that ended before its time: these go on in vain."""
        self.broken = True
        for _, channel in self._streams:
            if not channel.broken:
                channel.leave()

    def _alone(self) -> Element | End:
        nothing = self._of_streams and all(slot is EMPTY for slot in self._slots)
        if self._given or nothing:
            return END
        self._given = True
        self.count = 1
        return tuple(self._slots)


class Outlets:
    """Writes to all that read from the ports of a part."""

    def __init__(self, ports: tuple[tuple[Channel, ...], ...]) -> None:
        self._ports = ports
        self.channels = [channel for port in ports for channel in port]
        self._only = self.channels[0] if len(self.channels) == 1 and len(ports) == 1 else None

    @property
    def room(self) -> bool:
        """Whether another element should be written now."""
        only = self._only
        if only is not None:
            return len(only.packets) < only.capacity or only.room
        return all(channel.room for channel in self.channels)

    @property
    def deserted(self) -> bool:
        """Whether there were readers, and all have left."""
        return deserted(self.channels)

    def put(self, index: int, packet: Slot) -> None:
        """Write a packet, or a gap, to all that read a port."""
        if self._only is not None:
            self._only.put(packet)
            return
        for channel in self._ports[index]:
            channel.put(packet)
