"""An answer as it is written on a connection, where all of it is there: in one piece.

uvicorn writes the others; it looks at each header by itself, and takes two messages for each answer.
"""

from __future__ import annotations

import re
from typing import Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from wasmflow.triggers.http.response import Headers

#: Statuses that have no body, and so no length.
BODILESS: Final = frozenset((204, 304))

#: Lines of headers that say nothing of the connection or of the body's length.
_USUAL: Final = re.compile(
    rb"(?:(?!connection:|content-length:|transfer-encoding:)"
    rb"[!#$%&'*+.^_`|~0-9a-z-]+: [^\x00-\x08\x0a-\x1f\x7f]*\r\n)*"
)


def usual(status: int, headers: Headers, body: bytes) -> bytes | None:
    """An answer that leaves the connection as it is; ``None`` for one that is not that simple."""
    lines = _lines(headers)
    whole = lines.count(b"\n") == len(headers)  # no value is one header and the next
    if status in BODILESS or not whole or _USUAL.fullmatch(lines) is None:
        return None
    return _piece(status, lines, body)


def last(status: int, headers: Headers, body: bytes) -> bytes:
    """The last answer on a connection, whose headers are ours."""
    return _piece(status, _lines([*headers, (b"connection", b"close")]), body)


def _lines(headers: Headers) -> bytes:
    return b"".join([b"%b: %b\r\n" % header for header in headers])


def _piece(status: int, lines: bytes, body: bytes) -> bytes:
    return b"%b%bcontent-length: %d\r\n\r\n%b" % (STATUS_LINE[status], lines, len(body), body)
