"""Answers those who ask for the page to try an API. It may load what this server has, and nothing else."""

from __future__ import annotations

from typing import Final

from wasmflow.triggers.http.page import ASSETS, asset
from wasmflow.triggers.http.request import Request
from wasmflow.triggers.http.response import Response
from wasmflow.triggers.http.transaction import Handler

_HEADERS: Final = (
    (b"cache-control", b"no-cache"),
    (
        b"content-security-policy",
        b"default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    ),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)


def page_handlers() -> dict[str, Handler]:
    """By the keys of routes."""
    names = {"GET /": "index.html"} | {f"GET /page/{name}": name for name in ASSETS[1:]}
    return {key: _handler(name) for key, name in names.items()}


def _handler(name: str) -> Handler:
    content, content_type, etag = asset(name)
    headers = [(b"etag", etag.encode()), *_HEADERS]

    async def answer(request: Request) -> Response:
        if etag in (request.header(b"if-none-match") or ""):
            return Response(304, [*headers])
        return Response(200, [(b"content-type", content_type.encode()), *headers], content)

    return answer
