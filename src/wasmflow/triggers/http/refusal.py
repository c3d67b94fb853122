"""The answer to a connection on which no application is asked: the last that is written on it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from wasmflow.triggers.http.headers import complete
from wasmflow.triggers.http.problems import (
    CONTENT_TYPE,
    RETRY_AFTER,
    Refused,
    problem_document,
)
from wasmflow.triggers.http.response import Headers
from wasmflow.triggers.http.writing import last

#: What is said where an error has left the application.
BUG: Final = "a bug in the server"
#: What is said where a request is cancelled that nobody has begun to answer.
STOPS: Final = "the server stops"
#: What is said where a connection is one too many.
CROWDED: Final = "there are too many connections"


def refusal(status: int, detail: str, defaults: Headers, constant: Headers) -> bytes:
    """A problem document as it is sent, with the headers that all answers have: those of any server, and
    the constant ones of this."""
    document = problem_document(Refused(status, detail))
    own = [*defaults, (b"content-type", CONTENT_TYPE)]
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        own.append((b"retry-after", b"%d" % RETRY_AFTER))
    return last(status, complete(own, constant), document)
