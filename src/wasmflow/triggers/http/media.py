"""The content types of files by their names: the same on every machine."""

from __future__ import annotations

from mimetypes import MimeTypes
from pathlib import PurePosixPath
from typing import Final

_KNOWN: Final = MimeTypes()  # without the files of the system
for _suffix, _type in {
    ".avif": "image/avif",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".map": "application/json",
    ".md": "text/markdown",
    ".mjs": "text/javascript",
    ".otf": "font/otf",
    ".rss": "application/rss+xml",
    ".toml": "application/toml",
    ".ttf": "font/ttf",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}.items():
    _KNOWN.add_type(_type, _suffix)

#: Of what is compressed as a whole, such as ``.tar.gz``, which is sent as it is.
_COMPRESSED: Final = "application/octet-stream"


def content_type(name: str) -> bytes:
    """Of a file by its name; text is in UTF-8. Of what is not known, bytes."""
    suffix = PurePosixPath(name).suffix.lower()
    found, encoding = _KNOWN.guess_type(f"file{suffix}", strict=True)
    if found is None or encoding is not None:
        return _COMPRESSED.encode()
    return f"{found}; charset=utf-8".encode() if found.startswith("text/") else found.encode()
