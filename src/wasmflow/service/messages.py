"""What a supervisor and its workers tell each other: one JSON object a line, over a pair of sockets.

A worker is told `Begin`, and says `Ready` when everything is loaded. `Prepare`, `Start` and `Lead` each
have it begin with more; it answers the first two when that is done. It says `Pulse` every second.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from msgspec import Struct

from wasmflow.service.plan import Plan
from wasmflow.telemetry.logs import Form
from wasmflow.telemetry.place import Place
from wasmflow.triggers.succession import Left

#: Bytes of a line.
LONGEST: Final = 1 << 20
#: Seconds between two pulses of a worker.
PULSE: Final = 1.0


class Message(Struct, frozen=True, tag_field="say"):
    """Something that is told."""


# --- to a worker ------------------------------------------------------------------------------


class State(Message, frozen=True, tag="state"):
    """How the service is: the fields of `wasmflow.triggers.server.Health`."""

    ready: bool
    message: str
    deaths: int


class Begin(Message, frozen=True, tag="begin"):
    """Load everything."""

    plan: Plan
    form: Form
    #: The descriptor that log lines are written to.
    log: int
    #: The descriptors of bound sockets, by the name of the trigger that listens on them; `ADMIN` is none.
    sockets: dict[str, list[int]]
    state: State
    #: Where it counts.
    place: Place
    #: Whether it is the one that runs what must run once, as schedules.
    lead: bool
    #: Whether the service begins: what is to run at that time does not run again later.
    beginning: bool


class Prepare(Message, frozen=True, tag="prepare"):
    """Run what is to run before the service takes work."""


class Start(Message, frozen=True, tag="start"):
    """Take work."""


class Lead(Message, frozen=True, tag="lead"):
    """Run schedules: nobody else begins runs any more. Told again when what others left changes."""

    #: Seconds since 1970, from when on nobody has run them.
    since: float
    #: What others have left of them, by the names of triggers.
    left: Mapping[str, Left] = {}


class Stop(Message, frozen=True, tag="stop"):
    """Take no more work, give what runs so many seconds, and end."""

    seconds: float
    #: Whether nobody else takes work any more, either.
    last: bool = False


ToWorker: TypeAlias = Begin | Prepare | Start | Lead | State | Stop


# --- to the supervisor ------------------------------------------------------------------------


class Loading(Message, frozen=True, tag="loading"):
    """What takes long at the moment, and how much of it is done if that is known (0 to 1)."""

    what: str
    part: float | None


class Ready(Message, frozen=True, tag="ready"):
    """Everything is loaded."""

    #: The files that it is of: when one changes, it is another service.
    files: list[str]
    #: What tells the code of one artifact from that of another.
    digest: str


class Prepared(Message, frozen=True, tag="prepared"):
    """What was to run before the service takes work has run."""


class Started(Message, frozen=True, tag="started"):
    """It takes work."""


class Stopping(Message, frozen=True, tag="stopping"):
    """It takes no more work, and begins no runs of schedules. Told again when what is left changes."""

    #: What is left of its schedules, by the names of triggers.
    left: Mapping[str, Left] = {}


class Stopped(Message, frozen=True, tag="stopped"):
    """Nothing runs any more."""

    #: Transactions that were at work when it was told to stop, and have ended since by themselves.
    finished: int
    #: Those that have been cancelled.
    cancelled: int


class Pulse(Message, frozen=True, tag="pulse"):
    """Its event loop turns."""


class ToldProblem(Struct, frozen=True):
    """As `wasmflow.problem.Problem`."""

    message: str
    hint: str
    file: str
    line: int
    column: int
    warning: bool


class ToldFailure(Struct, frozen=True):
    """As `wasmflow.packet.Failure`, without what an exception carried."""

    kind: str
    message: str
    origin: str


class Failed(Message, frozen=True, tag="failed"):
    """It cannot go on, and ends. `wasmflow.service.failing` makes an error of it again."""

    #: ``usage``, ``problems``, ``world``, ``transaction`` or ``bug``.
    kind: str
    message: str = ""
    problems: list[ToldProblem] = []
    failures: list[ToldFailure] = []


ToSupervisor: TypeAlias = Loading | Ready | Prepared | Started | Stopping | Stopped | Pulse | Failed
