"""Counts how transactions end while a process stops."""

from __future__ import annotations

from wasmflow.telemetry.telemetry import Observation, Outcome


class Ends:
    """A sink that counts from when it is among those of a `Telemetry`."""

    def __init__(self) -> None:
        self.finished = 0
        self.cancelled = 0

    def began(self, _observation: Observation) -> None: ...

    def ended(self, observation: Observation) -> None:
        if observation.outcome is Outcome.CANCELLED:
            self.cancelled += 1
        else:
            self.finished += 1
