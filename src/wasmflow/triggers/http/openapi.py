"""The description of an API in OpenAPI 3.1, made of operations.

Pure, and made once: whoever serves it turns it into text. `description` writes each operation.
Source: https://spec.openapis.org/oas/v3.1.1.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import chain, count
from typing import Final

from wasmflow.codec.schema import Schema, Schemas
from wasmflow.triggers.http.description import Object, describe, problem_name, said
from wasmflow.triggers.http.operation import Operation

PROBLEM: Final = "application/problem+json"


@dataclass(frozen=True)
class ApiInfo:
    """What an API is called."""

    title: str
    description: str = ""
    version: str = "0"


def openapi(about: ApiInfo, operations: Sequence[Operation]) -> Object:
    """The document, a JSON value. Operations are told in their order."""
    schemas = Schemas("#/components/schemas/")
    problem = schemas.refer("problem", _PROBLEM)
    statuses = {status for operation in operations for status in _problems_of(operation)}
    schemes = {scheme for operation in operations for scheme in operation.auth}
    security = {name: {"type": "http", "scheme": name} for name in sorted(schemes)}
    paths = _paths(operations, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": about.title, **said(about.description), "version": about.version},
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.definitions.items())),
            "responses": {problem_name(each): _problem(each, problem) for each in sorted(statuses)},
            **({"securitySchemes": security} if security else {}),
        },
        "tags": [{"name": tag} for tag in dict.fromkeys(each.tag for each in operations) if tag],
    }


def _paths(operations: Sequence[Operation], schemas: Schemas) -> Object:
    paths: Object = {}
    names: set[str] = set()
    for operation in operations:
        name = _name(operation, names)
        names.add(name)
        described = describe(operation, schemas, _problems_of(operation))
        methods = paths.setdefault(operation.path.replace("*}", "}"), {})
        methods[operation.method.lower()] = {"operationId": name, **described}
    return paths


def _name(operation: Operation, taken: set[str]) -> str:
    """A name for the operation that none has yet."""
    name = "-".join(re.findall(r"[A-Za-z0-9]+", f"{operation.method.lower()} {operation.path}"))
    numbered = (f"{name}-{number}" for number in count(2))
    return next(each for each in chain([name], numbered) if each not in taken)


#: Statuses that any operation may answer with; 401 only where somebody is asked for who they are.
_ALWAYS: Final = frozenset({400, 404, 405, 408, 413, 415, 422, 429, 500, 503, 504})

_REASONS: Final = {
    400: "The request is not well-formed.",
    401: "The credentials are missing or wrong.",
    404: "There is nothing at this path.",
    405: "There is something at this path, but not by this method.",
    408: "The request took too long to come.",
    413: "The body is larger than the server takes.",
    415: "The body is of a type that is not read here.",
    422: "An input is missing, unknown or does not fit, or the component said no.",
    429: "Too many requests at one time.",
    500: "The component broke.",
    503: "The server is busy, or about to stop.",
    504: "The component took too long.",
}

_HEADERS: Final = {
    401: ("WWW-Authenticate", "How to say who asks.", "string"),
    405: ("Allow", "The methods that there are.", "string"),
    429: ("Retry-After", "Seconds after which to try again.", "integer"),
    503: ("Retry-After", "Seconds after which to try again.", "integer"),
}

_PROBLEM: Final[Schema] = {
    "description": "Why there is no answer (RFC 9457).",
    "type": "object",
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What is wrong, in a sentence."},
        "component": {"type": "string", "description": "The component that was asked."},
        "port": {"type": "string", "description": "The input that is wrong."},
        "origin": {"type": "string", "description": "The instance that failed, inside a flow."},
        "kind": {"enum": ["exception", "error"], "description": "It said no, or it broke."},
        "payload": {"description": "What an exception carries."},
        "limit": {"type": "string", "description": "The limit that an error comes from."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"port": {"type": "string"}, "detail": {"type": "string"}},
                "required": ["port", "detail"],
            },
            "description": "Every input that is wrong, with what is wrong with it.",
        },
        "also": {"type": "array", "description": "What else failed."},
        "trace": {"type": "string", "description": "Finds the request in logs and traces."},
    },
    "required": ["type", "title", "status"],
}


def _problems_of(operation: Operation) -> frozenset[int]:
    asks = {401} if operation.auth else set()
    return _ALWAYS | asks | {*operation.answer.exceptions.values()}


def _problem(status: int, schema: Schema) -> Object:
    response: Object = {
        "description": _REASONS.get(status) or f"The component said no: {_phrase(status)}.",
        "content": {PROBLEM: {"schema": schema}},
    }
    if status in _HEADERS:
        name, description, type_ = _HEADERS[status]
        response["headers"] = {name: {"description": description, "schema": {"type": type_}}}
    return response


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return str(status)
