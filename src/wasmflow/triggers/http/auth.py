"""Who may ask: names with passwords (RFC 7617) and tokens (RFC 6750).

Secrets are compared by digests with a key that is drawn when the process starts, in a time that says
nothing of them; hashed passwords outside the event loop, one at a time.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from wasmflow.manifest import tree
from wasmflow.manifest.specs.triggers.http import AuthBlock
from wasmflow.manifest.triggers import Trigger
from wasmflow.problem import Problem
from wasmflow.triggers.http.passwords import PREFIX, PasswordHash, has_control, parse_hash
from wasmflow.triggers.http.problems import Refused
from wasmflow.triggers.http.request import Request
from wasmflow.triggers.http.response import Response

_KEY: Final = os.urandom(32)
#: Requests that wait for a hash to be compared: some seconds of work.
MOST_WAITING: Final = 16


def digest(secret: str) -> bytes:
    """What a secret is compared by."""
    return hashlib.blake2b(secret.encode("utf-8", "surrogatepass"), key=_KEY).digest()


@dataclass
class _User:
    """What a user's password is compared with."""

    #: Of the password; of a hashed one, once it was right.
    digest: bytes = b""
    hash: PasswordHash | None = None


class Hashing:
    """Compares hashes of passwords, one at a time, on a thread of its own.

    So wrong passwords take one processor and the memory for one comparison at most, and nobody waits
    behind them for long; whoever has been let in before does not wait at all.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "passwords")
        self._turn = asyncio.Lock()
        self._waiting = 0

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def fits(self, password: str, user: _User) -> bool:
        """Whether it is the user's, who is known by it from then on. Raises `Refused` if too many wait."""
        if self._waiting >= MOST_WAITING:
            later = [(b"retry-after", b"5")]
            raise Refused(503, "too many passwords wait to be compared", headers=later)
        self._waiting += 1
        try:
            async with self._turn:
                return await self._compare(password, user)
        finally:
            self._waiting -= 1

    async def _compare(self, password: str, user: _User) -> bool:
        given = digest(password)
        # A browser asks for much at once with one password: the first turn may have found it right.
        if hmac.compare_digest(given, user.digest):
            return True
        if user.hash is None:
            return False
        loop = asyncio.get_running_loop()
        if not await loop.run_in_executor(self._thread, user.hash.fits, password):
            return False
        user.digest = given
        return True


class Auth:
    """Those who may ask one route."""

    def __init__(self, block: AuthBlock, hashing: Hashing) -> None:
        self._hashing = hashing
        self._users = {name: _user(secret) for name, secret in block.basic.items()}
        self._tokens = [(digest(token), name) for name, token in block.bearer.items()]
        hashed = [user.hash for user in self._users.values() if user.hash]
        # Names that there are not must take as long as others.
        self._nobody = _User(hash=_like(hashed[0]) if hashed else None)
        realm = block.realm.replace("\\", "\\\\").replace('"', '\\"').encode()
        self._asks: list[tuple[bytes, bytes]] = []
        if block.basic:
            value = b'Basic realm="%s", charset="UTF-8"' % realm
            self._asks.append((b"www-authenticate", value))
        if block.bearer:
            self._asks.append((b"www-authenticate", b'Bearer realm="%s"' % realm))

    async def guard(self, request: Request) -> Response | None:
        """Have the request say who asks. Raises `Refused` for everybody else."""
        kind, _, said = (request.header(b"authorization") or "").partition(" ")
        name = ""
        if kind.lower() == "basic":
            name = await self._by_password(said.strip())
        elif kind.lower() == "bearer":
            name = self._by_token(said.strip())
        if not name:
            raise Refused(401, _reason(kind), headers=self._asks)
        request.user = name
        return None

    async def _by_password(self, said: str) -> str:
        """The name of the user whose name and password these are; empty if they are nobody's."""
        try:
            name, colon, password = b64decode(said, validate=True).decode().partition(":")
        except ValueError:
            return ""
        user = self._users.get(name, self._nobody)
        fits = await self._fits(user, password)
        return name if fits and colon and user is not self._nobody else ""

    async def _fits(self, user: _User, password: str) -> bool:
        if hmac.compare_digest(digest(password), user.digest):
            return True
        return user.hash is not None and await self._hashing.fits(password, user)

    def _by_token(self, said: str) -> str:
        given, found = digest(said), ""
        for known, name in self._tokens:
            if hmac.compare_digest(given, known):
                found = name
        return found


def _user(secret: str) -> _User:
    known = parse_hash(secret)
    return _User(hash=known) if known else _User(digest(secret))


def _like(known: PasswordHash) -> PasswordHash:
    """A hash of no password that costs as much."""
    return PasswordHash(known.n, known.r, known.p, os.urandom(16), os.urandom(32))


def _reason(kind: str) -> str:
    if kind.lower() in ("basic", "bearer"):
        return "who asks is not known here, or with another secret"
    return "say who asks, in the header authorization"


def auth_kinds(block: AuthBlock | None) -> tuple[str, ...]:
    """The ways to say who asks; none where anybody may."""
    if block is None:
        return ()
    return tuple(kind for kind in ("basic", "bearer") if getattr(block, kind))


# --- whether it can be ------------------------------------------------------------------------

#: Characters of a secret below which it can be found by trying. Of passwords less is asked.
_SHORT: Final = {"basic": 8, "bearer": 16}


def check_auth(block: AuthBlock, trigger: Trigger, *path: str) -> Iterator[Problem]:
    """What is wrong with a block that stands under these keys of a trigger."""
    if not block.basic and not block.bearer:
        hint = "write basic: {NAME: PASSWORD} or bearer: {NAME: TOKEN}"
        yield Problem("nobody may ask", hint, trigger.at(*path))
    if any(not each.isprintable() for each in block.realm):
        yield Problem("the realm has characters that no header can have", "", trigger.at(*path))
    for kind, secrets in (("basic", block.basic), ("bearer", block.bearer)):
        for name, secret in secrets.items():
            place = trigger.at(*path, kind, name)
            if not name or not name.isprintable() or (":" in name and kind == "basic"):
                yield Problem(f"'{name}' cannot be the name of a user", "", place)
            for message, hint, warning in _of_secret(kind, secret):
                yield Problem(f"{message} '{name}'", hint, place, warning=warning)
            if secret and not secret.startswith(PREFIX) and _is_literal(trigger, *path, kind, name):
                message = f"the secret of '{name}' stands in the manifest"
                yield Problem(message, _KEEP[kind], place, warning=True)


_KEEP: Final[Mapping[str, str]] = {
    "basic": "write a variable, as ${PASSWORD}, or what `wasmflow hash` makes of it",
    "bearer": "write a variable, as ${TOKEN}",
}


#: RFC 6750 has fewer; what clients send in practice is read.
_TOKEN: Final = re.compile(r"[!-~]+")


def _of_secret(kind: str, secret: str) -> Iterator[tuple[str, str, bool]]:
    """What is wrong with one: a message, a hint, and whether it is only a warning."""
    if not secret:
        yield "there is no secret for", "a variable that it stands for may be empty", False
    elif kind == "bearer" and not _TOKEN.fullmatch(secret):
        yield "this has characters that no token has, as that of", "see RFC 6750", False
    elif kind == "basic" and has_control(secret):
        yield (
            "this has control characters, which no password has, as that of",
            "see RFC 7617",
            False,
        )
    elif not secret.startswith(PREFIX):
        if len(secret) < _SHORT[kind]:
            yield "this is a short secret for", f"take {_SHORT[kind]} characters or more", True
    elif kind == "bearer":
        yield "tokens are not hashed, as that of", "write a variable for the token", False
    elif parse_hash(secret) is None:
        yield "this is no hash that can be compared, for", "make one with `wasmflow hash`", False


def _is_literal(trigger: Trigger, *path: str) -> bool:
    """Whether a text stands in the manifest as it is, without variables."""
    node = trigger.written
    for step in path:
        node = tree.get(node, step)
    return isinstance(node, tree.Scalar) and "$" not in node.raw
