"""Text as people can write it into YAML, so that the same text is read back.

Whoever tells people what to write, or writes it for them, spells names and paths with it. Reading is
`manifest.yaml`'s.
"""

from __future__ import annotations

import re
from typing import Final

#: What no reader takes for anything but text, wherever it stands.
_PLAIN: Final = re.compile(r"(?:\.{0,2}/[\w.+-]*|[A-Za-z_][\w.+-]*)(?:/[\w.+-]+)*/?", re.ASCII)
#: What readers of one version or another take for true, false or null.
_WORDS: Final = frozenset(("", "null", "true", "false", "yes", "no", "on", "off", "y", "n"))
#: What cannot stand between double quotes as it is.
_UNSAFE: Final = re.compile('["\\\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]')


def yaml_text(text: str) -> str:
    """The text itself where that is safe, else in double quotes."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return f'"{_UNSAFE.sub(_escaped, text)}"'


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    return f"\\{character}" if character in '"\\' else f"\\u{ord(character):04x}"
