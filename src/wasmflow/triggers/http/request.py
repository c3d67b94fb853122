"""A request as handlers see it: a view on an ASGI scope, whose body is read when it is wanted.

Source: https://asgi.readthedocs.io/en/latest/specs/www.html
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from functools import partial
from time import monotonic
from typing import Any, Final, TypeAlias, TypeVar
from urllib.parse import parse_qsl, quote

from wasmflow.telemetry.telemetry import Observation
from wasmflow.triggers.http.attended import Attended
from wasmflow.triggers.http.bodies import Bodies
from wasmflow.triggers.http.inbox import Inbox
from wasmflow.triggers.http.problems import Gone, Refused
from wasmflow.triggers.http.response import Headers

T = TypeVar("T")

Scope: TypeAlias = dict[str, Any]
Receive: TypeAlias = Callable[[], Coroutine[Any, Any, dict[str, Any]]]
Send: TypeAlias = Callable[[dict[str, Any]], Coroutine[Any, Any, None]]

#: Takes status, headers and body; says whether it has written them. If not, they are sent as usual.
Write: TypeAlias = Callable[[int, Headers, bytes], bool]

#: The extension of a scope with which an answer is broken off.
CUT: Final = "wasmflow.cut"
#: The extension of a scope with what is called when the client leaves: whoever wants to know adds to it.
LEAVING: Final = "wasmflow.leaving"
#: The extension of a scope with which an answer that is there as a whole is written at once: a `Write`.
WRITE: Final = "wasmflow.write"
#: Parameters of a query or form. More are refused, since each is looked up.
MOST_PARAMETERS: Final = 1000


#: Bytes a second that a body must come with, on the whole, once it has been coming for a while.
SLOWEST: Final = 1 << 14
#: That while, in seconds.
PATIENCE: Final = 30.0


class Request:
    """One request. Its fields may be changed by what stands before the handler."""

    __slots__ = (
        "_bodies",
        "_body",
        "_counted",
        "_cut",
        "_inbox",
        "_indexed",
        "_leaving",
        "_read",
        "_receive",
        "_values",
        "client",
        "headers",
        "method",
        "observation",
        "params",
        "path",
        "query_string",
        "received",
        "scheme",
        "user",
        "write",
    )  # fmt: skip

    def __init__(
        self,
        scope: Scope,
        path: str,
        receive: Receive,
        observation: Observation,
        bodies: Bodies | None = None,
    ) -> None:
        """`path` is that of the scope, within the application."""
        self._receive = receive
        self._bodies = bodies or Bodies()
        #: Bytes of its body, or its messages, that have come.
        self.received = 0
        #: Bytes of its body that count among those of all.
        self._counted = 0
        extensions = scope.get("extensions", {})
        self._cut: Callable[[], None] | None = extensions.get(CUT)
        self.write: Write | None = extensions.get(WRITE)
        self._leaving: set[Callable[[], None]] | None = extensions.get(LEAVING)
        self._body: bytes | None = None
        self._inbox: Inbox[Any] | None = None
        #: Set when `chunks` has come to its end.
        self._read: asyncio.Event | None = None
        self.observation = observation
        self.method: str = scope["method"]
        #: As it was sent, percent-encoded, without the query.
        self.path = path
        self.query_string: bytes = scope["query_string"]
        #: Names in small letters. Who changes them gives it another list.
        self.headers: list[tuple[bytes, bytes]] = scope["headers"]
        #: The headers that `_values` are of: of each name all that it has.
        self._indexed: list[tuple[bytes, bytes]] | None = None
        self._values: dict[bytes, bytes] = {}
        self.scheme: str = scope.get("scheme", "http")
        client = scope.get("client")
        #: The address of whoever is at the other end; empty if it is not known.
        self.client: str = client[0] if client else ""
        #: The parameters of its path, decoded.
        self.params: Mapping[str, str] = {}
        #: Who asks, by the name in the manifest; empty if nobody had to say.
        self.user = ""

    def header(self, name: bytes) -> str | None:
        """The value of a header; several are joined as HTTP says."""
        if self._indexed is not self.headers:
            self._index()
        value = self._values.get(name)
        return None if value is None else value.decode("latin-1")

    def _index(self) -> None:
        """Look through its headers once: several are asked for, of many."""
        self._indexed = self.headers
        self._values = dict(self.headers)
        if len(self._values) < len(self.headers):
            gathered: dict[bytes, list[bytes]] = {}
            for name, value in self.headers:
                gathered.setdefault(name, []).append(value)
            self._values = {
                name: (b"; " if name == b"cookie" else b", ").join(values)
                for name, values in gathered.items()
            }

    @property
    def media_type(self) -> str:
        """The type of its body in small letters, without parameters; empty if it does not say."""
        return (self.header(b"content-type") or "").partition(";")[0].strip().lower()

    def query(self) -> list[tuple[str, str]]:
        """The parameters of its query, in their order. Raises `Refused` for what is no text."""
        return parameters(self.query_string, "the query")

    def cookies(self) -> dict[str, str]:
        """Those that it came with; the first of a name counts, as RFC 6265 has browsers send them."""
        found: dict[str, str] = {}
        for part in (self.header(b"cookie") or "").split(";"):
            name, equals, value = part.strip().partition("=")
            if equals:
                found.setdefault(name, value.removeprefix('"').removesuffix('"'))
        return found

    @property
    def held(self) -> bytes | None:
        """All of its body, if that has been read already."""
        return self._body

    def change_body(self, body: bytes) -> None:
        """Have what comes later take this for its body, which must have been read."""
        lengths = (b"content-length", b"transfer-encoding")
        self.headers = [each for each in self.headers if each[0] not in lengths]
        self._body = body

    async def body(self, most: int) -> bytes:
        """All of its body.

        Raises `Refused` for one of more bytes, and `Gone` if it is not sent to its end.
        """
        if self._body is None:
            self._check_length(most)
            body, more = await self._receive_body()
            if more:
                body = await self._rest(body, most)
            if len(body) > most:
                raise too_large(most)
            self._body = body
        return self._body

    def _check_length(self, most: int) -> None:
        length = self.header(b"content-length")
        if length is not None and length.isdecimal() and int(length) > most:
            raise too_large(most)

    async def _rest(self, body: bytes, most: int) -> bytes:
        gathered = bytearray()
        began, chunk, more = monotonic(), body, True
        while more:
            self._bodies.take(len(chunk))
            self._counted += len(chunk)
            gathered += chunk
            if len(gathered) > most:
                raise too_large(most)
            if monotonic() - began > PATIENCE + len(gathered) / SLOWEST:
                raise Refused(408, "the body came too slowly", headers=[(b"connection", b"close")])
            chunk, more = await self._receive_body()
        return bytes(gathered + chunk)

    def let_go(self) -> None:
        """Its body is not needed any more."""
        self._bodies.let_go(self._counted)
        self._counted = 0

    def chunks(self) -> AsyncIterator[bytes]:
        """Its body as it comes, for whoever reads it only once. Raises `Gone` if it breaks off."""
        if self._body is None:
            self._read = asyncio.Event()  # before anybody waits for the client to leave
        return self._chunks(self._body, self._read)

    async def _chunks(self, body: bytes | None, read: asyncio.Event | None) -> AsyncIterator[bytes]:
        if body is not None or read is None:
            yield body or b""
            return
        more = True
        try:
            while more:
                chunk, more = await self._receive_body()
                if chunk:
                    yield chunk
        finally:
            read.set()

    def inbox(self) -> Inbox[bytes]:
        """Its body as it comes, which is filled while work is attended."""
        self._inbox = inbox = Inbox(self._receive, self._opened)
        if self._body is not None:
            inbox.fill(self._body)
        return inbox

    async def messages(self) -> Inbox[str | bytes]:
        """Those of a WebSocket, which is about to be accepted; an empty text is the end."""
        await self._receive()
        inbox: Inbox[str | bytes] = Inbox(self._receive, self._message)
        self._inbox = inbox
        return inbox

    async def _receive_body(self) -> tuple[bytes, bool]:
        return self._opened(await self._receive())

    def _opened(self, message: dict[str, Any]) -> tuple[bytes, bool]:
        """A part of its body, and whether more will come."""
        if message["type"] == "http.disconnect":
            raise Gone("the client left before it had sent all")
        part: bytes = message.get("body", b"")
        self.received += len(part)
        return part, message.get("more_body", False)

    def _message(self, message: dict[str, Any]) -> tuple[str | bytes | None, bool]:
        if message["type"] == "websocket.disconnect":
            raise Gone("the client left")
        text: str | None = message.get("text")
        said = message["bytes"] if text is None else text
        self.received += size(said)
        return said, text != ""

    def cut(self) -> None:
        """Close the connection, so that the client sees that an answer which has begun is not whole."""
        if self._cut is None:
            raise RuntimeError("the answer broke off")
        self._cut()

    def attended(self, work: Coroutine[Any, Any, T]) -> Attended[T]:
        """Await work that is cancelled when the client leaves, which raises `Gone` then.

        A server that is not ours tells that only once the body has been read. What ends without
        waiting costs nothing.
        """
        if self._inbox is None and self._leaving is not None:
            return Attended(work, partial(_on_leaving, self._leaving))
        return Attended(work, self._watch)

    def _watch(self, gone: Callable[[], None]) -> Callable[[], object]:
        """Look for the client's leaving among its messages."""

        async def watch() -> None:
            await self._disconnected()
            gone()

        return asyncio.create_task(watch()).cancel

    async def _disconnected(self) -> None:
        if self._inbox is not None:
            await self._inbox.left()
            return
        if self._read is not None:
            await self._read.wait()
        elif self._body is None:
            await asyncio.Event().wait()  # its next message is one of the body
        while (await self._receive())["type"] != "http.disconnect":
            pass


def _on_leaving(leaving: set[Callable[[], None]], gone: Callable[[], None]) -> Callable[[], None]:
    leaving.add(gone)
    return partial(leaving.discard, gone)


def path_within(scope: Scope) -> str:
    """The path within this application, percent-encoded."""
    raw: bytes | None = scope.get("raw_path")
    path = raw.decode("latin-1") if raw else quote(scope["path"])
    root: str = scope.get("root_path", "")
    return path.removeprefix(root) if root and path.startswith(root + "/") else path


def size(message: str | bytes) -> int:
    """The bytes of a message of a WebSocket."""
    if isinstance(message, str) and not message.isascii():
        return len(message.encode())
    return len(message)


def too_large(most: int) -> Refused:
    """A body has more bytes than are taken."""
    return Refused(
        413, f"the body has more than {most:,} bytes", headers=[(b"connection", b"close")]
    )


def parameters(encoded: bytes, what: str) -> list[tuple[str, str]]:
    """Names and values as forms and queries encode them. Raises `Refused`."""
    if not encoded:
        return []
    try:
        return parse_qsl(
            encoded.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_PARAMETERS,
        )
    except UnicodeDecodeError:
        raise Refused(400, f"{what} is not text in UTF-8, percent-encoded") from None
    except ValueError:
        raise Refused(400, f"{what} has more than {MOST_PARAMETERS:,} parameters") from None
