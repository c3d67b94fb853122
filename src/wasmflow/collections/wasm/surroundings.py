"""What one call of a guest sees of the world: its clock, its random sequence, what it prints.

Unless it is granted, nothing here is the world's own, so what a call does depends on its inputs, on the
transaction's seed and timestamp, and on which call of the transaction it is; not on what else runs.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from hashlib import blake2b, shake_256
from itertools import count
from typing import Final

from wasmflow.collections.wasm.clocks import LAST, CallClock, Clock, RealClock
from wasmflow.collections.wasm.files import Files
from wasmflow.collections.wasm.section import printable
from wasmflow.collections.wasm.waiting import Watch
from wasmflow.component import Call
from wasmflow.grants import NOTHING, Grants

#: Bytes that a guest may ask of its random sequence at once.
_MOST_RANDOM: Final = 1 << 16
#: Streams and the like that a guest may have open. Well-behaved ones open three.
_MOST_HANDLES: Final = 10_000
#: Calls of the host after which a guest yields where it can, at any loop and any function; and how
#: many it may make in one slice, which only code with neither can reach.
_MANY_CALLS: Final = 1_000
_MOST_CALLS: Final = 5_000
#: Random bytes that take as long as one call does.
_BYTES_PER_CALL: Final = 512
#: Characters of a line in the log.
_LONGEST_LINE: Final = 4096
#: Bytes that a line counts for beside its own: sending one to the log takes as long as writing hundreds.
_LINE_BYTES: Final = 100

_guests = logging.getLogger("wasmflow.guest")


class Refused(Exception):
    """The guest asked for what it may not have. The message says what, after "it …"."""


@dataclass(frozen=True, slots=True)
class World:
    """What guests see of the world, of what they are granted."""

    granted: Grants = NOTHING
    #: The variables that are granted and set, with their values.
    env: tuple[tuple[str, str], ...] = ()


NO_WORLD: Final = World()
NO_FILES: Final = Files()


class Surroundings:
    """Made anew for each call, or for each session; used by one thread at a time."""

    __slots__ = (
        "_call",
        "_calls",
        "_draws",
        "_end_slice",
        "_handles",
        "_key",
        "_left",
        "_log_bytes",
        "_printed",
        "_said",
        "_timers",
        "_world",
        "clock",
        "files",
        "raised",
        "watch",
    )

    def __init__(
        self,
        call: Call,
        log_bytes: int,
        *,
        instantiating: bool = False,
        end_slice: Callable[[], None] = lambda: None,
        world: World = NO_WORLD,
    ) -> None:
        self._call = call
        self._world = world
        self._end_slice = end_slice
        #: What it reads the time from.
        self.clock: Clock = _REAL if world.granted.clock else _call_clock(call)
        #: What its store has open; whoever runs the call sets it.
        self.files = NO_FILES
        #: What it waits with, where it can; whoever runs the call sets it.
        self.watch: Watch | None = None
        # The same for all stores of a transaction: which calls get a new one must not be seen.
        self._key = random_key(call.transaction.seed) if instantiating else b""
        self._calls = 0
        self._draws = 0
        self._handles = 0
        #: Of pollables that wait for a time, that time.
        self._timers: dict[int, int] = {}
        self._printed = bytearray()
        #: The last line of the call so far that tells people something.
        self._said = ""
        self._left = self._log_bytes = log_bytes
        #: What a function of the host raised: it cannot pass through the guest.
        self.raised: BaseException | None = None

    @property
    def granted(self) -> Grants:
        """What of the world is granted to it."""
        return self._world.granted

    def resting(self) -> AbstractContextManager[None]:
        """While the host does what may take long."""
        return self.watch.resting() if self.watch else nullcontext()

    def begin_call(self) -> None:
        """The next call of a session: its clock and random sequence go on from where they are."""
        self._calls = 0
        self._left = self._log_bytes

    def begin_slice(self) -> None:
        """The guest has let others run."""
        self._calls = 0

    def count_call(self, effort: int = 1) -> None:
        """Count a call of the host, or what takes as long as several: nothing else ends a slice in
        code without loops. At some number the guest is made to yield, where it can.

        Raises `Refused` if there is no such place for long, and may raise `Interrupted`.
        """
        if self.watch is not None:
            # A call of the host may have taken long.
            self.watch.check()
        before = self._calls
        self._calls = now = before + effort
        if before < _MANY_CALLS <= now:
            self._end_slice()
        elif now > _MOST_CALLS:
            raise Refused("called its host too often in a row, with no loop or function in between")

    def set_timer(self, time: int) -> int:
        """The number of a new pollable that is ready at that time of the clock."""
        number = self.open_numbered()
        self._timers[number] = min(time, LAST)
        return number

    def set_alarm(self, duration: int) -> int:
        """The number of a new pollable that is ready so many nanoseconds from now."""
        return self.set_timer(self.clock.time + duration)

    def is_ready(self, number: int) -> bool:
        """Whether the time of a pollable has come; it has of those that wait for none."""
        return self._timers.get(number, 0) <= self.clock.time

    def wait(self, numbers: Iterable[int]) -> None:
        """Let time pass until one of these pollables is ready.

        Raises `Interrupted` where that takes time of the world's, and the call is to end meanwhile.
        """
        earliest = min(self._timers.get(number, 0) for number in numbers)
        self.clock.pass_until(earliest, self.watch)

    def draw(self, size: int) -> bytes:
        """The next bytes of the random sequence.

        The n-th draw is SHAKE-256 of the call's key and n, so it is cheap however much is drawn.
        """
        if size > _MOST_RANDOM:
            raise Refused(
                f"asked for {size} random bytes at once; at most {_MOST_RANDOM} are given"
            )
        if self._world.granted.random:
            self.count_call(size // _BYTES_PER_CALL)
            return os.urandom(size)
        if not self._key:
            transaction, path, attempt, _group, elements = self._call
            self._key = random_key(transaction.seed, path, elements, attempt)
        self._draws += 1
        self.count_call(size // _BYTES_PER_CALL)
        return shake_256(self._key + self._draws.to_bytes(8, "big")).digest(size)

    def open_handle(self) -> int:
        """Count a stream or the like that is handed to the guest. Returns its number, which says nothing."""
        self._handles += 1
        if self._handles > _MOST_HANDLES:
            raise Refused(f"opened more than {_MOST_HANDLES} streams")
        return 0

    def open_numbered(self) -> int:
        """The same of something that is told from others by its number."""
        self.open_handle()
        # No number is given twice: a guest may drop a handle in a later call of the same store.
        return _LOW_NUMBERS + next(_numbers) % (2**32 - _LOW_NUMBERS)

    def close_handle(self, number: int) -> None:
        """The guest has dropped one of them."""
        self._handles -= 1
        self._timers.pop(number, None)
        if number >= _LOW_NUMBERS:
            self.files.close(number)

    def print(self, text: bytes) -> None:
        """Take what the guest prints."""
        lines = text.count(b"\n") + text.count(b"\r")
        self.count_printed(len(text) + lines * _LINE_BYTES)
        self._printed += text

    def count_printed(self, size: int) -> None:
        """Count what the guest prints, also where it is not kept."""
        self._left -= size
        if self._left < 0:
            raise Refused(f"printed more than one call may, {self._log_bytes:,} bytes")
        transaction = self._call.transaction
        transaction.printed += size
        most = transaction.limits.transaction_log_bytes
        if transaction.printed > most:
            raise Refused(f"printed, with the rest of its transaction, more than {most:,} bytes")

    def flush(self, *, ending: bool) -> str:
        """Send the lines that are complete to the log, and at the end of the call the last one too.

        Returns, then, the last line of the call that tells people something, or "".
        """
        end = len(self._printed) if ending else self._printed.rfind(b"\n") + 1
        if end:
            self._log(end)
        said = self._said
        if ending:
            self._said = ""
        return said

    def _log(self, end: int) -> None:
        text = self._printed[:end].decode(errors="replace")
        del self._printed[:end]
        ends = text.replace("\r", "\n")
        lines = [printable(line)[:_LONGEST_LINE] for line in ends.split("\n") if line.strip()]
        about = {"path": "/".join(self._call.path), "trace": self._call.transaction.trace_id}
        for line in lines:
            _guests.info("%s", line, extra=about)
        telling = [line for line in lines if not line.startswith(_SAYS_NOTHING)]
        self._said = telling[-1] if telling else self._said


#: How lines begin that languages print around the reason why they panic.
_SAYS_NOTHING: Final = (
    "note: run with `RUST_BACKTRACE",
    "thread '",
    "stack backtrace:",
    "Python function threw an unexpected exception",
    "lost sys.stderr",
)


_REAL: Final = RealClock()


def _call_clock(call: Call) -> CallClock:
    return CallClock(max(call.transaction.timestamp, 0) * 1_000_000)


def random_key(seed: int, *which: object) -> bytes:
    """What the random sequence of one call is made from. Part of what makes runs repeatable."""
    return blake2b(
        repr((seed, *which)).encode(), digest_size=32, person=b"wasmflow.random"
    ).digest()


_numbers: Final = count()
#: Numbers below mean the same in every call: errors, and streams that are always there.
_LOW_NUMBERS: Final = 64

#: The surroundings of the call that runs in a store, by the store's context. Whoever runs the call
#: writes it, and the functions of the host read it on the same thread.
SURROUNDINGS: Final[dict[int, Surroundings]] = {}
