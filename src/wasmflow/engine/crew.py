"""The parts of a flow with streams, and what belongs together among them.

A *part* is a piece of work on channels: an instance of a flow, or a step between instances. The parts
of a flow are its *crew*; `engine.shift` lets the parts of a transaction work, all in one task. Between
two awaits nothing runs at the same time, so parts need no locks.

An instance whose readers have all gone is cancelled, and so is what only it read from. For a part that
is its own business; a flow inside a flow is one instance of many parts, so its crew sees to it.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from wasmflow.component import Call
from wasmflow.engine.channel import Channel, deserted, forsaken
from wasmflow.engine.failures import is_within
from wasmflow.packet import Slot

if TYPE_CHECKING:
    from wasmflow.engine.shift import Shift

#: What feeds an input port: a channel, or what is known already (`EMPTY` for nothing).
Inlet: TypeAlias = Channel | Slot


@dataclass(frozen=True, slots=True)
class Ports:
    """What a part reads from and writes to, one entry per port of a signature."""

    inputs: tuple[Inlet, ...]
    #: Whether any number of packets come by an inlet; else one at most.
    streams: tuple[bool, ...]
    #: Of each output, the channels of all that read from it.
    outputs: tuple[tuple[Channel, ...], ...]


class Part(ABC):
    """A member of a crew."""

    def __init__(self, crew: Crew, call: Call, path: tuple[str, ...]) -> None:
        self.crew = crew
        self.shift = crew.shift
        self.call = call
        #: How statistics name it.
        self.path = path
        #: What is awaited before it goes on, if something is.
        self.pending: asyncio.Future[Any] | None = None
        #: Whether it is its caller's turn, so that no time limit counts.
        self.for_caller = False
        self.over = False
        #: Whether its outputs end before their time when it does.
        self.broken = False
        #: Whether it stands in the shift's queue.
        self.queued = False

    @abstractmethod
    def work(self) -> None:
        """Go on as far as possible. Called when a channel changed, and when nothing is awaited."""

    @abstractmethod
    def channels(self) -> tuple[list[Channel], list[Channel]]:
        """What it reads from and what it writes to."""

    @property
    def in_call(self) -> bool:
        """Whether it awaits a component, not its caller."""
        return self.pending is not None and not self.for_caller

    def rouse(self) -> None:
        """Have it work again soon. One that is over may still learn that it was in vain."""
        if not self.over:
            self.shift.rouse(self)
        elif forsaken(self.channels()[1]):
            self._leave(forsaken=True)

    def wait(self, awaitable: Awaitable[Any], then: Callable[[Any], object]) -> None:
        """Await something, then call `then` with what it came to, then work again.

        Neither happens if the part is over by then.
        """
        future = asyncio.ensure_future(awaitable)
        self.pending = future
        self.shift.attend(self, future, then)

    def abandon(self) -> None:
        """Await nothing any more."""
        pending, self.pending = self.pending, None
        if pending is not None:
            self.shift.stop(pending)

    def complete(self) -> None:
        """Be over, having read all that there was to read. Safe to call twice."""
        self._be_over(forsaken=False)

    def finish(self) -> None:
        """Be over, wherever it is. Safe to call twice."""
        self._be_over(forsaken=True)

    def _be_over(self, *, forsaken: bool) -> None:
        """End all outputs, leave all inputs, cancel what is awaited."""
        if self.over:
            return
        self.over = True
        self.abandon()
        self._leave(forsaken=forsaken)
        for channel in self.channels()[1]:
            channel.end(broken=self.broken)
        self.close()
        self.crew.dismiss(self)

    def _leave(self, *, forsaken: bool) -> None:
        for channel in self.channels()[0]:
            channel.leave(forsaken=forsaken)

    def close(self) -> None:  # noqa: B027 - most parts have nothing of their own
        """Let go of what only this part has."""


class Crew:
    """The parts of one flow, those of flows inside it included."""

    def __init__(
        self,
        shift: Shift,
        path: tuple[str, ...] = (),
        outputs: Sequence[Sequence[Channel]] = (),
        outer: Crew | None = None,
    ) -> None:
        """`outputs` has of each output the channels of all that read from it."""
        self.shift = shift
        self._path = path
        self._outputs = [port for port in outputs if port]
        self._outer = outer
        self.parts: dict[Part, None] = {}
        for port in self._outputs:
            for channel in port:
                channel.watchers = (*channel.watchers, self._look)

    def add(self, part: Part) -> None:
        """Take on a part whose channels are complete."""
        reading, writing = part.channels()
        for channel in reading:
            channel.reader = part.rouse
        for channel in writing:
            channel.writer = part.rouse
        crew: Crew | None = self
        while crew is not None:
            crew.parts[part] = None
            crew = crew._outer
        self.shift.rouse(part)

    def dismiss(self, part: Part) -> None:
        """A part is over."""
        crew: Crew | None = self
        while crew is not None:
            crew.parts.pop(part, None)
            crew = crew._outer

    def inside(self, path: tuple[str, ...], outputs: Sequence[Sequence[Channel]]) -> Crew:
        """A crew for a flow inside this one."""
        return Crew(self.shift, path, outputs, self)

    def _look(self) -> None:
        """An output has ended or lost a reader: if that was the last, the flow stops as a whole.

        Where all outputs were read to their end the flow goes on with what it does beside them.
        """
        done = all(deserted(port) or port[0].ended for port in self._outputs)
        if not (done and any(map(forsaken, self._outputs))) or self.shift.disbanding:
            return
        for part in list(self.parts):
            part.finish()
        unhandled = self.shift.transaction.unhandled
        unhandled[:] = [each for each in unhandled if not is_within(each, self._path)]
