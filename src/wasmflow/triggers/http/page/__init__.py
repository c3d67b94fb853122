"""The page to try an API: three files and an icon, as they are sent.

`index.html` belongs where `openapi.json` is, the others in `page/` beside it. They need nothing else, so
that whoever serves them may forbid everything but ``default-src 'self'``.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final, NamedTuple

_TYPES: Final = {
    "index.html": "text/html; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}

#: The names of all files.
ASSETS: Final = tuple(_TYPES)


class Asset(NamedTuple):
    """A file, as a response has it."""

    content: bytes
    content_type: str
    #: Changes with the content; in quotes, as the header has it.
    etag: str


@cache
def asset(name: str) -> Asset:
    """One of the files. Raises `KeyError` if there is none of this name."""
    content_type = _TYPES[name]
    content = files(__name__).joinpath(name).read_bytes()
    return Asset(content, content_type, f'"{sha256(content).hexdigest()[:16]}"')
