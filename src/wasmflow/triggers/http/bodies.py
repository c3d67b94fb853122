"""How much all requests of a server hold of what they are sent."""

from __future__ import annotations

from wasmflow.triggers.http.problems import RETRY_AFTER, Refused


class Bodies:
    """The bodies that all requests of a server hold, as far as they did not come at once."""

    def __init__(self, most: int = 1 << 28) -> None:
        """`most`: bytes in all."""
        self._most = most
        self._held = 0

    def take(self, count: int) -> None:
        """Hold so many bytes more. Raises `Refused` where these are too many."""
        if self._held + count > self._most:
            raise Refused(
                503,
                "too much is being sent at one time; try again later",
                headers=[(b"retry-after", b"%d" % RETRY_AFTER), (b"connection", b"close")],
            )
        self._held += count

    def let_go(self, count: int) -> None:
        """Hold so many bytes less."""
        self._held -= count
