"""The sockets that a service listens on. The supervisor binds and closes them; workers inherit them."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

from wasmflow.errors import WorldError
from wasmflow.triggers.address import Address

#: Connections that may wait to be accepted; the system may allow fewer.
_BACKLOG: Final = 2048
#: Ports below are for the superuser, as a rule.
_FIRST_FREE_PORT: Final = 1024


@dataclass(frozen=True, slots=True)
class Door:
    """A place where the service listens: one address, which may stand for several sockets."""

    #: Of the trigger.
    name: str
    #: As it was asked for.
    address: Address
    sockets: tuple[socket.socket, ...]

    @property
    def bound(self) -> tuple[Address, ...]:
        """Where it really is: with numbers, and the port that was found free."""
        return tuple(Address(*each.getsockname()[:2]) for each in self.sockets)

    def listen(self) -> None:
        """Let clients connect. Raises `WorldError` if somebody else listens there by now."""
        for each in self.sockets:
            try:
                each.listen(_BACKLOG)
            except OSError as error:
                raise WorldError(_why_not(self.address, error)) from error

    def close(self) -> None:
        for each in self.sockets:
            each.close()


def open_doors(wanted: Mapping[str, Address], open_: Iterable[Door] = ()) -> dict[str, Door]:
    """A door for each name and address: one that is open already, or a new one, bound and not listening.

    Raises `WorldError` for an address that cannot be had; then nothing new is open.
    """
    known = {(door.name if not door.address.port else "", door.address): door for door in open_}
    doors: dict[str, Door] = {}
    with ExitStack() as opened:
        for name, address in wanted.items():
            # A free port is its trigger's for as long as the service runs.
            door = known.get((name if not address.port else "", address))
            sockets = bind(address) if door is None else door.sockets
            doors[name] = Door(name, address, sockets)
            if door is None:
                opened.callback(doors[name].close)
        opened.pop_all()
    return doors


def close_unused(doors: Iterable[Door], used: Iterable[Door]) -> None:
    """Close the doors whose sockets nobody uses."""
    kept = {each for door in used for each in door.sockets}
    for door in doors:
        if kept.isdisjoint(door.sockets):
            door.close()


def bind(address: Address) -> tuple[socket.socket, ...]:
    """Sockets that are bound to all that an address stands for. Raises `WorldError`."""
    bound: list[socket.socket] = []
    missing: OSError | None = None
    with ExitStack() as opened:
        for family, where in _numbers(address):
            try:
                found = _bind(family, where)
            except OSError as error:
                if error.errno not in _NOT_HERE:
                    raise WorldError(_why_not(address, error)) from error
                missing = error
                continue
            opened.callback(found.close)
            bound.append(found)
            if not address.port:
                break  # another socket would have another port
        if missing is not None and not bound:
            raise WorldError(_why_not(address, missing)) from missing
        opened.pop_all()
    return tuple(bound)


#: Of a name that stands for several addresses, as localhost does, a machine may have only some.
_NOT_HERE: Final = frozenset((errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT))


def _numbers(address: Address) -> list[tuple[int, Any]]:
    try:
        found = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        message = f"cannot listen on {address}: there is no host '{address.host}' ({reason})"
        raise WorldError(message) from error
    return list(dict.fromkeys((each[0], each[4]) for each in found))


def _bind(family: int, where: Any) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        # Connections of one who listened here before may still be closing.
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.setblocking(False)
        made.bind(where)
    except OSError:
        made.close()
        raise
    return made


def _why_not(address: Address, error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            why = "another program listens there. Hint: choose another port, as with --http :0"
        case errno.EADDRNOTAVAIL:
            why = "this machine has no such address. Hint: 0.0.0.0 stands for all that it has"
        case errno.EACCES if 0 < address.port < _FIRST_FREE_PORT:
            why = f"ports below {_FIRST_FREE_PORT} need the right to use them. Hint: choose a higher one"
        case _:
            why = os.strerror(error.errno) if error.errno else str(error)
    return f"cannot listen on {address}: {why}"
