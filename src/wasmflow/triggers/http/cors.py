"""What pages of other origins may ask for. Source: https://fetch.spec.whatwg.org/#http-cors-protocol"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from msgspec import UNSET, UnsetType

from wasmflow.manifest.specs.triggers.http import CorsBlock
from wasmflow.problem import Place, Problem
from wasmflow.triggers.http.guards import Guard
from wasmflow.triggers.http.problems import Refused
from wasmflow.triggers.http.request import Request
from wasmflow.triggers.http.response import Headers, Response

ALL: Final = "*"
#: Those that a browser leaves out of an origin.
_PORTS: Final = {"http": ":80", "https": ":443"}


class Cors:
    """The rules of one route."""

    def __init__(self, block: CorsBlock) -> None:
        self._all = ALL in block.origins
        self._origins = frozenset(map(_normal, block.origins))
        self._credentials = block.credentials
        self._methods = _listed(block.methods, str.upper)
        self._headers = _listed(block.headers, str.lower)
        self._max_age = b"%d" % block.max_age
        self._expose = ", ".join(block.expose).encode()

    def allows(self, origin: str) -> bool:
        """Whether pages of this origin may ask."""
        return self._all or _normal(origin) in self._origins

    def finish(self, request: Request, response: Response) -> None:
        """Have an answer say who may read it, in place of whatever it says of that itself."""
        said = [each for each in response.headers if not each[0].startswith(b"access-control-")]
        response.headers[:] = [*said, *self._origin_headers(request)]
        if self._expose:
            response.headers.append((b"access-control-expose-headers", self._expose))

    def _origin_headers(self, request: Request) -> Iterator[tuple[bytes, bytes]]:
        if self._all:
            yield b"access-control-allow-origin", b"*"
            return
        # Also of what other origins get: a cache must not give them what one was told.
        yield b"vary", b"origin"
        origin = request.header(b"origin")
        if origin is not None and self.allows(origin):
            yield b"access-control-allow-origin", origin.encode("latin-1")
            if self._credentials:
                yield b"access-control-allow-credentials", b"true"

    async def preflight(self, request: Request) -> Response:
        """What a browser asks before it sends the request of a page. Raises `Refused`."""
        origin = request.header(b"origin") or ""
        method = request.header(b"access-control-request-method") or ""
        headers = _names(request.header(b"access-control-request-headers") or "")
        if not self.allows(origin):
            raise _refused(f"pages of {origin}")
        if self._methods is not None and method not in self._methods:
            raise _refused(f"requests of pages with the method {method}")
        for name in headers:
            if self._headers is not None and name not in self._headers:
                raise _refused(f"requests of pages with the header {name}")
        return Response(204, [*self._granted(request, method, headers)])

    def _granted(
        self, request: Request, method: str, headers: Sequence[str]
    ) -> Iterator[tuple[bytes, bytes]]:
        yield from self._origin_headers(request)
        yield b"access-control-allow-methods", method.encode("latin-1")
        if headers:
            yield b"access-control-allow-headers", ", ".join(headers).encode("latin-1")
        yield b"access-control-max-age", self._max_age
        yield b"vary", b"access-control-request-method, access-control-request-headers"


def _listed(names: list[str] | UnsetType, cased: Callable[[str], str]) -> frozenset[str] | None:
    """``None`` for all."""
    return None if names is UNSET or ALL in names else frozenset(map(cased, names))


def _names(header: str) -> list[str]:
    return [name.strip().lower() for name in header.split(",") if name.strip()]


def _normal(origin: str) -> str:
    """As a browser writes it."""
    origin = origin.lower()
    return origin.removesuffix(_PORTS.get(origin.partition(":")[0], "/"))


def _refused(what: str) -> Refused:
    return Refused(403, f"the 'cors' of this server does not allow {what}")


def is_preflight(method: str, headers: Headers) -> bool:
    """Whether a browser asks what a page may send."""
    if method != "OPTIONS":
        return False
    names = {name for name, _ in headers}
    return b"origin" in names and b"access-control-request-method" in names


def check_cors(block: CorsBlock, place: Place) -> Iterator[Problem]:
    """What is wrong with the rules, whose key stands at `place`."""
    if ALL in block.origins and block.credentials:
        message = (
            "with credentials, '*' would give every page of the world the rights of its visitors"
        )
        yield Problem(message, "list the origins that may ask", place)
    if not block.origins:
        yield Problem("no origin may ask", "list origins, or leave 'cors' out", place)


def check_origin(request: Request, cors: Cors | None) -> None:
    """Raises `Refused` for pages of other origins, unless 'cors' lets them ask.

    Browsers let any page open a WebSocket anywhere, and send forms and texts, with the cookies of whoever
    looks at it; what it says of the page is trusted first, since a proxy may have changed the host.
    """
    origin = request.header(b"origin")
    if origin is None or (cors is not None and cors.allows(origin)):
        return
    site = request.header(b"sec-fetch-site")
    here = _host(origin.partition("://")[2]) == _host(request.header(b"host") or "")
    if site not in _OWN if site is not None else not here:
        hint = "list it in 'cors'"
        raise Refused(403, f"pages of {origin} may not ask for this. Hint: {hint}")


#: What browsers call the page itself, and what a person typed.
_OWN: Final = ("same-origin", "none")


def _host(host: str) -> str:
    return host.lower().removesuffix(":80").removesuffix(":443")


def origin_guard(cors: Cors | None) -> Guard:
    """Lets pages of other origins have nothing done for them that is more than looking."""

    async def guard(request: Request) -> None:
        if request.method not in _LOOKING:
            check_origin(request, cors)

    return guard


_LOOKING: Final = frozenset(("GET", "HEAD", "OPTIONS"))
