"""A web server: a trigger of kind http, checked and opened.

Everything is made when it is opened; `start` only begins to accept. uvicorn parses and writes HTTP
(`protocol`), `app` answers.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import AsyncExitStack, suppress
from ssl import SSLContext
from typing import Final, cast

from uvicorn.config import Config
from uvicorn.server import ServerState

from wasmflow.host.host import Host
from wasmflow.manifest.specs.triggers.http import HttpBlock
from wasmflow.manifest.triggers import Trigger
from wasmflow.problem import Problem
from wasmflow.triggers.http.app import App
from wasmflow.triggers.http.around import check_around
from wasmflow.triggers.http.handshakes import Handshakes, Terms
from wasmflow.triggers.http.headers import constant_headers
from wasmflow.triggers.http.limits import ServerLimits, server_limits
from wasmflow.triggers.http.lingering import MOMENT
from wasmflow.triggers.http.plan import plan
from wasmflow.triggers.http.protocol import Connection
from wasmflow.triggers.http.refusal import CROWDED
from wasmflow.triggers.http.routes import open_routes
from wasmflow.triggers.http.socket_protocol import SocketConnection
from wasmflow.triggers.http.tls import check_tls, tls_context
from wasmflow.triggers.http.watchman import Watchman
from wasmflow.triggers.server import Server, Surroundings

#: Seconds that an idle connection is kept when the server stops: a request may be on its way on it,
#: which is answered, where closing at once would lose it.
LINGER: Final = 0.5
#: Connections that the kernel holds until a worker accepts them.
BACKLOG: Final = 2048


def check(trigger: Trigger, host: Host) -> list[Problem]:
    """What is wrong with its routes, with what these need, and with what stands around them."""
    around = [*check_tls(trigger), *check_around(trigger, host)]
    return [*plan(trigger, host).problems, *around]


async def open_trigger(trigger: Trigger, surroundings: Surroundings) -> Server:
    """Make a server. Raises `WorldError` for files that cannot be read."""
    block = cast(HttpBlock, trigger.block)
    tls = tls_context(trigger)
    closing = asyncio.Event()
    async with AsyncExitStack() as opening:
        routes = open_routes(plan(trigger, surroundings.host), surroundings, closing, opening)
        headers = constant_headers(block.headers)
        app = App(trigger.name, routes, surroundings.telemetry, closing, headers=headers)
        resources = opening.pop_all()
    return HttpServer(app, surroundings, server_limits(block.limits), closing, tls, resources)


class HttpServer:
    """Accepts connections on sockets that others have bound."""

    def __init__(
        self,
        app: App,
        surroundings: Surroundings,
        limits: ServerLimits,
        closing: asyncio.Event,
        tls: SSLContext | None = None,
        resources: AsyncExitStack | None = None,
    ) -> None:
        """`closing` is set when streams are to end; `resources` are closed when nothing runs any more."""
        self._resources = resources or AsyncExitStack()
        self._sockets = surroundings.sockets
        #: Its connections, and the tasks that answer requests.
        self.state = ServerState()
        self._tls = tls
        self._limits = limits
        self._closing = closing
        self._listeners: list[asyncio.Server] = []
        self._handshakes: list[Handshakes] = []
        self._watch: asyncio.Task[None] | None = None
        clock = asyncio.get_running_loop().time
        self._watchman = Watchman(self.state, clock)
        self._told = app.refused
        facts = {
            "limits": limits, "clock": clock, "closing": closing, "constant": app.headers,
            "told": app.refused,
        }  # fmt: skip
        self._connection = type("_Connection", (Connection,), facts)
        self._config = _config(app, limits, type("_SocketConnection", (SocketConnection,), facts))

    @property
    def connections(self) -> int:
        """Those that are open."""
        return len(self.state.connections) + sum(map(len, self._handshakes))

    async def start(self) -> None:
        """Accept connections from now on."""
        self._watchman.look()
        self._watch = asyncio.create_task(self._watchman.watch(), name="watchman")
        loop = asyncio.get_running_loop()
        for each in self._sockets:
            if self._tls is not None:
                self._handshakes.append(self._shake_hands(each.dup(), self._tls))
            else:
                listener = await loop.create_server(self.connect, sock=each.dup(), backlog=BACKLOG)
                self._listeners.append(listener)

    def _shake_hands(self, listening: socket.socket, context: SSLContext) -> Handshakes:
        listening.listen(BACKLOG)
        terms = Terms(context, self._limits.header_seconds, self.connect, self._room)
        return Handshakes(listening, terms)

    def _room(self) -> bool:
        if self.connections < self._limits.connections:
            return True
        self._told(503, CROWDED)
        return False

    def connect(self) -> asyncio.Protocol:
        """What reads and answers one more connection."""
        return cast(asyncio.Protocol, self._connection(self._config, self.state))

    async def stop(self, seconds: float) -> None:
        """Accept nothing more; answer what was asked, within so many seconds, then leave."""
        for listener in self._listeners:
            listener.close()
        for handshakes in self._handshakes:
            handshakes.close()
        self._closing.set()
        for connection in list(self.state.connections):
            _last_request(connection)
        try:
            async with asyncio.timeout(seconds):
                await self._idle()
        except TimeoutError:
            await self._cancel()
        finally:
            await self._close()

    async def _idle(self) -> None:
        """Wait until nothing has been asked for a while, and all answers have been taken."""
        loop = asyncio.get_running_loop()
        quiet_since = loop.time()
        while loop.time() - quiet_since < LINGER and self.connections:
            if self.state.tasks:
                await asyncio.wait(set(self.state.tasks))
            if self.state.tasks or self._untaken():
                quiet_since = loop.time()
            await asyncio.sleep(_TICK)

    def _untaken(self) -> bool:
        """Whether something is sent that a client has not taken yet."""
        return any(each.transport.get_write_buffer_size() for each in self.state.connections)

    async def _cancel(self) -> None:
        await asyncio.sleep(0)  # a task that has not begun would end without an answer
        tasks = set(self.state.tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _close(self) -> None:
        for each in self._handshakes:
            await each.aclose()
        await self._let_go()
        if self._watch is not None:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch
        await self._resources.aclose()

    async def _let_go(self) -> None:
        """Close all connections, and wait until their clients have had the last of it."""
        for connection in list(self.state.connections):
            connection.transport.close()
        loop = asyncio.get_running_loop()
        latest = loop.time() + 2 * MOMENT
        while self.state.connections:
            if loop.time() > latest:
                break
            await asyncio.sleep(_TICK)
        for connection in list(self.state.connections):
            connection.transport.abort()
        await asyncio.sleep(_TICK)  # an event loop needs a turn to let go of them

    async def finished(self) -> int:
        """Never: a server has no end of its own."""
        await asyncio.Event().wait()
        return 0


#: Seconds between two looks at whether all is done.
_TICK: Final = 0.02


def _last_request(connection: object) -> None:
    """Have a connection end with the last answer that it waits for; any other ends with its next."""
    if isinstance(connection, Connection) and connection.running is not None:
        connection.cycle.keep_alive = False


def _config(app: App, limits: ServerLimits, sockets: type[SocketConnection]) -> Config:
    config = Config(
        app,
        interface="asgi3",
        lifespan="off",
        http=Connection,
        ws=sockets,
        ws_max_size=limits.line,
        # A frame of a kilobyte could become one of a megabyte, and many come at once.
        ws_per_message_deflate=False,
        ws_ping_interval=limits.body_seconds,
        ws_ping_timeout=limits.body_seconds,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
    )
    config.load()
    return config
