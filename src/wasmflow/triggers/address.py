"""Where a server listens, as people write it.

``:8080`` is this machine only, ``HOST:PORT`` one address, ``[::1]:8080`` one of IPv6; port 0 is any that
is free. `wasmflow.service` binds them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_FORM: Final = re.compile(r"(\[(?P<six>[^\[\]\s]+)\]|(?P<host>[^\[\]:/@\s]*)):(?P<port>[0-9]{1,5})")
LOOPBACK: Final = "127.0.0.1"
_LAST_PORT: Final = 65_535


class NoAddress(ValueError):
    """Text that is no address. The message says so, and what one looks like."""


@dataclass(frozen=True, slots=True)
class Address:
    """A host, by name or number, and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def parse_address(text: str) -> Address:
    """The address that `text` spells. Raises `NoAddress`."""
    match = _FORM.fullmatch(text.strip())
    if match is None or int(match["port"]) > _LAST_PORT:
        raise NoAddress(f"'{text}' is no address; write :PORT, HOST:PORT or [IPV6]:PORT")
    return Address(match["six"] or match["host"] or LOOPBACK, int(match["port"]))
