"""What flows: a value, a failure, a gap, or the end of a port.

A value is the plain Python value of its type (`wasmflow.types.model` says which) and is not wrapped:
on value ports a *slot* holds the value itself, a `Failure`, or `EMPTY` where nothing was sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, TypeAlias


class Kind(Enum):
    """Why a component has no result."""

    #: The component said no.
    EXCEPTION = "exception"
    #: The component broke: a trap, a limit, a timeout, a lost connection.
    ERROR = "error"


class Empty(Enum):
    """The type of `EMPTY`, so that it can be told from every value."""

    EMPTY = "nothing"

    def __repr__(self) -> str:
        return "EMPTY"


#: Nothing was sent: on a value port the port ended without a packet, in a stream it is a gap.
EMPTY: Final = Empty.EMPTY


@dataclass(frozen=True, slots=True)
class Failure:
    """A component's refusal or breakdown, on its way to whoever handles it."""

    kind: Kind
    #: What is wrong, in words that anybody may read.
    message: str
    #: The instances from the outermost flow to where it happened, joined by "/"; "" for the edge.
    origin: str = ""
    #: What the exception carried, as a JSON value; `EMPTY` if it carried nothing.
    payload: Any = EMPTY
    #: The limit of `wasmflow.limits.Limits` that an error comes from, where that is one.
    limit: str = field(default="", compare=False, repr=False)
    #: The message for those who run the component, where that says more: what was raised and where in
    #: the source, or what was printed last. Strangers are never told, nor is whoever handles it in a flow.
    diagnosis: str = field(default="", repr=False)

    @property
    def whole(self) -> str:
        """All that is known of what is wrong, for those who run the component."""
        return self.diagnosis or self.message

    def __str__(self) -> str:
        where = f" at {self.origin}" if self.origin else ""
        return f"{self.kind.value}{where}: {self.whole}"


#: What a value port holds: a value, a `Failure`, or `EMPTY`.
Slot: TypeAlias = Any
