"""What a docstring says of a function and of its parameters, in the styles that people use.

Google (``Args:``), Sphinx (``:param name:``) and NumPy (``Parameters`` above dashes). A docstring in
another style is all description.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final


@dataclass(frozen=True)
class Docs:
    """What is said of a function."""

    description: str = ""
    #: By the names of parameters in Python.
    parameters: Mapping[str, str] = field(default_factory=dict)
    returns: str = ""


_PARAMETERS: Final = frozenset({"args", "arguments", "parameters", "params", "other parameters"})
_RETURNS: Final = frozenset({"returns", "return"})
#: Sections that say nothing about ports; what they say is left out.
_OTHERS: Final = frozenset(
    {"raises", "yields", "examples", "example", "notes", "note", "see also", "warns", "references"}
)
_SECTIONS: Final = _PARAMETERS | _RETURNS | _OTHERS

_GOOGLE_HEAD: Final = re.compile(r"([A-Z][A-Za-z ]*):\s*")
_RULE: Final = re.compile(r"-{3,}\s*")
#: ``name (type): text`` and ``name: text``
_GOOGLE_ITEM: Final = re.compile(r"\*{0,2}(\w+)\s*(?:\([^)]*\))?\s*:\s*(.*)")
#: ``name : type`` and ``first, second : type``
_NUMPY_ITEM: Final = re.compile(r"(\w+(?:\s*,\s*\w+)*)\s*(?::.*)?")
_SPHINX_ITEM: Final = re.compile(
    r":(?:param|parameter|arg|argument|key|keyword)\s+(?:[^:\s]+\s+)*?(\w+)\s*:\s*(.*)"
)
_SPHINX_RETURNS: Final = re.compile(r":returns?:\s*(.*)")
_SPHINX_OTHER: Final = re.compile(r":\w+[^:]*:")


def read_docstring(text: str | None) -> Docs:
    """What a docstring says; nothing if there is none."""
    lines = inspect.cleandoc(text or "").splitlines()
    if any(_SPHINX_ITEM.match(line) or _SPHINX_RETURNS.match(line) for line in lines):
        return _sphinx(lines)
    description: list[str] = []
    parameters: dict[str, str] = {}
    returns = ""
    for title, body in _sections(lines):
        if title in _PARAMETERS:
            parameters |= _items(body)
        elif title in _RETURNS:
            returns = _joined(body)
        elif not title:
            description += body
    return Docs("\n".join(description).strip(), parameters, returns)


def _sections(lines: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """The parts of a docstring with their titles in lower case; what comes first has none."""
    title, body = "", list[str]()
    skip = False
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if skip:
            skip = False
        elif head := _head(line, following):
            yield title, body
            title, body = head, []
            skip = _RULE.fullmatch(following) is not None
        elif title and line and not line[0].isspace() and not _is_numpy(lines, title):
            yield title, body
            title, body = "", [line]
        else:
            body.append(line)
    yield title, body


def _head(line: str, following: str) -> str:
    """The title of a section that begins here, in lower case; empty if none does."""
    if _RULE.fullmatch(following) and line.strip().lower() in _SECTIONS:
        return line.strip().lower()
    google = _GOOGLE_HEAD.fullmatch(line)
    return google[1].lower() if google and google[1].lower() in _SECTIONS else ""


def _is_numpy(lines: Sequence[str], title: str) -> bool:
    """Whether the section is in NumPy's style, which does not indent items."""
    return any(
        line.strip().lower() == title and _RULE.fullmatch(following)
        for line, following in pairwise(lines)
    )


def _items(body: Sequence[str]) -> dict[str, str]:
    """The items of a list of parameters: each begins at the least indentation."""
    filled = [line for line in body if line.strip()]
    margin = min((_indentation(line) for line in filled), default=0)
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in filled:
        if _indentation(line) > margin:
            current.append(line)
        elif google := _GOOGLE_ITEM.fullmatch(line.strip()):
            current = found.setdefault(google[1], [google[2]])
        elif numpy := _NUMPY_ITEM.fullmatch(line.strip()):
            current = []
            found |= dict.fromkeys(re.split(r"\s*,\s*", numpy[1]), current)
    return {name: _joined(texts) for name, texts in found.items()}


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())


def _joined(lines: Sequence[str]) -> str:
    return " ".join(line.strip() for line in lines if line.strip())


def _sphinx(lines: Sequence[str]) -> Docs:
    description: list[str] = []
    parameters: dict[str, list[str]] = {}
    returns: list[str] = []
    current = description
    for line in lines:
        if item := _SPHINX_ITEM.match(line):
            current = parameters.setdefault(item[1], [])
            current.append(item[2])
        elif result := _SPHINX_RETURNS.match(line):
            current = returns
            current.append(result[1])
        elif _SPHINX_OTHER.match(line):
            current = []
        else:
            current.append(line)
    told = {name: _joined(texts) for name, texts in parameters.items()}
    return Docs("\n".join(description).strip(), told, _joined(returns))
