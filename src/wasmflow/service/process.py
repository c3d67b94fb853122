"""One worker process, as the supervisor sees it: started, heard, told, and seen to its end."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, TypeVar

from wasmflow.errors import WorldError
from wasmflow.service import channel
from wasmflow.service.channel import Channel
from wasmflow.service.failing import error_of
from wasmflow.service.messages import (
    Begin,
    Failed,
    Loading,
    Message,
    Pulse,
    ToSupervisor,
)

M = TypeVar("M", bound=Message)

#: What the worker writes past its log is kept so far: lines, and characters of each.
_LINES: Final = 20
_LONGEST: Final = 4096
#: Seconds that a worker may take to end once it has closed its channel, and to say why it hangs.
_LEAVING: Final = 5.0
_POLL: Final = 0.01
#: How many heaps the threads of a worker share. With one for each, as glibc has it, each keeps the most that
#: it has ever held: large bodies, taken by one thread after the other, cost their size many times over.
_HEAPS: Final = "2"


@dataclass(frozen=True, slots=True)
class End:
    """How a worker ended."""

    #: As `subprocess` has it: the number of a signal is negative.
    code: int
    #: Seconds that it lived.
    lived: float
    #: The last that it wrote to standard error past its log: what the engine says before it aborts.
    said: tuple[str, ...] = ()

    #: Whether it was ended because it hung.
    hung: bool = False

    @property
    def cause(self) -> str:
        """In a word: ``exit``, ``hang``, or the signal."""
        if self.hung:
            return "hang"
        return "exit" if self.code >= 0 else _signal_name(-self.code)

    def __str__(self) -> str:
        return f"with exit code {self.code}" if self.code >= 0 else f"by {_signal_name(-self.code)}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


class Worker:
    """A worker process. `tend` runs for as long as it lives."""

    def __init__(self, number: int, begin: Begin, loading: Callable[[Loading], None]) -> None:
        """Start the process. `number` is its place among the workers of the service.

        Raises `WorldError` if no process can be started.
        """
        self.number = number
        self.end: End | None = None
        #: Ticks without a sign of life.
        self.silent = 0
        self._hung = False
        self._began = time.monotonic()
        self._loading = loading
        self._said: deque[str] = deque(maxlen=_LINES)
        self._heard: dict[type[Message], Message] = {}
        self._news = asyncio.Event()
        self._outbox: list[Message] = [begin]
        self._channel: Channel[ToSupervisor] | None = None
        self._ours, theirs = channel.pair()
        with theirs:
            try:
                self._process = _spawn(theirs.fileno(), begin)
            except OSError as error:
                self._ours.close()
                raise WorldError(f"cannot start a worker: {error.strerror}") from error

    @property
    def pid(self) -> int:
        return self._process.pid

    async def tend(self, hear: Callable[[Worker, str], None]) -> None:
        """Hear the worker until it has ended. `hear` is given what it writes past its log."""
        self._channel = await Channel.open(channel.SUPERVISOR, self._ours)
        for told in self._outbox:
            self._channel.send(told)
        async with asyncio.TaskGroup() as group:
            writing = group.create_task(self._hear_writing(hear))
            while (message := await self._channel.receive()) is not None:
                self._take(message)
            code = await self._left()
            await asyncio.wait(
                [writing], timeout=_POLL * 10
            )  # what it started may still hold the pipe
            writing.cancel()
        await self._channel.aclose()
        lived = time.monotonic() - self._began
        self.end = End(code, lived, tuple(self._said), self._hung)
        self._tell_news()

    def _take(self, message: ToSupervisor) -> None:
        self.silent = 0
        if isinstance(message, Loading):
            self._loading(message)
        elif not isinstance(message, Pulse):
            self._heard[type(message)] = message
            self._tell_news()

    def _tell_news(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def _left(self) -> int:
        """The exit code, once it has left, which one that closed its channel does at once."""
        latest = time.monotonic() + _LEAVING
        while (code := self._process.poll()) is None:
            if time.monotonic() > latest:
                self.kill()
            await asyncio.sleep(_POLL)
        return code

    async def _hear_writing(self, hear: Callable[[Worker, str], None]) -> None:
        reader = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), self._process.stderr
        )
        try:
            rest = b""
            while chunk := await reader.read(_LONGEST):
                *lines, rest = (rest + chunk).splitlines(keepends=False) or [b""]
                if chunk.endswith(b"\n") or len(rest) > _LONGEST:
                    lines, rest = [*lines, rest], b""
                for line in lines:
                    self._note(line, hear)
            self._note(rest, hear)
        finally:
            transport.close()

    def _note(self, line: bytes, hear: Callable[[Worker, str], None]) -> None:
        if line:
            text = line.decode(errors="replace")
            self._said.append(text)
            hear(self, text)

    def send(self, message: Message) -> None:
        """Tell it something, if it is there to hear it."""
        if self._channel is None:
            self._outbox.append(message)
        else:
            self._channel.send(message)

    def heard(self, kind: type[M]) -> M | None:
        """The last message of this kind."""
        found = self._heard.get(kind)
        return found if isinstance(found, kind) else None

    async def news(self) -> None:
        """Wait until it says something more, or ends."""
        await self._news.wait()

    async def reach(self, kind: type[M]) -> M:
        """Wait until it says this. Raises the error that it fails with, or `WorldError` if it dies."""
        while True:
            if (found := self.heard(kind)) is not None:
                return found
            if (failure := self.heard(Failed)) is not None:
                raise error_of(failure)
            if self.end is not None:
                said = f": {self.end.said[-1]}" if self.end.said else ""
                raise WorldError(f"a worker died while it was started, {self.end}{said}")
            await self.news()

    async def ended(self) -> End:
        """Wait until it has ended."""
        while self.end is None:
            await self.news()
        return self.end

    def kill(self) -> None:
        """End it at once."""
        self._signal(signal.SIGKILL)

    async def abort(self) -> None:
        """End it, since it hangs, after it was given a moment to say what it was doing."""
        self._hung = True
        self._signal(signal.SIGABRT)
        with suppress(TimeoutError):
            async with asyncio.timeout(_LEAVING):
                await self.ended()
        self.kill()

    def _signal(self, number: signal.Signals) -> None:
        if self._process.poll() is None:
            self._process.send_signal(number)


def _spawn(channel_fd: int, begin: Begin) -> subprocess.Popen[bytes]:
    """Start the process, deaf to what a terminal sends to all: that is for the supervisor."""
    sockets = [fd for fds in begin.sockets.values() for fd in fds]
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGHUP))
    try:
        return subprocess.Popen(
            # without the folder we stand in: it may hold modules of any name
            (sys.executable, "-P", "-m", "wasmflow.service.worker", str(channel_fd)),
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=(channel_fd, begin.log, *sockets),
            env=environment(os.environ),
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def environment(ours: Mapping[str, str]) -> dict[str, str]:
    """The environment of a worker, made of ours."""
    return {"MALLOC_ARENA_MAX": _HEAPS, **ours, "RUST_BACKTRACE": "0"}
