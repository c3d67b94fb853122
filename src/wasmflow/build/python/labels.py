"""Names in Python to names in WIT, which knows lower-case ASCII words with hyphens between."""

from __future__ import annotations

import re
from typing import Final

from wasmflow.types.wit import is_identifier, kebab

#: Names that componentize-py's bindings need for themselves, where they write a type's name.
RESERVED: Final = frozenset(
    """
    any callable enum err false flag generic list none ok optional protocol result self some
    traceback-type true tuple type-var union
    """.split()  # noqa: SIM905  # a list of them would fill the page
)

#: Characters of a name. Components with longer ones are not opened.
LONGEST: Final = 200
_SPEAKABLE: Final = re.compile(r"[A-Za-z][A-Za-z0-9 _-]*")


def label(name: str) -> str | None:
    """The WIT name of a Python name: `firstName`, `first_name`, `class_` → `first-name`, `class`.

    ``None`` if WIT has no letters for it, or it is too long; `why_no_label` says which.
    """
    words = name.strip("_")
    possible = words and words.isascii() and len(name) <= LONGEST
    return kebab(words).lower() if possible else None


def why_no_label(name: str) -> tuple[str, str]:
    """What is wrong with a Python name that has no WIT name, and what to do."""
    if len(name) > LONGEST:
        return f"'{name[:40]}…' is too long for a name in WIT", f"use at most {LONGEST} characters"
    return f"'{name}' has letters that names in WIT cannot have", "write it with a–z, 0–9 and _"


def text_label(text: str) -> str | None:
    """The WIT name of the text of a `Literal`: itself if it can be one, else its words.

    ``None`` where too little of the text would be left.
    """
    if is_identifier(text):
        return text
    return kebab(text).lower() if _SPEAKABLE.fullmatch(text) else None


def camel(name: str) -> str:
    """The name of the class that the bindings have for a type."""
    return "".join(word.capitalize() for word in name.split("-"))


def snake(name: str) -> str:
    """A WIT name as a Python name."""
    return name.replace("-", "_")
