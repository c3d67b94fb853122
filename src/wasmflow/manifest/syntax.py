"""The YAML parser's complaints in plain words; above all that a connection needs quotes around it.

A file with a syntax error has no tree, so only what is wrong with its syntax can be said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, NamedTuple

import yaml

from wasmflow.manifest.tree import excerpt
from wasmflow.problem import Place, Problem

#: Connections to look at and to report: a file with more has the wrong form throughout.
MAX_CANDIDATES: Final = 10_000
MAX_REPORTED: Final = 100

_ITEM = re.compile(r" *- +")
#: How the connections begin that YAML takes for something else than text.
_SUSPECTS: Final = tuple("\"'[{@`%&*!|>?")
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Meaning(NamedTuple):
    """What one of the parser's complaints means to the author."""

    complaint: str
    message: str
    hint: str
    #: Whether the mistake is where the construct begins rather than where the parser gave up.
    at_start: bool = False


_QUOTES = "put quotes around it if it is text"
_INDENT = "check the indentation, and put quotes around text that begins with a quote, '[' or '{'"
_MEANINGS: Final = tuple(
    _Meaning(*each)
    for each in (
        ("tab character", "a tab cannot indent", "indent with spaces"),
        ("mapping values", "a ':' cannot stand here", "put quotes around text that contains ': '"),
        ("quoted scalar.*end of stream", "this quote is never closed", "close it", True),
        ("quoted scalar.*document", "this quote is never closed", "close it", True),
        ("escape", "there is no such escape", r"write \\ for a backslash, or use single quotes"),
        ("flow sequence", "a ',' or the ']' of this list is missing", "close the list", True),
        ("flow mapping", "a ',' or the '}' of this mapping is missing", "close the mapping", True),
        ("block collection", "this does not belong to the list above", _INDENT),
        ("block mapping", "this does not belong to the mapping above", _INDENT),
        ("simple key", "a ':' is missing after this key", "write key: value", True),
        ("sequence entries", "a list cannot begin here", "begin it on a line of its own"),
        ("node content", "a value is missing here", _QUOTES),
        ("block scalar", "text after '|' or '>' begins on the next line", _QUOTES),
        ("directive", "a line that begins with '%' is no part of a manifest", _QUOTES),
        ("incompatible YAML", "manifests are YAML 1.2", "leave the %YAML line out"),
        ("anchor|alias|tag", "'&', '*' and '!' begin something else than text", _QUOTES),
        ("document start", "what follows does not belong to the document", _INDENT),
    )
)


def syntax_problems(error: yaml.YAMLError, text: str, file: str) -> list[Problem]:
    """What is wrong with a text that the parser refused with `error`: at least one problem."""
    candidates = islice(_connections(text, file), MAX_CANDIDATES)
    unreadable = (_quotes_needed(*each) for each in candidates if not _stands_alone(each[1]))
    problems = list(islice(unreadable, MAX_REPORTED))
    complaint = _translate(error, text, file)
    if all(problem.place.line != complaint.place.line for problem in problems):
        problems.append(complaint)
    return problems


def quoted(text: str) -> str:
    """`text` in single quotes, as YAML wants them."""
    return "'" + text.replace("'", "''") + "'"


def _connections(text: str, file: str) -> Iterator[tuple[Place, str]]:
    """The connections that may need quotes, each with its place."""
    for number, line in enumerate(text.split("\n"), 1):
        arrow = line.rfind("->")
        dash = _ITEM.match(line) if arrow >= 0 else None
        if dash is None:
            continue
        comment = line.find(" #", arrow)
        connection = line[dash.end() : comment if comment >= 0 else None].rstrip()
        if connection.startswith(_SUSPECTS) or ": " in connection:
            yield Place(file, number, dash.end() + 1), connection


def _stands_alone(text: str) -> bool:
    """Whether YAML can read the text by itself."""
    try:
        return sum(1 for _ in yaml.parse(text, Loader=_LOADER)) > 0
    except yaml.YAMLError:
        return False


def _quotes_needed(place: Place, text: str) -> Problem:
    hint = f"put quotes around the whole connection: - {quoted(excerpt(text))}"
    return Problem("YAML cannot read this connection without quotes", hint, place)


def _translate(error: Any, text: str, file: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return Problem(f"this is not YAML: {error}", place=Place(file))
    complaint = f"{error.context or ''} {error.problem or ''}"
    if "cannot start any token" in complaint:
        return _bad_start(text[mark.index : mark.index + 1], _place(mark, file))
    start = getattr(error, "context_mark", None) or mark
    if re.search("flow (sequence|mapping)", complaint) and start.line == mark.line:
        hint = "put quotes around text with brackets, braces or commas in it"
        return Problem("a ',' is missing before this, or the end", hint, _place(mark, file))
    for meaning in _MEANINGS:
        if re.search(meaning.complaint, complaint):
            place = _place(start if meaning.at_start else mark, file)
            return Problem(meaning.message, meaning.hint, place)
    return Problem(f"this is not YAML: {error.problem}", "", _place(mark, file))


def _bad_start(character: str, place: Place) -> Problem:
    if character == "\t":
        return Problem("a tab cannot indent", "indent with spaces", place)
    return Problem(f"a value cannot begin with '{character}'", _QUOTES, place)


def _place(mark: Any, file: str) -> Place:
    return Place(file, mark.line + 1, mark.column + 1)
