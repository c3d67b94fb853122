"""The handler of a route whose component has streams: they go out as they are made, and in as they come.

An answer begins when it is known how: with the first packets, or after a while without any. What fails
before is a problem document; what fails later is told where it stands in the stream.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from wasmflow.codec.failures import Places, Tell, Telling, Where
from wasmflow.component import Signature, TransactionFailed
from wasmflow.errors import WasmflowError
from wasmflow.host.host import Host
from wasmflow.host.stream import END, Line, Stream
from wasmflow.packet import EMPTY, Failure
from wasmflow.telemetry.telemetry import Observation
from wasmflow.triggers.http.answers import ResponseForm, Writer, answers_with_stream
from wasmflow.triggers.http.framing import Framing, Framings
from wasmflow.triggers.http.lines import LAST_EVENT, Given, StreamReader
from wasmflow.triggers.http.outflow import Outflow
from wasmflow.triggers.http.problems import (
    Gone,
    Placed,
    Stops,
    Told,
    problem_document,
    together,
)
from wasmflow.triggers.http.request import Request
from wasmflow.triggers.http.response import Response
from wasmflow.triggers.http.transaction import Handler

#: Failures that are kept for a problem document before the answer begins.
MOST_HELD: Final = 20


@dataclass(frozen=True, slots=True)
class Pace:
    """How long streams may be silent, in seconds."""

    #: Before an answer begins without anything: its client may wait for that before it sends more.
    hold: float = 1.0
    #: Before those who stand between are told that there is somebody at this end.
    heartbeat: float = 15.0


@dataclass(frozen=True, slots=True)
class StreamRoute:
    """What all requests to one route have in common."""

    host: Host
    signature: Signature
    reader: StreamReader
    form: ResponseForm
    #: Is set when the server stops.
    closing: asyncio.Event
    #: Seconds that a transaction may take.
    timeout: float | None = None
    #: The status for an exception with this case as its payload.
    exceptions: Mapping[str, int] = field(default_factory=dict)
    pace: Pace = Pace()

    def stream(self, request: Request, given: Given) -> Stream:
        """The transaction of a request. Raises `UsageError`."""
        how = request.observation.circumstances(self.timeout)
        return self.host.stream(self.signature.name, given.inputs, given.feeds, how)

    def document(self, observation: Observation, error: Exception) -> bytes:
        """What a stream holds of an error."""
        trace = observation.context.trace
        return problem_document(
            error, component=self.signature.name, trace=trace, exceptions=self.exceptions
        )


def stream_handler(route: StreamRoute) -> Handler:
    """Answers with what a transaction on streams sends: as it comes, or at its end if that is a value."""
    if answers_with_stream(route.signature, route.form):
        return _streaming(route)
    return _collecting(route)


def _streaming(route: StreamRoute) -> Handler:
    framings = Framings(route.signature, route.form)
    headers = [
        (name.encode(), value.encode())
        for name, value in route.form.fixed.items()
        if name != "content-type"
    ]
    status = route.form.status if isinstance(route.form.status, int) else 200

    async def handle(request: Request) -> Response:
        framing = framings.choose(request, _had(request) if route.reader.resumes else 0)
        answer = Response(status, [(b"content-type", framing.type), *_UNCHANGED, *headers])
        if request.method == "HEAD":
            answer.body = _nothing()  # of a length that nobody knows
            return answer
        given = await route.reader.read(request)
        body = StreamBody(route, request, framing, given)
        try:
            await request.attended(body.begin())
        except BaseException:
            await body.aclose()
            raise
        answer.body, answer.last = body, body.last_word()
        return answer

    return handle


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield


def _had(request: Request) -> int:
    """The number of the last event that a client has had."""
    had = request.header(LAST_EVENT) or ""
    return int(had) if had.isascii() and had.isdecimal() and len(had) <= _DIGITS else 0


#: Of a number of 64 bits.
_DIGITS: Final = 20
#: Nobody between may keep it, or wait for more of it.
_UNCHANGED: Final = ((b"cache-control", b"no-store"), (b"x-accel-buffering", b"no"))


def _collecting(route: StreamRoute) -> Handler:
    writer = Writer(route.signature, route.form)
    values = {port.name for port in route.signature.outputs if not port.stream}

    async def handle(request: Request) -> Response:
        given = await route.reader.read(request)
        sent = await request.attended(_collected(route.stream(request, given)))
        return writer.write({name: value for name, value in sent.items() if name in values})

    return handle


async def _collected(stream: Stream) -> Line:
    sent: Line = {}
    async with stream:
        async for line in stream:
            sent.update(line)
    return sent


class StreamBody:
    """The body of a response: what a transaction sends, as it comes. Closing it ends the transaction.

    Iterating raises `Told` at the end of a body that tells of an error, and the error itself where it
    cannot be told.
    """

    def __init__(
        self, route: StreamRoute, request: Request, framing: Framing, given: Given
    ) -> None:
        self._route = route
        self._request = request
        self._framing = framing
        self._given = given
        self._outflow = Outflow()
        #: Whether there is a body: until then, what fails is kept for a problem document.
        self._begun = False
        self._held: list[Placed] = []
        #: The first failure that the body tells of.
        self._told: WasmflowError | None = None
        #: What ended it, where the body tells nothing of that.
        self._error: Exception | None = None
        self._interrupted = False
        stream = route.stream(request, given)
        self._work = asyncio.create_task(self._run(stream), name="stream")
        self._closing = asyncio.create_task(self._close(), name="closing")

    # --- for whoever sends it ---

    async def begin(self) -> None:
        """Wait until it is known how the answer begins. Raises what is the answer in its place."""
        await self._outflow.wait(self._route.pace.hold)
        if self._error is not None and not self._begun:
            raise self._error
        self._begin()

    def __aiter__(self) -> StreamBody:
        return self

    async def __anext__(self) -> bytes:
        heartbeat = self._framing.heartbeat
        if not await self._outflow.wait(self._route.pace.heartbeat if heartbeat else None):
            return heartbeat
        if content := await self._outflow.take():
            return content
        if self._error is not None:
            raise self._error
        if self._told is not None:
            raise Told(self._told)
        raise StopAsyncIteration

    def last_word(self) -> bytes | None:
        """What is sent in place of the rest where the server stops; ``None`` if that cannot be told."""
        return self._framing.interrupted(self._route.document(self._request.observation, Stops()))

    async def aclose(self) -> None:
        """End the transaction, and return when nothing of it runs any more."""
        self._closing.cancel()
        self._work.cancel()
        await asyncio.wait((self._closing, self._work))

    # --- what runs ---

    async def _run(self, stream: Stream) -> None:
        try:
            await follow(stream, self._given.known, self._line, self._tell, self._outflow.room)
            if self._given.inbox is not None and self._given.inbox.cut:
                self._tell(None, Stops())
            if self._held and not self._begun:
                raise together(self._held)
            self._put(self._framing.end)
        except Exception as error:
            self._error = error
        except asyncio.CancelledError:
            if not self._interrupted:
                raise
            self._told = Gone("the server stops")
            self._put(self.last_word() or b"")
        finally:
            self._outflow.end()

    async def _close(self) -> None:
        """End it when the server stops: at once if its client asks again by itself."""
        await self._route.closing.wait()
        if self._framing.again and self._request.method == "GET":
            self._interrupted = True
            self._work.cancel()
        elif self._given.inbox is not None:
            self._given.inbox.close()

    def _line(self, sent: Line) -> None:
        self._put(self._framing.line(sent))

    def _put(self, content: bytes) -> None:
        self._begin()
        self._outflow.put(content)

    def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            for error in self._held:
                self._put(self._failure(error))

    def _tell(self, where: Where | None, error: WasmflowError) -> None:
        """Tell of an error in its place. Raises it where that cannot be done."""
        told = Placed(error, where)
        if self._told is None:
            self._told = told
        if self._begun:
            self._put(self._failure(told))
            return
        self._held.append(told)
        if len(self._held) > MOST_HELD:
            self._begin()

    def _failure(self, error: Placed) -> bytes:
        told = self._framing.failure(self._route.document(self._request.observation, error))
        if told is None:
            raise error
        return told


async def follow(
    stream: Stream,
    known: Mapping[str, Places],
    show: Callable[[Line], None],
    tell: Tell,
    room: Callable[[], Awaitable[None]],
) -> None:
    """Run a transaction to its end: show what it sends, and tell of what fails, with its place."""
    telling = Telling(tell)
    async with stream:
        async for packets in stream.packets():
            sent, failures = _sorted(packets)
            name = next(iter(packets))
            places = None if packets[name] is END else known.get(name)
            if places is not None:
                places.taken += 1
            if sent:
                try:
                    show(sent)
                except TransactionFailed as failed:
                    failures.append(failed.failure)
            for failure in failures:
                telling.failure(failure, places.where() if places else None)
            await room()
        try:
            await stream.check()
        except TransactionFailed as failed:
            telling.transaction(failed)


def _sorted(packets: Mapping[str, object]) -> tuple[Line, list[Failure]]:
    """Of packets that came together the values, and the failures."""
    sent: Line = {}
    failures: list[Failure] = []
    for name, slot in packets.items():
        if isinstance(slot, Failure):
            failures.append(slot)
        elif slot is not EMPTY and slot is not END:
            sent[name] = slot
    return sent, failures
