"""One way to ask a component over HTTP, as data: what `openapi` describes.

Made of routes by whoever answers them. Nothing here knows requests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from wasmflow.component import Signature


class Part(Enum):
    """Where in a request the value of an input stands. The first four are parameters."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    COOKIE = "cookie"
    #: A member of the object, or a field of the form, that is the body.
    FIELD = "field"
    #: The body as a whole.
    BODY = "body"


class Source(NamedTuple):
    """What of a request goes to an input."""

    part: Part
    #: Of the parameter or field; empty for the body.
    name: str = ""


@dataclass(frozen=True)
class Answer:
    """What of a component's outputs becomes what of the response."""

    #: ``None`` where an output says it.
    status: int | None = 200
    #: The output that is the body by itself; without one, the body is the object of the outputs.
    body: str | None = None
    #: Outputs that are the status or headers, and so not in the body.
    aside: frozenset[str] = frozenset()
    #: The content type, where the type of the body does not say it.
    type: str = ""
    #: The status for an exception with this case as its payload.
    exceptions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """A method of a path."""

    method: str
    #: With parameters as ``{name}``.
    path: str
    signature: Signature
    #: By input ports. What stands in no part of the request by itself, or is constant, is not here.
    inputs: Mapping[str, Source]
    answer: Answer = Answer()
    #: In place of the component's.
    description: str = ""
    #: ``basic``, ``bearer``: one of these is asked for.
    auth: tuple[str, ...] = ()
    #: What it is listed under.
    tag: str = ""
    #: Whether a field of a form that is no input is a mistake.
    strict: bool = True
