"""A worker process: opens the artifact, serves it, and ends when it is told to, or when nobody is there.

Started by `wasmflow.service.process` as ``python -m wasmflow.service.worker DESCRIPTOR``, with one end of
a channel. All that can break, breaks here.
"""

from __future__ import annotations

import asyncio
import faulthandler
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import Final, NoReturn

from wasmflow.service import channel
from wasmflow.service.channel import Channel
from wasmflow.service.messages import (
    PULSE,
    Begin,
)
from wasmflow.service.work import Work
from wasmflow.telemetry.logs import LogSink, logging_to, open_lines

#: Seconds that a worker without a supervisor may take beyond its transactions' time.
_ALONE: Final = 10.0


def main() -> NoReturn:
    """Serve, with the channel whose descriptor is the first argument."""
    # The supervisor decides what Ctrl-C and a closed terminal mean; both go to all processes.
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT, signal.SIGHUP))
    faulthandler.enable()
    end = socket.socket(fileno=int(sys.argv[1]))
    end.setblocking(False)
    end.set_inheritable(False)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        code = runner.run(work(end))
        sys.stderr.flush()
        os._exit(code)  # what is left is memory


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    import uvloop

    return uvloop.new_event_loop


async def work(end: socket.socket) -> int:
    """Serve until told to stop; the exit code."""
    to_supervisor = await Channel.open(channel.WORKER, end)
    begin = await to_supervisor.receive()
    if not isinstance(begin, Begin):
        return 1
    _watch_supervisor(end, begin.plan.grace + _ALONE)
    lines = open_lines(begin.log, begin.form)
    try:
        with logging_to(lines, begin.form):
            return await Work(begin, to_supervisor, LogSink(lines, begin.form)).run()
    finally:
        lines.close()
        await to_supervisor.aclose()


def _watch_supervisor(end: socket.socket, seconds: float) -> None:
    """End the process some time after its supervisor has gone, though its event loop should hang."""

    def watch() -> None:
        poll = select.poll()
        poll.register(end, select.POLLHUP)
        while not any(event & select.POLLHUP for _, event in poll.poll()):
            time.sleep(PULSE)  # something else is to be read: that is for the event loop
        time.sleep(seconds)
        os._exit(1)

    threading.Thread(target=watch, name="supervisor", daemon=True).start()


if __name__ == "__main__":
    main()
