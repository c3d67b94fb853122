"""The page to try an API: a page, its style, its script in several modules, as they are sent.

`index.html` belongs where `openapi.json` is, the others in `page/` beside it. They need nothing else, so
that whoever serves them may forbid everything but ``default-src 'self'``.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import PurePath
from typing import Final, NamedTuple

_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}

#: The names of all files.
ASSETS: Final = (
    "index.html",
    "page.css",
    "icon.svg",
    "answer.js",
    "controls.js",
    "elements.js",
    "field.js",
    "json.js",
    "operations.js",
    "packets.js",
    "page.js",
    "question.js",
    "view.js",
)


class Asset(NamedTuple):
    """A file, as a response has it."""

    content: bytes
    content_type: str
    #: Changes with the content; in quotes, as the header has it.
    etag: str


@cache
def asset(name: str) -> Asset:
    """One of the files. Raises `KeyError` if there is none of this name."""
    if name not in ASSETS:
        raise KeyError(name)
    content = files(__name__).joinpath(name).read_bytes()
    return Asset(content, _TYPES[PurePath(name).suffix], f'"{sha256(content).hexdigest()[:16]}"')
