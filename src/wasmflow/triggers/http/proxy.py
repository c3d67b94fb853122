"""Routes that another server answers. Bodies go through as they come, no faster than they are taken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from msgspec import UNSET

from wasmflow.manifest.specs.triggers.http import RouteBlock
from wasmflow.triggers.http.answers import is_header
from wasmflow.triggers.http.paths import leads_out, read_elsewhere
from wasmflow.triggers.http.pattern import Parameter, Pattern
from wasmflow.triggers.http.problems import Gone, Refused
from wasmflow.triggers.http.request import Request
from wasmflow.triggers.http.response import Headers, Response

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

#: Seconds until a connection is made, and until it answers if the route does not say.
CONNECT: Final = 5.0
ANSWER: Final = 60.0
#: Seconds that an idle connection is kept. Many servers close theirs after five, and a request that
#: cannot be repeated would be lost on one that is just being closed.
_KEPT: Final = 4.0
#: Bytes of the headers of an answer.
_HEADERS: Final = 64 * 1024

#: What is between two programs only (RFC 9110, section 7.6.1).
_HOP: Final = frozenset(
    (
        b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization",
        b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade",
    )
)  # fmt: skip
#: What we say ourselves, so that nobody can say it in our name.
_SAID: Final = frozenset(
    (b"expect", b"forwarded", b"host", b"traceparent", b"tracestate", b"via", b"x-real-ip")
)
_FORWARDED: Final = b"x-forwarded-"
#: Statuses of answers without a body, and so without its length.
_BODILESS: Final = (204, 304)


def open_session() -> ClientSession:
    """Connections to other servers, for all routes of a server. Whoever opens it closes it."""
    from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

    return ClientSession(
        connector=TCPConnector(limit=0, keepalive_timeout=_KEPT),
        cookie_jar=DummyCookieJar(),
        timeout=ClientTimeout(total=None, sock_connect=CONNECT),
        auto_decompress=False,
        skip_auto_headers=("accept", "accept-encoding", "content-type", "user-agent"),
        max_line_size=_HEADERS,
        max_field_size=_HEADERS,
    )


class Proxy:
    """Has one server answer the requests for a route."""

    def __init__(self, pattern: Pattern, block: RouteBlock, session: ClientSession) -> None:
        self._session = session
        self._base = str(block.proxy).rstrip("/")
        parts = urlsplit(self._base)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._stripped = len(pattern.segments) - 1 if block.strip else 0
        self._timeout = ANSWER if block.timeout is UNSET else block.timeout

    async def handle(self, request: Request) -> Response:
        """The other server's answer. Raises `Refused` for one that does not come, and `Gone`."""
        if request.method in ("CONNECT", "TRACE"):
            raise Refused(405, f"{request.method} is not passed on")
        address = self._address(request)
        upload = await _upload(request)
        headers = [*_headers(request, upload)]
        try:
            answer = await request.attended(self._ask(request.method, address, headers, upload))
        except Gone:
            raise
        except TimeoutError as error:
            raise Refused(504, "the server behind this route did not answer in time") from error
        except OSError as error:
            raise _unanswered(upload, error.strerror or str(error)) from error
        except Exception as error:
            if not _is_of_client(error):
                raise
            raise _unanswered(upload, str(error)) from error
        return self._response(request, answer)

    def _address(self, request: Request) -> str:
        """What is asked for, byte by byte as it came."""
        segments = request.path[1:].split("/")
        if leads_out(read_elsewhere([unquote(each) for each in segments])):
            # Routes refuse that already, but a component in front may have changed the path.
            raise Refused(400, "the path has '.' or '..' in it")
        path = "/".join(segments[self._stripped :])
        query = b"?" + request.query_string if request.query_string else b""
        return f"{self._base}/{_ascii(path)}{_ascii(query.decode('latin-1'))}"

    async def _ask(
        self, method: str, address: str, headers: Sequence[tuple[str, str]], upload: Upload | bytes
    ) -> ClientResponse:
        from yarl import URL

        async with asyncio.timeout(self._timeout) as patience:
            if isinstance(upload, Upload):
                upload.begin(patience, self._timeout)
            try:
                return await self._session.request(
                    method,
                    URL(address, encoded=True),
                    headers=headers,
                    data=upload or None,
                    allow_redirects=False,
                )
            finally:
                if isinstance(upload, Upload):
                    upload.end()

    def _response(self, request: Request, answer: ClientResponse) -> Response:
        if not 200 <= answer.status <= 599 or not _sendable(answer):
            answer.close()
            raise Refused(502, "the server behind this route answered with what nobody asked for")
        dropped = _HOP | _listed(answer.raw_headers) | {b"date"}
        if answer.status in _BODILESS:
            dropped |= {b"content-length"}
        headers = [
            (name, self._seen_from_here(value, request) if name == b"location" else value)
            for name, value in _small(answer.raw_headers)
            if name not in dropped
        ]
        return Response(answer.status, headers, Download(answer))

    def _seen_from_here(self, location: bytes, request: Request) -> bytes:
        """A place on the other server as clients reach it; any other as it is."""
        for known in (self._base, self._origin):
            rest = location.removeprefix(known.encode())
            if rest != location and rest[:1] in (b"/", b"?", b""):
                before = "/".join(request.path.split("/")[: self._stripped + 1])
                inside = known == self._base and self._stripped
                return (before.encode("latin-1") if inside else b"") + (rest or b"/")
        return location


def _ascii(text: str) -> str:
    """With what no address can hold percent-encoded."""
    return "".join(each if "!" <= each <= "~" else f"%{ord(each):02X}" for each in text)


# --- what is sent -----------------------------------------------------------------------------


class Upload:
    """The body of a request. The other server is waited for only while it has all that has come."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._patience: asyncio.Timeout | None = None
        self._seconds = 0.0
        #: Set when the client left.
        self.gone: Gone | None = None

    def begin(self, patience: asyncio.Timeout, seconds: float) -> None:
        self._patience, self._seconds = patience, seconds

    def end(self) -> None:
        """There is an answer, or there will be none: nobody waits for one any more."""
        self._patience = None

    def __aiter__(self) -> Upload:
        return self

    async def __anext__(self) -> bytes:
        if self._patience is not None:
            self._patience.reschedule(None)
        try:
            return await anext(self._chunks)
        except Gone as gone:
            self.gone = gone
            raise
        finally:
            if self._patience is not None:
                loop = asyncio.get_running_loop()
                self._patience.reschedule(loop.time() + self._seconds)


async def _upload(request: Request) -> Upload | bytes:
    """What is to be sent: whatever comes, or what has been read already."""
    if request.held is not None:
        return request.held
    length = request.header(b"content-length")
    if length in (None, "0") and request.header(b"transfer-encoding") is None:
        return await request.body(0)
    return Upload(request.chunks())


def _headers(request: Request, upload: Upload | bytes) -> Iterator[tuple[str, str]]:
    """What is passed on of the headers of a request, and what the other server should know of it."""
    dropped = _HOP | _SAID | _listed(request.headers)
    if not isinstance(upload, Upload) or request.header(b"transfer-encoding") is not None:
        dropped |= {b"content-length"}
    if request.user:
        dropped |= {b"authorization"}  # it was for us
    for name, value in request.headers:
        if name not in dropped and not name.replace(b"_", b"-").startswith(_FORWARDED):
            yield name.decode("latin-1"), _text(value)
    yield from _about(request)


def _about(request: Request) -> Iterator[tuple[str, str]]:
    host = request.header(b"host") or ""
    by = [f"for={_node(request.client)}", f"proto={request.scheme}"]
    yield "x-forwarded-proto", request.scheme
    if request.client:
        yield "x-forwarded-for", request.client
    if host:
        yield "x-forwarded-host", host
        if not set(host) & set('"\\'):
            by.append(f'host="{host}"')
    yield "forwarded", ";".join(by)
    if request.user:
        yield "x-forwarded-user", request.user
    via = request.header(b"via")
    yield "via", f"{via}, 1.1 wasmflow" if via else "1.1 wasmflow"
    yield "traceparent", str(request.observation.context)
    state = request.observation.context.state
    if state:
        yield "tracestate", state


def _node(client: str) -> str:
    """An address as `Forwarded` has it (RFC 7239)."""
    return f'"[{client}]"' if ":" in client else client or "unknown"


def _text(value: bytes) -> str:
    """As aiohttp will encode it to the same bytes, if it can."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


# --- what comes back --------------------------------------------------------------------------


class Download:
    """The body of an answer. Closing it before its end closes the connection."""

    def __init__(self, answer: ClientResponse) -> None:
        self._answer = answer

    def __aiter__(self) -> Download:
        return self

    async def __anext__(self) -> bytes:
        try:
            chunk: bytes = await self._answer.content.readany()
        except Exception as error:
            if not _is_of_client(error) and not isinstance(error, OSError):
                raise
            raise Refused(502, "the server behind this route broke off its answer") from error
        if not chunk:
            raise StopAsyncIteration
        return chunk

    async def aclose(self) -> None:
        self._answer.close()


def _sendable(answer: ClientResponse) -> bool:
    """Whether it has no headers that no client may be sent."""
    return all(is_header(name.lower(), value) for name, value in answer.raw_headers)


def _is_of_client(error: Exception) -> bool:
    """Whether the network or the other server is to blame."""
    from aiohttp import ClientError

    return isinstance(error, ClientError)


def _unanswered(upload: Upload | bytes, reason: str) -> Exception:
    if isinstance(upload, Upload) and upload.gone is not None:
        return upload.gone
    return Refused(502, f"the server behind this route gave no answer: {reason}")


def _small(headers: Headers) -> Iterator[tuple[bytes, bytes]]:
    return ((name.lower(), value) for name, value in headers)


def _listed(headers: Headers) -> frozenset[bytes]:
    """Headers of which ``connection`` says that they are for the next program only."""
    values = [value for name, value in _small(headers) if name == b"connection"]
    return frozenset(each.strip().lower() for value in values for each in value.split(b","))


# --- whether it can be ------------------------------------------------------------------------


def check_proxy(pattern: Pattern, block: RouteBlock) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """What is wrong with a proxy: a message, a hint, and the key that it stands under."""
    if find_spec("aiohttp") is None:
        hint = "pip install 'wasmflow[proxy]'"
        yield "a proxy needs aiohttp, which is not installed", hint, ("proxy",)
    if not _is_address(str(block.proxy)):
        hint = "write http://HOST:PORT or https://HOST, perhaps with a path"
        yield f"'{block.proxy}' is no address of a server", hint, ("proxy",)
    last: Any = pattern.segments[-1]
    if block.strip and not (isinstance(last, Parameter) and last.rest):
        hint = f"write {pattern.path}/*"
        yield "'strip' leaves out what stands before '*', and there is none", hint, ("strip",)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    known = parts.scheme in ("http", "https") and parts.hostname and port != 0
    return bool(known) and not (parts.query or parts.fragment or "@" in parts.netloc)
