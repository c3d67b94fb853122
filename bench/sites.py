"""The web servers that `bench.web` compares, each as processes of its own on a processor of its own.

All join two texts: `POST {"left", "right"}` gives `{"output"}`.
"""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bench.course import Course
from bench.peers.node import HERE, install

#: Seconds that a server may take until it answers.
_STARTING: Final = 120
_ENDING: Final = 20
BODY: Final = b'{"left":"a","right":"b"}'
ANSWER: Final = b'{"output":"ab"}'
#: The processors: of servers, and of those who ask.
SERVING, ASKING = "0", "1"


@dataclass(frozen=True, slots=True)
class Site:
    """A server that runs."""

    name: str
    pid: int
    port: int
    path: str
    #: What is sent; empty to get what is at the path.
    body: bytes = BODY


@contextmanager
def asked(site: AbstractContextManager[Site], name: str, path: str) -> Iterator[Site]:
    """A server of which something else is asked."""
    with site as running:
        yield replace(running, name=name, path=path, body=b"")


def pinned(processor: str, *command: str) -> list[str]:
    """A command on one processor, where a machine has several and a way to say so."""
    if not processor or (os.cpu_count() or 1) < 2 or shutil.which("taskset") is None:
        return list(command)
    return ["taskset", "--cpu-list", processor, *command]


@contextmanager
def ours(
    course: Course, name: str = "ours", *, log: str = "", workers: int = 1, artifact: str = ""
) -> Iterator[Site]:
    """`wasmflow serve`, with lines of a log in a file of this name, or without any."""
    port = _free_port()
    options = [f"--workers={workers}", "--http", f":{port}", "--log=json"]
    options += [] if log else ["--quiet"]
    serve = (sys.executable, "-m", "wasmflow", "serve", artifact or course.component)
    with (
        Path(log or os.devnull).open("ab") as lines,
        _running([*pinned(_place(workers), *serve), *options], stderr=lines.fileno()) as process,
    ):
        yield _ready(Site(name, process.pid, port, "/components/concat"), process)


@contextmanager
def python(name: str, app: str, workers: int = 1) -> Iterator[Site]:
    """One of `bench.peers.web`."""
    command = (sys.executable, "-m", "bench.peers.web", app, str(workers))
    with _running(pinned(_place(workers), *command), stdout=subprocess.PIPE) as process:
        yield _ready(Site(name, process.pid, _told_port(process), "/concat"), process)


@contextmanager
def node_red(name: str) -> Iterator[Site]:
    """The same flow in Node-RED. Raises `Unavailable` if it is not there."""
    modules = install()
    command = pinned(SERVING, "node", str(HERE / "node-red-http.cjs"))
    environment = {"NODE_PATH": str(modules)}
    with _running(command, stdout=subprocess.PIPE, variables=environment) as process:
        yield _ready(Site(name, process.pid, _told_port(process), "/concat"), process)


def _place(workers: int) -> str:
    return SERVING if workers == 1 else ""


def ask(site: Site) -> tuple[int, bytes]:
    """The status and body of one answer."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=10)
    try:
        headers = {"content-type": "application/json"} if site.body else {}
        connection.request("POST" if site.body else "GET", site.path, site.body or None, headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


@contextmanager
def _running(
    command: Sequence[str],
    *,
    stdout: int = subprocess.DEVNULL,
    stderr: int | None = None,
    variables: dict[str, str] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | (variables or {})
    with subprocess.Popen(command, stdout=stdout, stderr=stderr, env=environment) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(_ENDING)
            except subprocess.TimeoutExpired:
                process.kill()


def _ready(site: Site, process: subprocess.Popen[bytes]) -> Site:
    """The site, once it answers rightly. Raises `RuntimeError` if it does not."""
    latest = time.monotonic() + _STARTING
    while process.poll() is None and time.monotonic() < latest:
        try:
            answer = ask(site)
        except OSError:
            time.sleep(0.05)
            continue
        if answer == (200, ANSWER):
            return site
        raise RuntimeError(f"{site.name} answers {answer}")
    raise RuntimeError(f"{site.name} does not run")


def _told_port(process: subprocess.Popen[bytes]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline() or 0)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port
