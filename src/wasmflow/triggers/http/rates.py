"""How many requests each client may make: a rate, and what may come at once after a pause.

Each worker counts by itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from math import ceil
from typing import Final

from wasmflow.triggers.http.guards import Guard
from wasmflow.triggers.http.problems import Refused
from wasmflow.triggers.http.request import Request

#: Clients that are remembered; of more, the one that has asked nothing for the longest time is
#: forgotten, as if it had paused. At a hundred bytes each this is little.
MOST_CLIENTS: Final = 16_384


class Rates:
    """A token bucket per client, kept as one number: when it will be full again."""

    def __init__(
        self,
        rate: float,
        burst: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        most: int = MOST_CLIENTS,
    ) -> None:
        """`rate` in requests per second; `burst` is those of one second if it is ``None``."""
        self._interval = 1 / rate
        self._slack = ((burst or max(1, ceil(rate))) - 1) * self._interval
        self._clock = clock
        self._most = most
        #: In the order in which they asked last.
        self._full: dict[str, float] = {}

    def wait(self, client: str) -> float:
        """Take a request now, and return 0; or take none, and return the seconds until one is taken."""
        now = self._clock()
        full = max(self._full.pop(client, now), now)
        early = full - now - self._slack
        # What is taken exactly in time must not be refused for a rounding.
        admitted = early < self._interval * 1e-6
        self._full[client] = full + self._interval if admitted else full
        if len(self._full) > self._most:
            del self._full[next(iter(self._full))]
        return 0.0 if admitted else early


def rate_guard(rates: Rates) -> Guard:
    """Refuses clients that ask too often."""

    async def guard(request: Request) -> None:
        wait = rates.wait(whose(request.client))
        if wait:
            retry = [(b"retry-after", b"%d" % ceil(wait))]
            raise Refused(429, "there were too many requests from your address", headers=retry)

    return guard


def whose(address: str) -> str:
    """By what a client is known: of IPv6 the first half of its address, since the other is its own."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return parsed.exploded[:19]
