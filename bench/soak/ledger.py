"""What happened during a soak, as all who take part write it down, and what excuses a lost answer."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Final

#: Faults that are kept; all are counted.
_KEPT: Final = 200
#: Seconds after a connection was used last from which a server that stops may close it. (It waits for
#: half a second; a request that was sent sooner has to be answered.)
IDLE: Final = 0.45
#: Seconds that a reload may take until the last of the old workers has gone.
RELOADING: Final = 30.0


@dataclass
class Ledger:
    """Times are those of `time.monotonic`."""

    began: float = field(default_factory=time.monotonic)
    counts: Counter[str] = field(default_factory=Counter)
    #: What should not have happened.
    faults: list[str] = field(default_factory=list)
    #: Ports of clients whose connections a worker had when it was killed, with the times.
    cut: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    #: Workers that were killed, with the times.
    killed: dict[int, float] = field(default_factory=dict)
    reloads: list[float] = field(default_factory=list)
    #: When the service was told to stop.
    stopping: float | None = None
    #: When the last right answer came.
    answered: float = 0.0

    def count(self, what: str, times: int = 1) -> None:
        self.counts[what] += times

    def fault(self, what: str) -> None:
        """Something was wrong."""
        self.counts["faults"] += 1
        if len(self.faults) < _KEPT:
            self.faults.append(f"after {time.monotonic() - self.began:.2f} s: {what}")

    def was_cut(self, port: int, since: float) -> bool:
        """Whether the connection that a client has had from this port since then was a killed worker's."""
        return any(when >= since for when in self.cut.get(port, ()))

    def ends_streams(self, since: float) -> bool:
        """Whether workers were told to stop in a life that began then."""
        last = max([*self.reloads, self.stopping or 0.0], default=0.0)
        return last + RELOADING > since
