"""What pages of other origins may ask for. Source: https://fetch.spec.whatwg.org/#http-cors-protocol"""

from __future__ import annotations

from wasmflow.triggers.http.request import Request
from wasmflow.triggers.http.response import Headers


class Cors:
    """The rules of one route."""

    def headers(self, request: Request) -> Headers:
        """What every answer says to a page of another origin."""
        return ()
