"""Addresses of collections and artifacts, parsed once into values.

Only files can be opened as yet; the other forms are recognised so that the message can say so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from wasmflow.errors import UsageError

_SCHEME = re.compile(r"^(?P<scheme>[a-z][a-z0-9+.-]+)://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FileReference:
    """A file, with the text that named it for messages."""

    path: Path
    text: str

    def __str__(self) -> str:
        return self.text


def parse_reference(text: str, *, relative_to: Path | None = None) -> FileReference:
    """The address that `text` spells; relative files are taken from `relative_to`.

    Raises `UsageError` for what is no address, or one of a kind that cannot be opened.
    """
    if not text or "\0" in text:
        raise UsageError(f"{text!r} is not a file name")
    if match := _SCHEME.match(text):
        raise UsageError(f"'{text}' is an address ({match['scheme']}); only files can be opened")
    path = _expanded(text) if relative_to is None else relative_to / text
    return FileReference(path, text)


def _expanded(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:
        name = text.partition("/")[0]
        message = f"'{name}' is nobody's home folder. Hint: a file of that name is './{text}'"
        raise UsageError(message) from None
