"""A part that takes elements one after the other: what most parts are."""

from __future__ import annotations

from abc import abstractmethod
from typing import Final

from wasmflow.component import Call
from wasmflow.engine.channel import Channel
from wasmflow.engine.crew import Crew, Part, Ports
from wasmflow.engine.intake import END, Element, Intake, Outlets

#: So many elements, less one, are taken before the time is looked at, which takes as long as some calls.
OFTEN: Final = 15


class Stage(Part):
    """Reads its inputs in step: takes an element as soon as there is one and room for what it makes of it."""

    def __init__(
        self,
        crew: Crew,
        call: Call,
        path: tuple[str, ...],
        ports: Ports,
        *,
        of_streams: bool = False,
    ) -> None:
        super().__init__(crew, call, path)
        self.intake = Intake(ports.inputs, ports.streams, of_streams=of_streams)
        self.outlets = Outlets(ports.outputs)

    def channels(self) -> tuple[list[Channel], list[Channel]]:
        return self.intake.channels, self.outlets.channels

    def work(self) -> None:
        if self.outlets.deserted:
            self.finish()
        elif self.pending is None and self.intake.held():
            self.advance()

    def advance(self) -> None:
        """Take elements for as long as there are any, and room."""
        intake, outlets = self.intake, self.outlets
        while outlets.room and not self.over:
            element = intake.next()
            if element is None:
                return
            if element is END:
                self.broken = intake.broken
                self.take_end()
                return
            if not self.take(element):
                return
            if not intake.count & OFTEN and self.shift.late:
                self.rouse()
                return

    @abstractmethod
    def take(self, element: Element) -> bool:
        """Do something with an element. Says whether the next may be taken at once."""

    def take_end(self) -> None:
        """There are no more."""
        self.complete()
