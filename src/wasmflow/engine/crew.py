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

from wasmflow.component import Call, Port
from wasmflow.engine.channel import Channel, deserted, forsaken
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

    def lanes(self) -> list[tuple[list[Channel], list[Channel]]]:
        """Its channels in groups, if it does not wait for all of them at once: as `channels`, each."""
        return [self.channels()]

    @property
    def in_call(self) -> bool:
        """Whether it awaits a component, not its caller."""
        return self.pending is not None and not self.for_caller

    def rouse(self) -> None:
        """Have it work again soon."""
        self.shift.rouse(self)

    def learn(self) -> None:
        """Though it is over, see whether its readers have left: then what it read for them was in vain."""
        if forsaken(self.channels()[1]):
            self._leave(forsaken=True)
            self.discard()

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
        if forsaken(self.channels()[1]) and not self.shift.disbanding:
            self.discard()

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

    def discard(self) -> None:  # noqa: B027 - most parts are steps of a flow, which sees to it
        """Take back what it has left with nowhere to go, since what it did was in vain."""


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow at work, as those outside see it."""

    call: Call
    #: Of each output, the channels of all that read from it, if any do.
    outputs: tuple[tuple[Channel, ...], ...]
    #: Those of them that are streams, if any are; else all.
    weighty: tuple[tuple[Channel, ...], ...]

    @classmethod
    def seen(
        cls, call: Call, ports: Sequence[Port], outputs: Sequence[tuple[Channel, ...]]
    ) -> Flow:
        """`outputs` has of each port the channels of all that read it, and may have more: streams."""
        read = [
            (outlets, at >= len(ports) or ports[at].stream)
            for at, outlets in enumerate(outputs)
            if outlets
        ]
        every = tuple(outlets for outlets, _ in read)
        return cls(call, every, tuple(outlets for outlets, stream in read if stream) or every)

    @property
    def left(self) -> bool:
        """Whether it is an instance whose readers have all gone.

        A value that was read keeps no flow running, but a stream that was read to its end shows that
        what the flow does beside it is wanted.
        """
        over = all(deserted(port) or port[0].ended for port in self.outputs)
        return over and bool(self.weighty) and all(map(forsaken, self.weighty))


class Crew:
    """The parts of one flow, those of flows inside it included."""

    def __init__(
        self,
        shift: Shift,
        flow: Flow | None = None,
        outer: Crew | None = None,
        done: Callable[[], None] | None = None,
    ) -> None:
        """`done` is called whenever it has no parts any more."""
        self.shift = shift
        self._flow = flow
        self._outer = outer
        self._done = done
        self.parts: dict[Part, None] = {}
        for port in flow.outputs if flow else ():
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
            if crew._done is not None and not crew.parts:
                crew._done()
            crew = crew._outer

    def inside(self, flow: Flow) -> Crew:
        """A crew for a flow inside this one."""
        return Crew(self.shift, flow, self)

    def _look(self) -> None:
        """An output has ended or lost a reader: if that was the last, the flow stops as a whole."""
        flow = self._flow
        if flow is None or self.shift.disbanding or not flow.left:
            return
        for part in list(self.parts):
            part.finish()
        self.shift.forsake(flow.call)
