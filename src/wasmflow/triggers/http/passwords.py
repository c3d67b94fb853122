"""Passwords as a manifest may hold them: made of scrypt, so that whoever reads one does not know the
password. `wasmflow hash` makes them, `auth` compares.

A hash is ``scrypt:N:R:P:SALT:KEY`` with salt and key in base64 for URLs. Nothing in it has to be quoted
or escaped, neither in YAML and variables nor in a shell.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Final

PREFIX: Final = "scrypt:"
#: OWASP's choice with the least memory but one: 16 MiB, and some 0.2 s on a processor of 2020.
_N, _R, _P = 1 << 14, 8, 5
#: Bytes that one comparison may take: a manifest must not be able to stop its server.
_MOST_MEMORY: Final = 128 << 20
#: What no password has that HTTP can carry (RFC 7617). scrypt takes one that ends with NUL for the one
#: without it, as it does with every key that is shorter than a block of its hash.
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_HASH: Final = re.compile(
    r"scrypt:([0-9]{1,8}):([0-9]{1,3}):([0-9]{1,3}):([\w-]{8,128}):([\w-]{16,128})", re.ASCII
)


@dataclass(frozen=True, slots=True)
class PasswordHash:
    """What is known of a password."""

    n: int
    r: int
    p: int
    salt: bytes
    key: bytes

    def __str__(self) -> str:
        return f"{PREFIX}{self.n}:{self.r}:{self.p}:{_text(self.salt)}:{_text(self.key)}"

    def fits(self, password: str) -> bool:
        """Whether it is of this password. Takes a processor for tenths of a second."""
        if has_control(password):
            return False
        found = _derived(password, self.n, self.r, self.p, self.salt, len(self.key))
        return hmac.compare_digest(found, self.key)


def has_control(password: str) -> bool:
    """Whether it has control characters, so that nobody can be let in by it."""
    return _CONTROL.search(password) is not None


def hash_password(password: str) -> PasswordHash:
    """A new hash, different each time, of a password without control characters."""
    salt = os.urandom(16)
    return PasswordHash(_N, _R, _P, salt, _derived(password, _N, _R, _P, salt, 32))


def parse_hash(text: str) -> PasswordHash | None:
    """The hash that a text is; ``None`` if it is none, or one that costs too much."""
    found = _HASH.fullmatch(text)
    if found is None:
        return None
    n, r, p = map(int, found.groups()[:3])
    is_power = n > 1 and n & (n - 1) == 0
    if not is_power or not r or not p or 128 * n * r * p > _MOST_MEMORY:
        return None
    try:
        return PasswordHash(n, r, p, _bytes(found[4]), _bytes(found[5]))
    except ValueError:
        return None


def _derived(password: str, n: int, r: int, p: int, salt: bytes, length: int) -> bytes:
    return hashlib.scrypt(
        password.encode(), salt=salt, n=n, r=r, p=p, maxmem=2 * _MOST_MEMORY, dklen=length
    )


def _text(part: bytes) -> str:
    return urlsafe_b64encode(part).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
