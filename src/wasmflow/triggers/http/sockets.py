"""WebSockets: messages are the elements of a component's streams, and what it sends are messages.

A component without streams answers each message with a transaction of its own, in order. What is wrong
with a handshake is raised before it is accepted, and answered as with any request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Final, TypeAlias

from wasmflow.codec.failures import Where
from wasmflow.errors import WasmflowError
from wasmflow.host.stream import Line
from wasmflow.telemetry.telemetry import Observation, Outcome
from wasmflow.triggers.http.framing import Framings, failure_line
from wasmflow.triggers.http.guards import Guard, passed
from wasmflow.triggers.http.inbox import Inbox
from wasmflow.triggers.http.lines import Meant
from wasmflow.triggers.http.problems import FAILED, Gone, Placed, Refused, outcome_of, status_for
from wasmflow.triggers.http.request import Request, Send, size
from wasmflow.triggers.http.response import Response
from wasmflow.triggers.http.streams import StreamRoute, follow

#: Answers a WebSocket, from its handshake to its end. Raises a `WasmflowError` before it accepts one.
SocketHandler: TypeAlias = Callable[[Request, Send], Awaitable[None]]

# Source: RFC 6455, section 7.4.1, and the registry that it begins.
_FINE: Final = 1000
_REFUSED: Final = 1008
_BROKEN: Final = 1011
_STOPS: Final = 1012
_BUSY: Final = 1013

#: Bytes of the reason for a close: what a control frame holds.
_LONGEST_REASON: Final = 123
#: Seconds in which a client must take the close of a server that stops.
PATIENCE: Final = 1.0


async def reject(response: Response, send: Send) -> None:
    """Answer a handshake as any request, instead of accepting it."""
    body = response.body if isinstance(response.body, bytes) else b""
    headers = [*response.headers, (b"content-length", b"%d" % len(body))]
    start = {"type": "websocket.http.response.start", "status": response.status}
    await send({**start, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})


async def no_socket(request: Request, _send: Send) -> None:
    """Refuses a handshake where nothing converses."""
    raise Refused(404, f"there is no WebSocket at {request.path}")


def guarded_socket(handler: SocketHandler, guards: Sequence[Guard]) -> SocketHandler:
    """Asks `handler` for handshakes that all of `guards` let pass."""

    async def converse(request: Request, send: Send) -> None:
        answer = await passed(request, guards)
        if answer is None:
            await handler(request, send)
            return
        request.observation.end(
            Outcome.OK, method="WEBSOCKET", path=request.path, status=answer.status
        )
        await reject(answer, send)

    return converse


def socket_handler(route: StreamRoute) -> SocketHandler:
    """Converses with a component."""
    show = Framings(route.signature, route.form).message

    async def converse(request: Request, send: Send) -> None:
        given = await route.reader.besides(request)
        conversation = _Conversation(route, request, send, show)
        if route.signature.streaming:
            await conversation.hold(lambda inbox: conversation.stream(given, inbox))
        else:
            # What is logged and counted are its transactions.
            request.observation.component = "(socket)"
            await conversation.hold(lambda inbox: conversation.answer(given, inbox))

    return converse


class _Conversation:
    """What is said on one WebSocket."""

    def __init__(
        self,
        route: StreamRoute,
        request: Request,
        send: Send,
        show: Callable[[Line], str | bytes | None],
    ) -> None:
        self._route = route
        self._request = request
        self._send = send
        self._show = show
        #: What is to be sent next.
        self._out: list[str | bytes] = []
        #: Bytes of messages that were sent.
        self._sent = 0
        #: The first failure that was told.
        self._told: Placed | None = None

    async def hold(self, talk: Callable[[Inbox[str | bytes]], Coroutine[Any, Any, None]]) -> None:
        """Accept it, have `talk` speak, and close it."""
        inbox = await self._request.messages()
        await self._send({"type": "websocket.accept"})
        closing = asyncio.create_task(self._close_with(inbox), name="closing")
        try:
            await self._request.attended(talk(inbox))
            await self._end(inbox)
        except asyncio.CancelledError:
            self._ended(Outcome.CANCELLED, "the server stopped")
            await self._leave()
        except (Gone, OSError):  # the latter where something was sent to it
            self._ended(Outcome.CANCELLED, "the client left")
        except WasmflowError as error:
            self._tell(None, error)
            await self._flush()
            await self._end(inbox)
        finally:
            closing.cancel()

    async def _close_with(self, inbox: Inbox[str | bytes]) -> None:
        await self._route.closing.wait()
        inbox.close()

    async def _leave(self) -> None:
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self._close(_STOPS, "the server stops")

    async def _end(self, inbox: Inbox[str | bytes]) -> None:
        if self._told is not None:
            code, outcome, reason = self._verdict(self._told)
            self._ended(outcome, str(self._told))
        elif inbox.cut:
            code, reason = _STOPS, "the server stops"
            self._ended(Outcome.CANCELLED, "the server stopped")
        else:
            code, reason = _FINE, ""
            self._ended(Outcome.OK, "")
        await self._close(code, reason)

    def _verdict(self, told: Placed) -> tuple[int, Outcome, str]:
        """The code of a close that tells of an error, how that is logged, and what the client reads."""
        status, outcome = status_for(told, self._route.exceptions), outcome_of(told)
        if status == HTTPStatus.SERVICE_UNAVAILABLE or status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return (
                _REFUSED if status < HTTPStatus.INTERNAL_SERVER_ERROR else _BUSY,
                outcome,
                told.reason,
            )
        if outcome is Outcome.EXCEPTION:
            return _BROKEN, Outcome.ERROR, FAILED
        return _BROKEN, outcome, told.reason

    def _ended(self, outcome: Outcome, message: str) -> None:
        request = self._request
        counts = {"bytes_in": request.received, "bytes_out": self._sent}
        request.observation.end(
            outcome, message, method="WEBSOCKET", path=request.path, status=101,
            **(counts if self._route.signature.streaming else {}),
        )  # fmt: skip

    async def _close(self, code: int, reason: str) -> None:
        await self._send({"type": "websocket.close", "code": code, "reason": _shortened(reason)})

    # --- with streams ---

    async def stream(self, given: dict[str, Any], inbox: Inbox[str | bytes]) -> None:
        """One transaction, fed with the messages."""
        read = self._route.reader.messages(given, inbox)
        stream = self._route.stream(self._request, read)
        await follow(stream, read.known, self._line, self._tell, self._flush)
        await self._flush()

    def _line(self, sent: Line) -> None:
        shown = self._show(sent)
        if shown is not None:
            self._out.append(shown)

    def _tell(self, where: Where | None, error: WasmflowError) -> None:
        told = Placed(error, where)
        self._told = self._told or told
        self._out.append(self._failure(self._request.observation, told))

    def _failure(self, observation: Observation, error: Placed) -> str:
        return failure_line(self._route.document(observation, error)).decode()

    async def _flush(self) -> None:
        out, self._out = self._out, []
        for message in out:
            await self._say(message)

    async def _say(self, message: str | bytes) -> None:
        kind = "text" if isinstance(message, str) else "bytes"
        self._sent += size(message)
        await self._send({"type": "websocket.send", kind: message})

    # --- without ---

    async def answer(self, given: dict[str, Any], inbox: Inbox[str | bytes]) -> None:
        """A transaction for each message."""
        meaning = self._route.reader.meaning(given)
        number = 0
        async for message in inbox:
            number += 1
            self._out.append(await self._answer(meaning, message, Where("message", number)))
            await self._flush()

    async def _answer(self, meaning: Meant, message: str | bytes, where: Where) -> str | bytes:
        outer = self._request.observation
        context = str(outer.context)
        with outer.telemetry.begin(
            outer.trigger, self._route.signature.name, context
        ) as observation:
            outcome, reason = Outcome.OK, ""
            try:
                shown = self._show(await self._invoke(meaning(message), observation)) or ""
            except WasmflowError as error:
                outcome, reason = outcome_of(error), str(error)
                shown = self._failure(observation, Placed(error, where))
            observation.end(outcome, reason, bytes_in=size(message), bytes_out=size(shown))
            return shown

    async def _invoke(self, inputs: Mapping[str, Any], observation: Observation) -> Line:
        how = observation.circumstances(self._route.timeout)
        return await self._route.host.invoke(self._route.signature.name, inputs, how)


def _shortened(reason: str) -> str:
    return reason.encode()[:_LONGEST_REASON].decode(errors="ignore")
