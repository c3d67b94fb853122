"""Whether a client has a file already, and which part of it is wanted. Pure.

Source: RFC 9110, sections 13 and 14, https://www.rfc-editor.org/rfc/rfc9110
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime
from typing import Final

from wasmflow.triggers.http.problems import Refused
from wasmflow.triggers.http.request import Request

_TAG: Final = re.compile(r'(?:W/)?("[^"]*")')
_RANGE: Final = re.compile(r"bytes=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*")


@dataclass(frozen=True, slots=True)
class Validators:
    """What tells one state of a file from another."""

    #: Strong, with its quotes.
    tag: str
    #: Whole seconds since 1970.
    modified: int

    @property
    def date(self) -> str:
        return formatdate(self.modified, usegmt=True)


def unmet(request: Request, validators: Validators) -> int | None:
    """The status for a condition that is not met: 304 or 412. ``None`` if the file is to be sent."""
    if _has_changed(request, validators):
        return 412
    if (none_match := request.header(b"if-none-match")) is not None:
        had = none_match.strip() == "*" or validators.tag in _TAG.findall(none_match)
        return 304 if had else None
    date = _seconds(request.header(b"if-modified-since"))
    return 304 if date is not None and validators.modified <= date else None


def _has_changed(request: Request, validators: Validators) -> bool:
    """Whether the file is not any more what a client takes it for, if it says so."""
    match = request.header(b"if-match")
    if match is not None:
        return match.strip() != "*" and validators.tag not in _strong_tags(match)
    date = _seconds(request.header(b"if-unmodified-since"))
    return date is not None and validators.modified > date


def _strong_tags(header: str) -> list[str]:
    return [found[1] for found in _TAG.finditer(header) if not found[0].startswith("W/")]


def _seconds(date: str | None) -> float | None:
    """``None`` for what is no date, which is ignored."""
    if date is None:
        return None
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError, TypeError):
        return None


def wanted_range(request: Request, size: int, validators: Validators) -> range | None:
    """The bytes that are wanted of so many; ``None`` for all.

    Several ranges at once are answered with everything, as RFC 9110 allows: no player or downloader
    asks for them, and they cost more than they save. Raises `Refused` for one beyond the end.
    """
    said = request.header(b"range")
    found = _RANGE.fullmatch(said) if said and request.method == "GET" else None
    if found is None or found[1] == found[2] == "" or not _still(request, validators):
        return None
    if found[1] and found[2] and int(found[1]) > int(found[2]):
        return None
    first, last = _bounds(found[1], found[2], size)
    if first >= size:
        outside = [(b"content-range", b"bytes */%d" % size)]
        raise Refused(416, f"the file has {size:,} bytes, none of them asked for", headers=outside)
    return range(first, last + 1)


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """The numbers of the first and the last byte. Without a first, the last ones are counted."""
    if not first:
        count = min(int(last), size)
        return size - count, size - 1
    return int(first), min(int(last), size - 1) if last else size - 1


def _still(request: Request, validators: Validators) -> bool:
    """Whether the file is the one of which the client has a part already."""
    expected = request.header(b"if-range")
    return expected is None or expected.strip() in (validators.tag, validators.date)
